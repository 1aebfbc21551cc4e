/* SPDX-License-Identifier: MIT */
/* The daemon: options, the modules' start and stop, signals. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/listen.h"
#include "common/log.h"
#include "common/memory.h"
#include "common/notify.h"
#include "pvd/pvd.h"

static const struct pvd_module *const modules[] = {
#define PVD_MODULE(name) &pvd_##name##_module,
#include "modules.def"
#undef PVD_MODULE
};
#define MODULE_COUNT (sizeof(modules) / sizeof(modules[0]))

static const struct pvd_options defaults = {
    .socket = "/run/pvd/socket",
    .store_socket = "/run/xenstored/socket",
    .run_folder = "/run/pvd",
    .log_level = "info",
    .log_folder = "/var/log/pvd",
};

static const char help[] =
    "Usage: pvd [OPTION]...\n"
    "The daemon of the control domain: the store, consoles, the life of domains, devices.\n"
    "\n"
    "  -f, --foreground         stay in the foreground and log to standard error\n"
    "      --socket=PATH        where pvctl finds it (/run/pvd/socket)\n"
    "      --store-socket=PATH  where programs find the store (/run/xenstored/socket)\n"
    "      --run-folder=PATH    its journal and other state (/run/pvd)\n"
    "      --log=FILE           append messages to FILE\n"
    "      --log-level=LEVEL    error, warning, info or debug (info)\n"
    "      --log-folder=PATH    logs of the domains' consoles (/var/log/pvd)\n"
    "      --detached           without a hypervisor below: only the sockets, for tests\n"
    "  -h, --help               this text\n"
    "      --version            the version\n"
    "\n"
    "It may be killed at any time and started again: running domains do not notice.\n"
    "Example: pvd --foreground --log-level=debug\n";

enum {
    OPTION_SOCKET = 256,
    OPTION_STORE_SOCKET,
    OPTION_RUN_FOLDER,
    OPTION_LOG,
    OPTION_LOG_LEVEL,
    OPTION_LOG_FOLDER,
    OPTION_DETACHED,
    OPTION_VERSION,
};

static const struct option long_options[] = {
    { "foreground", no_argument, NULL, 'f' },
    { "socket", required_argument, NULL, OPTION_SOCKET },
    { "store-socket", required_argument, NULL, OPTION_STORE_SOCKET },
    { "run-folder", required_argument, NULL, OPTION_RUN_FOLDER },
    { "log", required_argument, NULL, OPTION_LOG },
    { "log-level", required_argument, NULL, OPTION_LOG_LEVEL },
    { "log-folder", required_argument, NULL, OPTION_LOG_FOLDER },
    { "detached", no_argument, NULL, OPTION_DETACHED },
    { "help", no_argument, NULL, 'h' },
    { "version", no_argument, NULL, OPTION_VERSION },
    { 0 },
};

static int say_and_exit(const char *text)
{
    fputs(text, stdout);
    exit(fflush(stdout) ? ERROR_FAILED : 0);
}

static void set_option(struct pvd_options *options, int option, const char *value)
{
    switch (option) {
    case 'f':
        options->is_foreground = true;
        break;
    case OPTION_SOCKET:
        options->socket = value;
        break;
    case OPTION_STORE_SOCKET:
        options->store_socket = value;
        break;
    case OPTION_RUN_FOLDER:
        options->run_folder = value;
        break;
    case OPTION_LOG:
        options->log_file = value;
        break;
    case OPTION_LOG_LEVEL:
        options->log_level = value;
        break;
    case OPTION_LOG_FOLDER:
        options->log_folder = value;
        break;
    case OPTION_DETACHED:
        options->is_detached = true;
        break;
    case 'h':
        say_and_exit(help);
        break;
    case OPTION_VERSION:
        say_and_exit("pvd " PARAPET_VERSION "\n");
        break;
    default:
        fputs("pvd: `pvd --help` lists the options\n", stderr);
        exit(ERROR_USAGE);
    }
}

static void read_options(int argc, char **argv, struct pvd_options *options)
{
    int option;

    while ((option = getopt_long(argc, argv, "fh", long_options, NULL)) >= 0)
        set_option(options, option, optarg);
    if (optind < argc) {
        fprintf(stderr, "pvd: \"%s\" is not expected; `pvd --help` lists the options\n",
                argv[optind]);
        exit(ERROR_USAGE);
    }
    if (log_level_of(options->log_level) < 0) {
        fprintf(stderr, "pvd: \"%s\" is no log level; there are error, warning, info, debug\n",
                options->log_level);
        exit(ERROR_USAGE);
    }
}

static int report(const struct error *error)
{
    fprintf(stderr, "pvd: %s (%s)%s%s\n", error->message, error->id, error->hint[0] ? "; " : "",
            error->hint);
    return (int)error->class;
}

/* --- One at a time ----------------------------------------------------------------------------- */

/* The file stays open and locked as long as the process lives, however it ends. */
static int write_pid_file(const char *folder, struct error *error)
{
    char *slashed = memory_format("%s/", folder);
    char *path = memory_format("%s/pid", folder);
    int result = make_folders(slashed, error);
    int fd = result ? -1 : open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);

    if (!result && fd < 0)
        result = error_set(error, ERROR_FAILED, "PV-E0114", "%s cannot be written: %s", path,
                           strerror(errno));
    if (!result && flock(fd, LOCK_EX | LOCK_NB))
        result = error_set(error, ERROR_STATE, "PV-E0615", "another pvd runs already (%s)", path);
    if (!result && (ftruncate(fd, 0) || dprintf(fd, "%d\n", getpid()) < 0))
        result = error_set(error, ERROR_FAILED, "PV-E0114", "%s cannot be written: %s", path,
                           strerror(errno));
    free(slashed);
    free(path);
    return result;
}

/* In the parent, this waits for what the child says and exits with it; the child goes on. */
static int go_to_background(void)
{
    unsigned char status = ERROR_FAILED;
    int ends[2];
    pid_t child;

    if (pipe2(ends, O_CLOEXEC) || (child = fork()) < 0) {
        perror("pvd");
        exit(ERROR_FAILED);
    }
    if (child) {
        close(ends[1]);
        if (read(ends[0], &status, 1) != 1)
            status = ERROR_FAILED;
        exit(status);
    }
    close(ends[0]);
    setsid();
    return ends[1];
}

/* Tells the parent, and lets go of its terminal. */
static void leave_parent(int parent, int status)
{
    unsigned char byte = (unsigned char)status;
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);

    if (write(parent, &byte, 1) != 1)
        log_debug("the parent did not wait");
    close(parent);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(nothing, STDERR_FILENO);
    close(nothing);
}

/* --- Running ----------------------------------------------------------------------------------- */

struct signals {
    struct event_fd record;
    struct event_loop *loop;
};

static void signal_came(void *context, uint32_t events)
{
    struct signals *signals = context;
    struct signalfd_siginfo info;

    (void)events;
    if (read(signals->record.fd, &info, sizeof(info)) != (ssize_t)sizeof(info))
        return;
    log_info("ends by signal %u", info.ssi_signo);
    event_loop_stop(signals->loop);
}

static int watch_signals(struct event_loop *loop, struct signals *signals, struct error *error)
{
    sigset_t set;
    int fd;

    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    signals->loop = loop;
    signals->record.handler = signal_came;
    signals->record.context = signals;
    if (fd < 0 || event_fd_start(loop, &signals->record, fd, EPOLLIN))
        return error_set(error, ERROR_RESOURCES, "PV-E0724", "no signals: %s", strerror(errno));
    return 0;
}

static void stop_modules(struct pvd *pvd, size_t count)
{
    while (count--)
        modules[count]->stop(pvd);
}

static int start_modules(struct pvd *pvd, struct error *error)
{
    for (size_t i = 0; i < MODULE_COUNT; i++) {
        if (modules[i]->start(pvd, error)) {
            stop_modules(pvd, i);
            return -1;
        }
        log_debug("module %s is up", modules[i]->name);
    }
    return 0;
}

static int start(struct pvd *pvd, struct signals *signals, struct error *error)
{
    int level = log_level_of(pvd->options.log_level);

    if (log_open((enum log_level)level, pvd->options.log_file, error) ||
        write_pid_file(pvd->options.run_folder, error))
        return -1;
    pvd->loop = event_loop_create(error);
    if (!pvd->loop || watch_signals(pvd->loop, signals, error))
        return -1;
    return start_modules(pvd, error);
}

int main(int argc, char **argv)
{
    struct pvd pvd = { .options = defaults };
    struct signals signals = { 0 };
    struct error error;
    int parent = -1;

    read_options(argc, argv, &pvd.options);
    if (!pvd.options.is_foreground)
        parent = go_to_background();
    if (start(&pvd, &signals, &error)) {
        int status = report(&error);

        if (parent >= 0)
            leave_parent(parent, status);
        return status;
    }
    log_info("version " PARAPET_VERSION " is up");
    if (parent >= 0)
        leave_parent(parent, 0);
    notify_ready();
    event_loop_run(pvd.loop);
    stop_modules(&pvd, MODULE_COUNT);
    event_fd_stop(&signals.record);
    event_loop_destroy(pvd.loop);
    return 0;
}
