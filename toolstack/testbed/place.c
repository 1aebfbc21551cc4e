/* SPDX-License-Identifier: MIT */
#include "testbed/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "common/connect.h"
#include "common/file.h"
#include "common/listen.h"
#include "testbed/qemu_arguments.h"

#define FILE_STATE        "testbed.json"
#define STATE_BYTES_MAX   65536u
#define SOCKET_PATH_BYTES 108 /* that a socket's path may have (unix(7)) */
#define NAME_LETTERS      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

/* --- Folders --- */

int testbed_name_check(const char *name, struct error *error)
{
    size_t length = strlen(name);

    if (length && length < TESTBED_NAME_BYTES && name[0] != '-' &&
        strspn(name, NAME_LETTERS) == length)
        return 0;
    error_set(error, ERROR_USAGE, "PV-E0240", "'%.60s' is no name for a testbed", name);
    return error_hint(error, "up to %d letters, digits, - and _", TESTBED_NAME_BYTES - 1);
}

/* Where all of them have theirs. */
static void runtime_root(char path[PATH_MAX])
{
    const char *folder = getenv("XDG_RUNTIME_DIR");

    if (folder && *folder == '/' && !access(folder, W_OK))
        snprintf(path, PATH_MAX, "%s/parapet/testbed", folder);
    else if (!geteuid() && !access("/run", W_OK))
        snprintf(path, PATH_MAX, "/run/parapet/testbed");
    else
        snprintf(path, PATH_MAX, "/tmp/parapet-%u/testbed", (unsigned)geteuid());
}

static void state_root(char path[PATH_MAX])
{
    const char *folder = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

    if (folder && *folder == '/')
        snprintf(path, PATH_MAX, "%s/parapet/testbed", folder);
    else if (home && *home == '/')
        snprintf(path, PATH_MAX, "%s/.local/state/parapet/testbed", home);
    else
        snprintf(path, PATH_MAX, "/tmp/parapet-%u/state", (unsigned)geteuid());
}

static int path_below(const char *root, const char *name, const char *file, size_t limit,
                      char path[PATH_MAX], struct error *error)
{
    if ((size_t)snprintf(path, PATH_MAX, "%s/%s%s%s", root, name, *file ? "/" : "", file) < limit)
        return 0;
    error_set(error, ERROR_INPUT, "PV-E0341", "the path %.200s is too long", path);
    return error_hint(error, "set XDG_RUNTIME_DIR or XDG_STATE_HOME to a shorter one");
}

int place_runtime(const char *name, const char *file, char path[PATH_MAX], struct error *error)
{
    char root[PATH_MAX];

    runtime_root(root);
    return path_below(root, name, file, SOCKET_PATH_BYTES, path, error);
}

int place_state(const char *name, const char *file, char path[PATH_MAX], struct error *error)
{
    char root[PATH_MAX];

    state_root(root);
    return path_below(root, name, file, PATH_MAX, path, error);
}

/* A folder in /tmp that somebody else made must not be trusted. */
static int make_private(const char *path, struct error *error)
{
    char slashed[PATH_MAX + 1];
    struct stat status;

    snprintf(slashed, sizeof(slashed), "%s/", path);
    if (make_folders(slashed, error))
        return -1;
    if (!lstat(path, &status) && S_ISDIR(status.st_mode) && status.st_uid == geteuid() &&
        !chmod(path, 0700))
        return 0;
    error_set(error, ERROR_PERMISSION, "PV-E0830", "the folder %s is not yours", path);
    return error_hint(error, "set XDG_RUNTIME_DIR and XDG_STATE_HOME to folders of your own");
}

int place_make(const char *name, struct error *error)
{
    char path[PATH_MAX];

    runtime_root(path);
    if (make_private(path, error) || place_runtime(name, "", path, error) ||
        make_private(path, error) || place_state(name, "", path, error) ||
        make_private(path, error) || place_state(name, "definitions", path, error))
        return -1;
    return make_private(path, error);
}

/* --- Who runs --- */

/* The lock's descriptor, or -1 with errno; EWOULDBLOCK if QEMU has it. */
static int try_lock(const char *name, int flags)
{
    struct error ignored;
    char path[PATH_MAX];
    int fd;

    if (place_runtime(name, FILE_LOCK, path, &ignored)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = open(path, O_RDWR | flags, 0600);
    if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
        int reason = errno;

        close(fd);
        errno = reason;
        fd = -1;
    }
    return fd;
}

static bool is_running(const char *name)
{
    int fd = try_lock(name, O_CLOEXEC);
    bool runs = fd < 0 && errno == EWOULDBLOCK;

    if (fd >= 0)
        close(fd);
    return runs;
}

/* Without O_CLOEXEC: QEMU gets it. */
int place_lock(const char *name, struct error *error)
{
    int fd = try_lock(name, O_CREAT);

    if (fd >= 0)
        return fd;
    if (errno != EWOULDBLOCK)
        return error_set(error, ERROR_FAILED, "PV-E0180", "the testbed cannot be locked: %s",
                         strerror(errno));
    error_set(error, ERROR_STATE, "PV-E0630", "the testbed %s runs already", name);
    return error_hint(error, "pvctl testbed status %s; pvctl testbed down %s", name, name);
}

void place_clean(const char *name)
{
    static const char *const files[] = { FILE_STATE,  FILE_SERIAL,     FILE_MONITOR, FILE_GDB,
                                         FILE_KERNEL, FILE_HYPERVISOR, FILE_INITRD };
    struct error ignored;
    char path[PATH_MAX];

    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (!place_runtime(name, files[i], path, &ignored))
            unlink(path);
    }
    for (unsigned i = 0; i < TESTBED_PORTS; i++) {
        char file[32];

        snprintf(file, sizeof(file), FILE_PORT "%u", i);
        if (!place_runtime(name, file, path, &ignored))
            unlink(path);
    }
}

int place_connect(const char *name, const char *path, struct error *error)
{
    int fd = connect_unix(path);

    if (fd >= 0)
        return fd;
    error_set(error, ERROR_CONNECTION, "PV-E0924", "QEMU of the testbed %s does not answer: %s",
              name, strerror(errno));
    return error_hint(error, "pvctl testbed status %s", name);
}

/* --- The description --- */

int place_write_state(const struct testbed_options *options, int pid, struct error *error)
{
    char path[PATH_MAX], started[32];
    time_t now = time(NULL);
    json_t *json;
    char *text;
    int result;

    strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
    json = json_pack("{s:s, s:i, s:s, s:s, s:s, s:i, s:I, s:s}", "name", options->name, "pid", pid,
                     "share", options->share, "definitions", options->definitions, "accelerator",
                     options->kvm ? "kvm" : "tcg", "cpus", (int)options->cpus, "memory_bytes",
                     (json_int_t)options->memory_bytes, "started", started);
    text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
    json_decref(json);
    if (!text)
        return error_set(error, ERROR_INPUT, "PV-E0342",
                         "the names of the testbed's files are no UTF-8");
    result = place_runtime(options->name, FILE_STATE, path, error) ||
                     file_write(path, text, strlen(text), error)
                 ? -1
                 : 0;
    free(text);
    return result;
}

static void take_text(const json_t *json, const char *key, char *to, size_t bytes)
{
    const char *text = json_string_value(json_object_get(json, key));

    snprintf(to, bytes, "%s", text ? text : "");
}

int place_read_state(const char *name, struct testbed_state *state, struct error *error)
{
    char path[PATH_MAX];
    struct buffer file;
    json_t *json = NULL;

    *state = (struct testbed_state){ .is_running = is_running(name) };
    snprintf(state->name, sizeof(state->name), "%s", name);
    if (place_runtime(name, FILE_STATE, path, error))
        return -1;
    if (!file_read(path, STATE_BYTES_MAX, &file, error)) {
        json = json_loadb((const char *)file.data, file.bytes, 0, NULL);
        free(file.data);
    }
    if (!json && !state->is_running) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0540", "there is no testbed %s", name);
        return error_hint(error, "start it: pvctl testbed up %s", name);
    }
    state->pid = (int)json_integer_value(json_object_get(json, "pid"));
    state->cpus = (unsigned)json_integer_value(json_object_get(json, "cpus"));
    state->memory_bytes = (uint64_t)json_integer_value(json_object_get(json, "memory_bytes"));
    take_text(json, "share", state->share, sizeof(state->share));
    take_text(json, "definitions", state->definitions, sizeof(state->definitions));
    take_text(json, "accelerator", state->accelerator, sizeof(state->accelerator));
    take_text(json, "started", state->started, sizeof(state->started));
    json_decref(json);
    return 0;
}

static int is_name(const struct dirent *entry)
{
    struct error ignored;

    return !testbed_name_check(entry->d_name, &ignored);
}

void place_list(struct testbed_state *states, size_t *count)
{
    char root[PATH_MAX];
    struct dirent **entries;
    int found;

    runtime_root(root);
    found = scandir(root, &entries, is_name, alphasort);
    *count = 0;
    for (int i = 0; i < found; i++) {
        struct error ignored;

        if (*count < TESTBEDS_MAX &&
            !place_read_state(entries[i]->d_name, &states[*count], &ignored))
            (*count)++;
        free(entries[i]);
    }
    if (found >= 0)
        free(entries);
}

static int find_only(struct testbed_state *state, struct error *error)
{
    static struct testbed_state states[TESTBEDS_MAX];
    size_t count, running = 0;

    place_list(states, &count);
    for (size_t i = 0; i < count; i++) {
        if (states[i].is_running && !running++)
            *state = states[i];
    }
    if (running == 1)
        return 0;
    if (!running) {
        error_set(error, ERROR_CONNECTION, "PV-E0920", "no testbed runs");
        return error_hint(error, "start one: pvctl testbed up");
    }
    error_set(error, ERROR_USAGE, "PV-E0241", "%zu testbeds run", running);
    return error_hint(error,
                      "say which: pvctl -c pv+testbed:///%s ...; pvctl testbed status lists "
                      "them",
                      state->name);
}

int place_find(const char *name, struct testbed_state *state, struct error *error)
{
    if (!name)
        return find_only(state, error);
    if (testbed_name_check(name, error) || place_read_state(name, state, error))
        return -1;
    if (state->is_running)
        return 0;
    error_set(error, ERROR_CONNECTION, "PV-E0921", "the testbed %s does not run", name);
    return error_hint(error,
                      "its QEMU ended without pvctl testbed down; start it again: pvctl "
                      "testbed up %s",
                      name);
}
