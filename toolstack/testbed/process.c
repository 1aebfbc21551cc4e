/* SPDX-License-Identifier: MIT */
#include "testbed/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "common/file.h"
#include "common/memory.h"
#include "config/protocol.h"
#include "testbed/monitor.h"
#include "testbed/place.h"
#include "testbed/port_client.h"
#include "testbed/qemu_arguments.h"

#define POLL_MS        200
#define ANSWER_MS      2000
#define POWER_OFF_MS   10000
#define QUIT_S         5u
#define LOG_TAIL_BYTES 65536

/* --- Small things --- */

static void pause_ms(long milliseconds)
{
    const struct timespec time = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

    nanosleep(&time, NULL);
}

static unsigned now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (unsigned)now.tv_sec;
}

/* The last bytes of a file, as a text on the heap; empty if there is none. */
static char *file_end(const char *name, const char *file)
{
    char path[PATH_MAX];
    struct error ignored;
    char *text = memory_alloc(LOG_TAIL_BYTES + 1);
    int fd = place_runtime(name, file, path, &ignored) ? -1 : open(path, O_RDONLY | O_CLOEXEC);
    off_t size = fd >= 0 ? lseek(fd, 0, SEEK_END) : 0;

    if (fd < 0)
        return text;
    if (pread(fd, text, LOG_TAIL_BYTES, size > LOG_TAIL_BYTES ? size - LOG_TAIL_BYTES : 0) < 0)
        *text = '\0';
    close(fd);
    return text;
}

char *process_log_tail(const char *name, const char *file, unsigned lines)
{
    char *text = file_end(name, file), *at = text + strlen(text), *tail;

    while (at > text && (at[-1] != '\n' || lines-- || at[0] == '\0'))
        at--;
    tail = memory_string(at);
    free(text);
    return tail;
}

/* --- Start --- */

static int link_file(const char *name, const char *file, const char *target, const char *what,
                     struct error *error)
{
    char path[PATH_MAX];

    if (access(target, R_OK)) {
        error_set(error, ERROR_INPUT, "PV-E0343", "%s %s cannot be read: %s", what, target,
                  strerror(errno));
        return error_hint(error, "build it: ./run build and the target image; or name another "
                                 "build by --build");
    }
    if (place_runtime(name, file, path, error))
        return -1;
    if (symlink(target, path))
        return error_set(error, ERROR_FAILED, "PV-E0181", "%s cannot be made: %s", path,
                         strerror(errno));
    return 0;
}

static int link_files(const struct testbed_options *options, struct error *error)
{
    const char *name = options->name;

    if (link_file(name, FILE_HYPERVISOR, options->hypervisor, "the hypervisor", error) ||
        link_file(name, FILE_KERNEL, options->kernel, "the control domain's kernel", error) ||
        link_file(name, FILE_INITRD, options->initrd, "the control domain's initrd", error))
        return -1;
    return 0;
}

/* Its blocks come with what is written; the control domain makes the file system. */
static int make_state_disk(const char *path, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600), result = 0;

    if (fd < 0 && errno == EEXIST)
        return 0;
    if (fd < 0 || ftruncate(fd, TESTBED_STATE_BYTES))
        result = error_set(error, ERROR_FAILED, "PV-E0181", "the state disk %s cannot be made: %s",
                           path, strerror(errno));
    if (fd >= 0)
        close(fd);
    return result;
}

/* In the child. @report gets the reason if it fails; it is closed when QEMU runs. */
static void run_qemu(const char *folder, char **words, int report)
{
    int nothing = open("/dev/null", O_RDONLY), log, reason;

    if (chdir(folder)) {
        nothing = -1;
        log = -1;
    } else {
        log = open(FILE_QEMU_LOG, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
    if (nothing >= 0 && log >= 0) {
        dup2(nothing, STDIN_FILENO);
        dup2(log, STDOUT_FILENO);
        dup2(log, STDERR_FILENO);
        setsid();
        signal(SIGPIPE, SIG_DFL);
        execvp(words[0], words);
    }
    reason = errno;
    _exit(write(report, &reason, sizeof(reason)) == (ssize_t)sizeof(reason) ? 127 : 126);
}

static int cannot_run(const char *qemu, int reason, struct error *error)
{
    if (reason != ENOENT)
        return error_set(error, ERROR_FAILED, "PV-E0182", "QEMU (%s) cannot be started: %s", qemu,
                         strerror(reason));
    error_set(error, ERROR_FAILED, "PV-E0183", "%s is not installed", qemu);
    return error_hint(error, "apt-get install qemu-system-x86; or name it: qemu= in pvctl.conf");
}

static int spawn(const struct testbed_options *options, pid_t *qemu, struct error *error)
{
    struct qemu_arguments arguments;
    char folder[PATH_MAX];
    int ends[2], reason = 0;
    ssize_t got;

    if (place_runtime(options->name, "", folder, error))
        return -1;
    if (pipe2(ends, O_CLOEXEC))
        return cannot_run(options->qemu, errno, error);
    qemu_arguments_make(options, &arguments);
    *qemu = fork();
    if (!*qemu)
        run_qemu(folder, arguments.words, ends[1]);
    reason = *qemu < 0 ? errno : 0;
    close(ends[1]);
    got = *qemu < 0 ? 0 : read(ends[0], &reason, sizeof(reason));
    close(ends[0]);
    qemu_arguments_free(&arguments);
    if (*qemu > 0 && got <= 0)
        return 0;
    if (*qemu > 0)
        waitpid(*qemu, NULL, 0);
    return cannot_run(options->qemu, reason, error);
}

int process_start(const struct testbed_options *options, pid_t *qemu, struct error *error)
{
    int lock, result;

    if (place_make(options->name, error))
        return -1;
    lock = place_lock(options->name, error);
    if (lock < 0)
        return -1;
    place_clean(options->name);
    result = link_files(options, error) || make_state_disk(options->state, error) ||
             spawn(options, qemu, error);
    if (!result && place_write_state(options, *qemu, error)) {
        process_kill(options->name, *qemu);
        result = -1;
    } else if (result) {
        place_clean(options->name);
    }
    close(lock); /* QEMU has it as well */
    return result ? -1 : 0;
}

void process_kill(const char *name, pid_t qemu)
{
    kill(qemu, SIGKILL);
    while (waitpid(qemu, NULL, 0) < 0 && errno == EINTR)
        ;
    place_clean(name);
}

/* --- Up to where pvd answers --- */

static const struct {
    const char *sign, *stage;
} stages[] = {
    { "control: ready", "pvd starts" },
    { "control: user space", "the control domain's user space starts" },
    { "Linux version", "the control domain's kernel starts" },
    { "Loaded by", "the hypervisor starts" },
    { "", "QEMU starts" },
};

static const char *stage_of(const char *name)
{
    char *log = file_end(name, FILE_SERIAL_LOG);
    size_t i = 0;

    while (!strstr(log, stages[i].sign))
        i++;
    free(log);
    return stages[i].stage;
}

static int qemu_ended(const char *name, int status, struct error *error)
{
    char *words = process_log_tail(name, FILE_QEMU_LOG, 3);

    words[strcspn(words, "\n")] = '\0';
    if (WIFSIGNALED(status))
        error_set(error, ERROR_FAILED, "PV-E0184", "QEMU was ended by signal %d", WTERMSIG(status));
    else
        error_set(error, ERROR_FAILED, "PV-E0184", "QEMU ended with status %d: %.300s",
                  WEXITSTATUS(status), words);
    free(words);
    return -1;
}

/* pvd is there, and answers on a session of its own. */
static bool answers(const char *name)
{
    struct error ignored;
    int lock, fd = port_client_open(name, NULL, ANSWER_MS, &lock, &ignored);

    if (fd < 0)
        return false;
    close(fd);
    close(lock);
    return true;
}

int process_wait_ready(const char *name, pid_t qemu, unsigned limit_s,
                       bool (*progress)(const char *stage, unsigned seconds), struct error *error)
{
    unsigned start = now_s();

    for (;;) {
        const char *stage = stage_of(name);
        int status;

        if (waitpid(qemu, &status, WNOHANG) == qemu)
            return qemu_ended(name, status, error);
        if (!progress(stage, now_s() - start))
            return error_set(error, ERROR_FAILED, "PV-E0105", "interrupted");
        if (now_s() - start > limit_s) {
            error_set(error, ERROR_TIMEOUT, "PV-E1010",
                      "the control domain does not answer after %u s: %s", limit_s, stage);
            return error_hint(error, "--timeout gives it longer; it is ended now");
        }
        /* Asking sooner would only wait. */
        if (stage == stages[0].stage && answers(name))
            return 0;
        pause_ms(POLL_MS);
    }
}

/* --- End --- */

static bool runs(const char *name)
{
    struct testbed_state state;
    struct error ignored;

    return !place_read_state(name, &state, &ignored) && state.is_running;
}

static bool wait_gone(const char *name, unsigned limit_s)
{
    unsigned start = now_s();

    while (runs(name)) {
        if (now_s() - start > limit_s)
            return false;
        pause_ms(POLL_MS);
    }
    return true;
}

static bool power_off(const char *name, unsigned limit_s)
{
    struct error ignored;
    int lock, fd = port_client_open(name, PORT_POWER_OFF, POWER_OFF_MS, &lock, &ignored);

    if (fd < 0)
        return false;
    close(fd);
    close(lock);
    return wait_gone(name, limit_s);
}

int process_stop(const struct testbed_state *state, bool by_force, unsigned limit_s,
                 struct error *error)
{
    const char *name = state->name;
    bool is_gone = !state->is_running || (!by_force && power_off(name, limit_s));

    if (!is_gone && !monitor_command(name, "quit"))
        is_gone = wait_gone(name, QUIT_S);
    /* The lock is held, so the process is still that one. */
    if (!is_gone && state->pid > 0 && !kill(state->pid, SIGKILL))
        is_gone = wait_gone(name, QUIT_S);
    if (!is_gone)
        return error_set(error, ERROR_FAILED, "PV-E0185",
                         "QEMU of the testbed %s (process %d) "
                         "does not end",
                         name, state->pid);
    place_clean(name);
    return 0;
}
