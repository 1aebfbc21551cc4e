/* SPDX-License-Identifier: MIT */
/* testbed: QEMU with the hypervisor and the control domain, for a development machine. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "config/values.h"
#include "pvctl/definitions.h"
#include "pvctl/interrupt.h"
#include "pvctl/output.h"
#include "pvctl/size.h"
#include "pvctl/testbed_console.h"
#include "testbed/accelerator.h"
#include "testbed/place.h"
#include "testbed/process.h"
#include "testbed/qemu_arguments.h"

#define UP_LIMIT_S    300u
#define DOWN_LIMIT_S  90u
#define TIMEOUT_MAX_S 86400u
#define MEMORY        (2UL << 30)
#define TAIL_LINES    15u

static const struct column columns[] = {
    { "Name", "name", COLUMN_TEXT },
    { "State", "state", COLUMN_TEXT },
    { "PID", "pid", COLUMN_NUMBER },
    { "CPUs", "cpus", COLUMN_NUMBER },
    { "Mem(MiB)", "memory_bytes", COLUMN_MIB },
    { "Accel", "accelerator", COLUMN_TEXT },
    { "Started", "started", COLUMN_TEXT },
    { "Shared folder", "share", COLUMN_TEXT },
    { 0 },
};

/* --- What the command line says --- */

static const char *name_of(const struct invocation *call)
{
    if (call->word_count > 1)
        return call->words[1];
    return call->options[OPTION_name] ? call->options[OPTION_name] : NULL;
}

static int read_number(const struct invocation *call, enum option_id id, unsigned most,
                       unsigned *number, struct error *error)
{
    uint64_t value = *number;

    if (call->options[id] && (!decimal_parse(call->options[id], most, &value) || !value)) {
        error_set(error, ERROR_USAGE, "PV-E0242", "--%s '%.60s' is no number from 1 to %u",
                  option_rows[id].name, call->options[id], most);
        return error_hint(error, "%s", option_rows[id].text);
    }
    *number = (unsigned)value;
    return 0;
}

static int read_memory(const struct invocation *call, uint64_t *bytes, struct error *error)
{
    const char *text = call->options[OPTION_memory];

    if (!text || (size_parse(text, bytes) && *bytes >= TESTBED_MEMORY_MIN))
        return 0;
    error_set(error, ERROR_USAGE, "PV-E0242", "--memory '%.60s' is no size of 512M or more", text);
    return error_hint(error, "a number with K, M, G or T; without a unit it is MiB");
}

static int read_folder(const struct invocation *call, enum option_id id, char path[PATH_MAX],
                       struct error *error)
{
    const char *folder = call->options[id] ? call->options[id] : ".";
    struct stat status;

    errno = ENOTDIR;
    if (realpath(folder, path) && !stat(path, &status) && S_ISDIR(status.st_mode))
        return 0;
    return error_set(error, ERROR_INPUT, "PV-E0344", "--%s: %s is no folder: %s",
                     option_rows[id].name, folder, strerror(errno));
}

static const char *or_else(const char *text, const char *otherwise)
{
    return text ? text : otherwise;
}

/* The build that this program is of, or what is installed. */
static int find_build(const struct invocation *call, char path[PATH_MAX], struct error *error)
{
    char sign[PATH_MAX + 32];
    char *end;

    if (call->options[OPTION_build])
        return read_folder(call, OPTION_build, path, error);
    if (!realpath("/proc/self/exe", path))
        return error_set(error, ERROR_FAILED, "PV-E0181", "/proc/self/exe: %s", strerror(errno));
    for (unsigned i = 0; i < 2; i++) {
        end = strrchr(path, '/');
        if (end)
            *end = '\0';
    }
    snprintf(sign, sizeof(sign), "%s/hypervisor/parapet", path);
    if (access(sign, R_OK))
        text_copy(path, PATH_MAX, "/usr/lib/parapet");
    return 0;
}

static int set_path(char path[PATH_MAX], const char *folder, const char *file, struct error *error)
{
    if (snprintf(path, PATH_MAX, "%s/%s", folder, file) < PATH_MAX)
        return 0;
    return error_set(error, ERROR_INPUT, "PV-E0341", "the path %.200s is too long", path);
}

static int read_paths(const struct invocation *call, struct testbed_options *options,
                      struct error *error)
{
    const char *hypervisor =
        options->waits_for_gdb ? "hypervisor-debug/parapet" : "hypervisor/parapet";
    char build[PATH_MAX];

    if (find_build(call, build, error) || set_path(options->hypervisor, build, hypervisor, error) ||
        set_path(options->kernel, build, "image/vmlinux", error) ||
        set_path(options->initrd, build, "image/initrd.zst", error) ||
        read_folder(call, OPTION_share, options->share, error) ||
        place_state(options->name, "state.img", options->state, error) ||
        place_state(options->name, "definitions", options->definitions, error))
        return -1;
    if (strlen(options->definitions) >= SETTING_BYTES)
        return error_set(error, ERROR_INPUT, "PV-E0341", "the path %.200s is too long",
                         options->definitions);
    return 0;
}

static int read_options(const struct invocation *call, struct testbed_options *options,
                        struct error *error)
{
    *options = (struct testbed_options){
        .name = or_else(name_of(call), TESTBED_DEFAULT),
        .qemu = call->settings->qemu,
        .machine = or_else(call->options[OPTION_machine], "q35"),
        .cpu = or_else(call->options[OPTION_cpu], "max"),
        .cpus = 2,
        .memory_bytes = MEMORY,
        .kvm = accelerator_is_kvm(),
        .waits_for_gdb = call->options[OPTION_debug_gdb] != NULL,
        .disk = call->options[OPTION_disk],
    };
    if (testbed_name_check(options->name, error) ||
        read_number(call, OPTION_cpus, TESTBED_CPUS_MAX, &options->cpus, error) ||
        read_memory(call, &options->memory_bytes, error) || read_paths(call, options, error))
        return -1;
    if (options->disk && access(options->disk, R_OK | W_OK))
        return error_set(error, ERROR_INPUT, "PV-E0380", "the disk %s cannot be opened: %s",
                         options->disk, strerror(errno));
    return 0;
}

/* --- Results --- */

static json_t *state_json(const struct testbed_state *state)
{
    return json_pack("{s:s, s:s, s:i, s:i, s:I, s:s, s:s, s:s, s:s}", "name", state->name, "state",
                     state->is_running ? "running" : "died", "pid", state->pid, "cpus",
                     (int)state->cpus, "memory_bytes", (json_int_t)state->memory_bytes,
                     "accelerator", state->accelerator, "started", state->started, "share",
                     state->share, "definitions", state->definitions);
}

static void set_result(struct invocation *call, const struct testbed_state *states, size_t count)
{
    json_t *list = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, state_json(&states[i]));
    call->result = json_pack("{s:o}", "testbeds", list);
    call->rows = "testbeds";
    call->columns = columns;
}

/* --- up --- */

static struct {
    bool is_terminal, is_quiet;
    const char *shown;
} progress;

/* On a terminal a line that changes; elsewhere a line for each stage. */
static bool show_progress(const char *stage, unsigned seconds)
{
    if (progress.is_quiet)
        return !interrupt_has_come();
    if (progress.is_terminal)
        fprintf(stderr, "\r%3u s  %s\033[K", seconds, stage);
    else if (stage != progress.shown)
        fprintf(stderr, "%3u s  %s\n", seconds, stage);
    progress.shown = stage;
    fflush(stderr);
    return !interrupt_has_come();
}

static void end_progress(void)
{
    if (progress.is_terminal && progress.shown)
        fputs("\r\033[K", stderr);
}

static void show_tail(const char *name)
{
    char *tail = process_log_tail(name, FILE_SERIAL_LOG, TAIL_LINES);

    if (*tail)
        fprintf(stderr, "--- the last lines of its serial console:\n%s\n---\n", tail);
    free(tail);
}

static int make_fresh(const struct testbed_options *options, struct error *error)
{
    struct settings settings = { .json = false };
    json_t *names, *name;
    size_t i;
    int lock = place_make(options->name, error) ? -1 : place_lock(options->name, error);

    if (lock < 0)
        return -1;
    unlink(options->state);
    TEXT_SET(settings.definitions, options->definitions);
    names = definition_names(&settings);
    json_array_foreach(names, i, name)
    {
        char path[PATH_MAX];

        if (!autostart_path(&settings, json_string_value(name), path, error))
            unlink(path);
        if (!definition_path(&settings, json_string_value(name), path, error))
            unlink(path);
    }
    json_decref(names);
    close(lock);
    return 0;
}

static void say_gdb(const struct testbed_options *options)
{
    char path[PATH_MAX];
    struct error ignored;

    if (!place_runtime(options->name, FILE_GDB, path, &ignored))
        printf("waits for gdb: gdb %s -ex 'target remote %s'\n", options->hypervisor, path);
}

static void show_up(const struct invocation *call)
{
    const json_t *testbed = json_array_get(json_object_get(call->result, "testbeds"), 0);

    if (!call->settings->quiet)
        printf("testbed %s is up (%s); %s is " TESTBED_SHARE " in there\n",
               json_string_value(json_object_get(testbed, "name")),
               json_string_value(json_object_get(testbed, "accelerator")),
               json_string_value(json_object_get(testbed, "share")));
}

static int up(struct invocation *call, struct error *error)
{
    struct testbed_options options;
    struct testbed_state state;
    unsigned limit_s = UP_LIMIT_S;
    pid_t qemu = 0;

    if (read_options(call, &options, error) ||
        read_number(call, OPTION_timeout, TIMEOUT_MAX_S, &limit_s, error) ||
        (call->options[OPTION_fresh] && make_fresh(&options, error)))
        return -1;
    interrupt_watch();
    if (process_start(&options, &qemu, error))
        return -1;
    progress.is_quiet = call->settings->quiet;
    progress.is_terminal = isatty(STDERR_FILENO) && !call->settings->quiet;
    if (!options.waits_for_gdb &&
        process_wait_ready(options.name, qemu, limit_s, show_progress, error)) {
        end_progress();
        if (!interrupt_has_come())
            show_tail(options.name);
        process_kill(options.name, qemu);
        return -1;
    }
    end_progress();
    if (place_read_state(options.name, &state, error))
        return -1;
    set_result(call, &state, 1);
    call->show = show_up;
    if (options.waits_for_gdb && !call->settings->json)
        say_gdb(&options);
    return 0;
}

/* --- down, status, console --- */

/* The one that is named; without a name the only one that runs, or the default. */
static int choose(const struct invocation *call, struct testbed_state *state, struct error *error)
{
    const char *name = name_of(call);

    if (name && testbed_name_check(name, error))
        return -1;
    if (!name && !place_find(NULL, state, error))
        return 0;
    if (!name && error->class != ERROR_CONNECTION)
        return -1;
    return place_read_state(or_else(name, TESTBED_DEFAULT), state, error);
}

static void show_down(const struct invocation *call)
{
    const json_t *testbed = json_array_get(json_object_get(call->result, "testbeds"), 0);

    if (!call->settings->quiet)
        printf("testbed %s is down\n", json_string_value(json_object_get(testbed, "name")));
}

static int down(struct invocation *call, struct error *error)
{
    static struct testbed_state state;
    unsigned limit_s = DOWN_LIMIT_S;

    if (read_number(call, OPTION_timeout, TIMEOUT_MAX_S, &limit_s, error) ||
        choose(call, &state, error))
        return -1;
    if (!state.is_running)
        invocation_warn(call, "QEMU of the testbed %s had died; what it left is cleaned away",
                        state.name);
    if (process_stop(&state, call->options[OPTION_force] != NULL, limit_s, error))
        return -1;
    set_result(call, &state, 1);
    json_object_set_new(json_array_get(json_object_get(call->result, "testbeds"), 0), "state",
                        json_string("down"));
    call->show = show_down;
    return 0;
}

static int status(struct invocation *call, struct error *error)
{
    static struct testbed_state states[TESTBEDS_MAX];
    size_t count = 1;

    call->show = show_table;
    if (!name_of(call))
        place_list(states, &count);
    else if (choose(call, &states[0], error))
        return -1;
    set_result(call, states, count);
    return 0;
}

static int console(struct invocation *call, struct error *error)
{
    static struct testbed_state state;

    if (choose(call, &state, error))
        return -1;
    return testbed_console_run(call, state.name, error);
}

int command_testbed(struct invocation *call, struct error *error)
{
    static const struct {
        const char *name;
        int (*run)(struct invocation *call, struct error *error);
    } actions[] = { { "up", up }, { "down", down }, { "status", status }, { "console", console } };

    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (!strcmp(call->words[0], actions[i].name))
            return actions[i].run(call, error);
    }
    error_set(error, ERROR_USAGE, "PV-E0243",
              "testbed knows the actions up, down, status, console");
    return error_hint(error, "pvctl testbed up");
}
