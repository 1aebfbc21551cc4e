/* SPDX-License-Identifier: MIT */
/* Which testbeds run, and what one leaves that died. */
#include "testbed/place.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"
#include "testbed/monitor.h"
#include "testbed/port_client.h"
#include "testbed/process.h"
#include "testbed/qemu_arguments.h"

static char *folder;
static struct error error;

static void set_up(void)
{
    folder = folder_make();
    setenv("XDG_RUNTIME_DIR", folder, 1);
    setenv("XDG_STATE_HOME", folder, 1);
}

static struct testbed_options options_of(const char *name)
{
    struct testbed_options options = { .name = name, .cpus = 2, .memory_bytes = 1UL << 30 };

    strcpy(options.share, "/work-here");
    return options;
}

/* As process_start() does it; the process that holds the lock stands for QEMU. */
static pid_t run_testbed(const char *name)
{
    struct testbed_options options = options_of(name);
    int lock;
    pid_t qemu;

    ck_assert_int_eq(place_make(name, &error), 0);
    lock = place_lock(name, &error);
    ck_assert_int_ge(lock, 0);
    qemu = fork();
    if (!qemu) {
        pause();
        _exit(0);
    }
    close(lock);
    ck_assert_int_eq(place_write_state(&options, qemu, &error), 0);
    return qemu;
}

static void end(pid_t qemu)
{
    kill(qemu, SIGKILL);
    waitpid(qemu, NULL, 0);
}

TEST(place, names)
{
    static const char *const bad[] = { "",   ".",   "..",   "a/b",
                                       "-x", "a b", "ab,c", "12345678901234567890123456789012" };

    ck_assert_int_eq(testbed_name_check("default", &error), 0);
    ck_assert_int_eq(testbed_name_check("a-B_9", &error), 0);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_int_eq(testbed_name_check(bad[i], &error), -1);
    ck_assert_str_eq(error.id, "PV-E0240");
}

TEST(place, none)
{
    struct testbed_state state;

    set_up();
    ck_assert_int_eq(place_find(NULL, &state, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0920");
    ck_assert_int_eq(place_read_state("default", &state, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0540");
    folder_remove(folder);
}

TEST(place, one_that_runs)
{
    struct testbed_state state;
    pid_t qemu;

    set_up();
    qemu = run_testbed("one");
    ck_assert_int_eq(place_find(NULL, &state, &error), 0);
    ck_assert_str_eq(state.name, "one");
    ck_assert_str_eq(state.share, "/work-here");
    ck_assert_int_eq(state.pid, qemu);
    ck_assert_uint_eq(state.memory_bytes, 1UL << 30);
    ck_assert(state.is_running);
    ck_assert_int_eq(place_lock("one", &error), -1);
    ck_assert_str_eq(error.id, "PV-E0630");
    end(qemu);
    folder_remove(folder);
}

TEST(place, one_that_died)
{
    struct testbed_state state;
    int lock;

    set_up();
    end(run_testbed("one"));
    ck_assert_int_eq(place_read_state("one", &state, &error), 0);
    ck_assert(!state.is_running);
    ck_assert_int_eq(place_find("one", &state, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0921");
    ck_assert_int_eq(place_find(NULL, &state, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0920");
    /* The name is free again. */
    lock = place_lock("one", &error);
    ck_assert_int_ge(lock, 0);
    place_clean("one");
    close(lock);
    ck_assert_int_eq(place_read_state("one", &state, &error), -1);
    folder_remove(folder);
}

TEST(place, two_side_by_side)
{
    struct testbed_state state, states[TESTBEDS_MAX];
    pid_t one, two;
    size_t count;

    set_up();
    one = run_testbed("one");
    two = run_testbed("two");
    ck_assert_int_eq(place_find(NULL, &state, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0241");
    ck_assert_int_eq(place_find("two", &state, &error), 0);
    ck_assert_int_eq(state.pid, two);
    end(one);
    place_list(states, &count);
    ck_assert_uint_eq(count, 2);
    ck_assert(!states[0].is_running);
    ck_assert(states[1].is_running);
    ck_assert_int_eq(place_find(NULL, &state, &error), 0);
    ck_assert_str_eq(state.name, "two");
    end(two);
    folder_remove(folder);
}

TEST(place, a_description_that_is_none)
{
    struct testbed_state state;
    char path[PATH_MAX];
    pid_t qemu;
    int fd;

    set_up();
    qemu = run_testbed("one");
    ck_assert_int_eq(place_runtime("one", "testbed.json", path, &error), 0);
    fd = open(path, O_WRONLY | O_TRUNC);
    ck_assert_int_eq(write(fd, "{\"name\":", 8), 8);
    close(fd);
    ck_assert_int_eq(place_find(NULL, &state, &error), 0);
    ck_assert_str_eq(state.name, "one");
    ck_assert_str_eq(state.share, "");
    end(qemu);
    folder_remove(folder);
}

TEST(place, folders_are_private)
{
    struct stat status;
    char path[PATH_MAX];

    set_up();
    ck_assert_int_eq(place_make("one", &error), 0);
    ck_assert_int_eq(place_runtime("one", "", path, &error), 0);
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0700);
    folder_remove(folder);
}

/* --- Starting what is no QEMU --- */

static void set_files(struct testbed_options *options)
{
    strcpy(options->hypervisor, "/proc/self/exe");
    strcpy(options->kernel, "/proc/self/exe");
    strcpy(options->initrd, "/proc/self/exe");
    ck_assert_int_eq(place_state(options->name, "state.img", options->state, &error), 0);
}

TEST(process, qemu_is_missing)
{
    struct testbed_options options = options_of("one");
    struct testbed_state state;
    pid_t qemu;

    set_up();
    set_files(&options);
    options.qemu = "qemu-that-nobody-has";
    ck_assert_int_eq(process_start(&options, &qemu, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0183");
    ck_assert_ptr_nonnull(strstr(error.hint, "apt-get install"));
    /* Nothing is left that looks like a testbed. */
    ck_assert_int_eq(place_read_state("one", &state, &error), -1);
    folder_remove(folder);
}

static bool go_on(const char *stage, unsigned seconds)
{
    ck_assert_ptr_nonnull(stage);
    (void)seconds;
    return true;
}

TEST(process, qemu_ends_at_once)
{
    struct testbed_options options = options_of("one");
    pid_t qemu;

    set_up();
    set_files(&options);
    options.qemu = "ls"; /* knows none of the options */
    ck_assert_int_eq(process_start(&options, &qemu, &error), 0);
    ck_assert_int_eq(process_wait_ready("one", qemu, 60, go_on, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0184");
    ck_assert_ptr_nonnull(strstr(error.message, "status 2"));
    folder_remove(folder);
}

TEST(process, a_missing_build_is_named)
{
    struct testbed_options options = options_of("one");
    pid_t qemu;

    set_up();
    set_files(&options);
    strcpy(options.initrd, "/not/there/initrd.zst");
    ck_assert_int_eq(process_start(&options, &qemu, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0343");
    ck_assert_ptr_nonnull(strstr(error.message, "/not/there/initrd.zst"));
    folder_remove(folder);
}

TEST(process, nobody_listens)
{
    int lock;

    set_up();
    ck_assert_int_eq(place_make("one", &error), 0);
    ck_assert_int_eq(port_client_open("one", NULL, 100, &lock, &error), -1);
    ck_assert_str_eq(error.id, "PV-E0924");
    ck_assert_int_eq(monitor_command("one", "quit"), -1);
    folder_remove(folder);
}
