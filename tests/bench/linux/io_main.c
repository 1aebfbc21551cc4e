/* SPDX-License-Identifier: MIT */
/*
 * Counted operations on a disk and a network, with one line for each kind:
 *
 *   @R name operations bytes ticks ns median p99
 *
 * ticks of the time-stamp counter and ns of the clock for all of them, median and 99th percentile in
 * ticks for one (0 for streams). With --steps the program prints "@B name" before and "@E name" after
 * each, and waits for a line each time: whoever watches reads counters meanwhile. No clock is read
 * during a test but the time-stamp counter, which no setting traps.
 *
 *   bench_io run [--disk PATH] [--peer ADDRESS] [--tests A,B] [--scale FACTOR] [--steps]
 *   bench_io serve
 *   bench_io relay COUNTERS COMMAND...
 *   bench_io clock
 *   bench_io await FILE [TEXT]
 */
#include "io_program.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define SAMPLES_MAX 200000u
#define LIMIT_S     180u
#define KIB         1024u
#define MIB         (1024u * 1024u)
#define WARM_UP     8u /* the part of the operations that is done before */

/* A place that the plugin of QEMU looks for, to count what is executed between two of them. */
#define MARK() __asm__ volatile(".byte 0x0f, 0x1f, 0x80; .ascii \"KRAM\"" ::: "memory")

_Noreturn void fail(const char *what)
{
    printf("@F %s: %s\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

void note_sample(struct samples *samples, uint64_t ticks)
{
    if (samples->count < samples->room)
        samples->ticks[samples->count++] = ticks;
}

static uint64_t nothing_test(const struct test *test, const struct run *run, uint64_t amount,
                             struct samples *samples)
{
    (void)test;
    (void)run;
    (void)amount;
    (void)samples;
    return 0;
}

static const struct test tests[] = {
    { "null", 1, false, nothing_test, 0, 0, false, false },
    { "seq_read_4k", 2000, false, disk_test, 4 * KIB, 1, false, false },
    { "seq_write_4k", 2000, false, disk_test, 4 * KIB, 1, false, true },
    { "rand_read_4k", 2000, false, disk_test, 4 * KIB, 1, true, false },
    { "rand_write_4k", 2000, false, disk_test, 4 * KIB, 1, true, true },
    { "rand_read_4k_d32", 4000, false, disk_test, 4 * KIB, 32, true, false },
    { "rand_write_4k_d32", 4000, false, disk_test, 4 * KIB, 32, true, true },
    { "seq_read_1m", 100, false, disk_test, MIB, 1, false, false },
    { "seq_write_1m", 100, false, disk_test, MIB, 1, false, true },
    { "udp_rtt", 2000, true, udp_test, 0, 0, false, false },
    { "ping", 1000, true, ping_test, 0, 0, false, false },
    { "tcp_out", 32 * MIB, true, stream_out_test, 0, 0, false, false },
    { "tcp_in", 32 * MIB, true, stream_in_test, 0, 0, false, false },
};

static void step(const struct run *run, const char *mark, const char *name)
{
    char byte;

    if (!run->is_in_steps)
        return;
    printf("%s %s\n", mark, name);
    do {
        must(read(0, &byte, 1) == 1, "console");
    } while (byte != '\n');
}

static uint64_t nanoseconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    uint64_t first = *(const uint64_t *)a, second = *(const uint64_t *)b;

    return first < second ? -1 : first > second;
}

static uint64_t percentile(const struct samples *samples, unsigned percent)
{
    return samples->count ? samples->ticks[(samples->count - 1) * percent / 100] : 0;
}

static void measure(const struct test *test, const struct run *run, struct samples *samples)
{
    uint64_t amount = (uint64_t)((double)test->amount * run->scale), bytes;
    uint64_t first_tick, last_tick, first_ns, last_ns;

    amount = amount ? amount : 1;
    alarm(LIMIT_S);
    test->act(test, run, amount / WARM_UP + 1, samples);
    step(run, "@B", test->name);
    samples->count = 0;
    MARK();
    first_ns = nanoseconds();
    first_tick = ticks_now();
    bytes = test->act(test, run, amount, samples);
    last_tick = ticks_now();
    last_ns = nanoseconds();
    MARK();
    step(run, "@E", test->name);
    alarm(0);
    qsort(samples->ticks, samples->count, sizeof(samples->ticks[0]), compare);
    printf("@R %s %lu %lu %lu %lu %lu %lu\n", test->name, samples->count ? amount : 0, bytes,
           last_tick - first_tick, last_ns - first_ns, percentile(samples, 50),
           percentile(samples, 99));
}

void make_plain(int terminal)
{
    struct termios settings;

    if (tcgetattr(terminal, &settings))
        return;
    cfmakeraw(&settings);
    settings.c_oflag |= OPOST; /* lines end with both characters */
    tcsetattr(terminal, TCSANOW, &settings);
}

/* Whether @name is among the names of @list, with commas between. */
static bool is_among(const char *name, const char *list)
{
    size_t bytes = strlen(name);

    for (const char *at = list; at; at = strchr(at, ',')) {
        at += *at == ',';
        if (!strncmp(at, name, bytes) && (at[bytes] == ',' || !at[bytes]))
            return true;
    }
    return false;
}

static int run_tests(const struct run *run)
{
    struct samples samples = { .room = SAMPLES_MAX };
    size_t bytes = SAMPLES_MAX * sizeof(samples.ticks[0]);

    samples.ticks = mmap(NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
    must(samples.ticks != MAP_FAILED, "memory");
    make_plain(0);
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
        bool has_what_it_needs =
            tests[i].is_network ? run->peer != NULL : run->disk || !tests[i].block_bytes;

        if (has_what_it_needs && (!run->tests || is_among(tests[i].name, run->tests)))
            measure(&tests[i], run, &samples);
    }
    printf("@done\n");
    fflush(stdout);
    return 0;
}

static int read_options(int argc, char **argv, struct run *run)
{
    for (int i = 2; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;

        if (!strcmp(argv[i], "--steps")) {
            run->is_in_steps = true;
            continue;
        }
        if (!value)
            return -1;
        if (!strcmp(argv[i], "--disk"))
            run->disk = value;
        else if (!strcmp(argv[i], "--peer"))
            run->peer = value;
        else if (!strcmp(argv[i], "--tests"))
            run->tests = value;
        else if (!strcmp(argv[i], "--scale"))
            run->scale = strtod(value, NULL);
        else
            return -1;
        i++;
    }
    return run->scale > 0 ? 0 : -1;
}

int main(int argc, char **argv)
{
    struct run run = { .scale = 1 };

    if (argc >= 2 && !strcmp(argv[1], "run") && !read_options(argc, argv, &run))
        return run_tests(&run);
    if (argc == 2 && !strcmp(argv[1], "serve"))
        return serve();
    if (argc >= 4 && !strcmp(argv[1], "relay"))
        return relay(argc - 2, argv + 2);
    if (argc == 2 && !strcmp(argv[1], "clock"))
        return print_clock();
    if ((argc == 3 || argc == 4) && !strcmp(argv[1], "await"))
        return await_content(argv[2], argv[3]);
    fprintf(stderr, "usage: bench_io run [--disk PATH] [--peer ADDRESS] [--tests A,B] "
                    "[--scale FACTOR] [--steps]\n"
                    "       bench_io serve\n"
                    "       bench_io relay COUNTERS COMMAND...\n"
                    "       bench_io clock\n"
                    "       bench_io await FILE [TEXT]\n");
    return 2;
}
