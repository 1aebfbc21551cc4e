/* SPDX-License-Identifier: MIT */
/*
 * Basic operations of a Linux kernel, measured from a program: the same one natively and in a control
 * domain. It is the first process, and powers the machine off at its end.
 *
 * One line is printed for each operation: its name, how many were done, ticks of the time-stamp
 * counter and nanoseconds of the clock that they took. With "bench.steps" on the kernel's command line
 * the program prints "@B name" before and "@E name" after them, and each time waits for a line: the
 * other side reads the hypervisor's counters meanwhile. Its first line has the time-stamp counter and
 * the kernel's clock at its start; with "bench.start_only" that is all.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define PAGE        4096u
#define FAULT_PAGES 256u
#define MAP_PAGES   16u

/* A place that a plugin of QEMU may look for, to count what is executed between two of them. */
#define MARK() __asm__ volatile(".byte 0x0f, 0x1f, 0x80; .ascii \"KRAM\"" ::: "memory")

static bool is_in_steps;
static const char *own_path = "/proc/self/exe";

static uint64_t ticks(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high));
    return (uint64_t)high << 32 | low;
}

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    sync();
    reboot(RB_POWER_OFF);
    exit(1);
}

static void must(bool is_good, const char *what)
{
    if (!is_good)
        fail(what);
}

/* ---- the operations; each does it @count times ---- */

static void do_nothing(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        __asm__ volatile("");
}

static void do_getppid(unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        syscall(SYS_getppid);
}

static void do_clock_gettime(unsigned count)
{
    struct timespec now;

    for (unsigned i = 0; i < count; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
}

static void do_open_close(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        int file = open("/file", O_RDONLY | O_CLOEXEC);

        must(file >= 0, "open");
        close(file);
    }
}

static void on_signal(int number)
{
    (void)number;
}

static void do_signal(unsigned count)
{
    struct sigaction action = { .sa_handler = on_signal };

    sigaction(SIGUSR1, &action, NULL);
    for (unsigned i = 0; i < count; i++)
        must(kill(getpid(), SIGUSR1) == 0, "kill");
}

static void do_mprotect_pair(unsigned count)
{
    static char *page;

    if (!page) {
        page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        must(page != MAP_FAILED, "mmap");
    }
    for (unsigned i = 0; i < count; i++) {
        *(volatile char *)page = 1;
        must(mprotect(page, PAGE, PROT_READ) == 0, "mprotect");
        must(mprotect(page, PAGE, PROT_READ | PROT_WRITE) == 0, "mprotect");
    }
}

static void touch(char *area, unsigned pages)
{
    for (unsigned i = 0; i < pages; i++)
        *(volatile char *)&area[(size_t)i * PAGE] = 1;
}

/* First touches only: the mapping of each 256 pages is part of it, some ten instructions a page. */
static void do_page_fault(unsigned count)
{
    for (unsigned done = 0; done < count; done += FAULT_PAGES) {
        char *area = mmap(NULL, FAULT_PAGES * PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        must(area != MAP_FAILED, "mmap");
        touch(area, FAULT_PAGES);
        munmap(area, FAULT_PAGES * PAGE);
    }
}

static void do_mmap_touch_unmap(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char *area = mmap(NULL, MAP_PAGES * PAGE, PROT_READ | PROT_WRITE,
                          MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        must(area != MAP_FAILED, "mmap");
        touch(area, MAP_PAGES);
        munmap(area, MAP_PAGES * PAGE);
    }
}

static void wait_for(pid_t child)
{
    int status;

    must(child > 0, "fork");
    must(waitpid(child, &status, 0) == child && WIFEXITED(status) && !WEXITSTATUS(status), "child");
}

static void do_fork_exit(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        pid_t child = fork();

        if (!child)
            _exit(0);
        wait_for(child);
    }
}

static void do_fork_exec(unsigned count)
{
    static char *const arguments[] = { "nothing", NULL };
    static char *const environment[] = { NULL };

    for (unsigned i = 0; i < count; i++) {
        pid_t child = fork();

        if (!child) {
            execve(own_path, arguments, environment);
            _exit(1);
        }
        wait_for(child);
    }
}

static void answer(int from, int to)
{
    char byte;

    while (read(from, &byte, 1) == 1 && write(to, &byte, 1) == 1)
        ;
    _exit(0);
}

static void do_pipe_round_trip(unsigned count)
{
    int there[2], back[2];
    char byte = 0;
    pid_t child;

    must(pipe(there) == 0 && pipe(back) == 0, "pipe");
    child = fork();
    if (!child) {
        close(there[1]);
        close(back[0]);
        answer(there[0], back[1]);
    }
    close(there[0]);
    close(back[1]);
    for (unsigned i = 0; i < count; i++)
        must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1, "round trip");
    close(there[1]);
    close(back[0]);
    wait_for(child);
}

/* With a second process that does the same. Linux's scheduler seldom switches between them. */
static void do_sched_yield(unsigned count)
{
    pid_t child = fork();

    for (unsigned i = 0; i < count / 2; i++)
        syscall(SYS_sched_yield);
    if (!child)
        _exit(0);
    wait_for(child);
}

static const struct operation {
    const char *name;
    void (*act)(unsigned count);
    unsigned count;
} operations[] = {
    { "null", do_nothing, 1000 },
    { "getppid", do_getppid, 20000 },
    { "clock_gettime", do_clock_gettime, 20000 },
    { "open_close", do_open_close, 4000 },
    { "signal", do_signal, 4000 },
    { "page_fault", do_page_fault, 8192 },
    { "mmap_touch_unmap", do_mmap_touch_unmap, 400 },
    { "mprotect_pair", do_mprotect_pair, 2000 },
    { "pipe_round_trip", do_pipe_round_trip, 2000 },
    { "sched_yield", do_sched_yield, 4000 },
    { "fork_exit", do_fork_exit, 200 },
    { "fork_exec", do_fork_exec, 60 },
};

/* ---- the frame around them ---- */

static void step(const char *mark, const char *name)
{
    char byte;

    if (!is_in_steps)
        return;
    printf("%s %s\n", mark, name);
    do {
        must(read(0, &byte, 1) == 1, "console");
    } while (byte != '\n');
}

static void measure(const struct operation *operation)
{
    uint64_t first_tick, last_tick, first_ns, last_ns;

    operation->act(operation->count / 8);
    step("@B", operation->name);
    MARK();
    first_ns = nanoseconds();
    first_tick = ticks();
    operation->act(operation->count);
    last_tick = ticks();
    last_ns = nanoseconds();
    MARK();
    step("@E", operation->name);
    printf("@R %s %u %lu %lu\n", operation->name, operation->count, last_tick - first_tick,
           last_ns - first_ns);
}

/* The console passes bytes on as they are, and echoes none. */
static void make_console_plain(void)
{
    struct termios settings;

    if (tcgetattr(0, &settings))
        return;
    settings.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    settings.c_iflag &= ~(tcflag_t)(ICRNL | IXON);
    tcsetattr(0, TCSANOW, &settings);
}

/* The number after @word on the kernel's command line, 1 for the word alone, else 0. */
static unsigned option(const char *word)
{
    char line[1024];
    int file = open("/proc/cmdline", O_RDONLY);
    ssize_t bytes = file < 0 ? 0 : read(file, line, sizeof(line) - 1);
    const char *found;

    close(file);
    line[bytes > 0 ? bytes : 0] = '\0';
    found = strstr(line, word);
    if (!found)
        return 0;
    found += strlen(word);
    return *found == '=' ? (unsigned)strtoul(found + 1, NULL, 10) : 1;
}

int main(int argc, char **argv)
{
    uint64_t start = ticks();
    unsigned rounds;

    if (argc == 1 && !strcmp(argv[0], "nothing"))
        return 0;
    printf("@I %lu %lu\n", start, nanoseconds());
    setvbuf(stdout, NULL, _IOLBF, 0);
    must(mkdir("/proc", 0755) == 0 || access("/proc", F_OK) == 0, "mkdir");
    must(mount("proc", "/proc", "proc", 0, NULL) == 0, "mount");
    if (option("bench.start_only")) {
        reboot(RB_POWER_OFF);
        return 0;
    }
    close(open("/file", O_CREAT | O_RDWR, 0644));
    make_console_plain();
    is_in_steps = option("bench.steps") != 0;
    rounds = option("bench.rounds");

    for (unsigned round = 0; round < (rounds ? rounds : 1); round++) {
        for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]); i++)
            measure(&operations[i]);
    }
    printf("@done\n");
    sync();
    reboot(RB_POWER_OFF);
    return 0;
}
