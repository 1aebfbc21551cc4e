/* SPDX-License-Identifier: MIT */
/*
 * The program that measures disk and network, the same file in each setting.
 *
 * io_main.c has the order of things and the results, io_disk.c and io_network.c what is done,
 * io_relay.c stands in the host between the guests' consoles and its own, io_clock.c serves scripts.
 */
#ifndef PARAPET_BENCH_IO_PROGRAM_H
#define PARAPET_BENCH_IO_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PORT_ECHO   7001u /* UDP: comes back as it is */
#define PORT_SINK   7002u /* TCP: read to its end, then one byte says so */
#define PORT_SOURCE 7003u /* TCP: sends as many bytes as the first 8 say */

/* What a test has done; ticks of the time-stamp counter for each, where each has a time. */
struct samples {
    uint64_t *ticks;
    size_t count, room;
};

struct run {
    const char *disk;  /* NULL: none */
    const char *peer;  /* an address, or NULL */
    const char *tests; /* names with commas; NULL: all */
    double scale;      /* of the numbers of operations */
    bool is_in_steps;  /* stop before and after each test */
};

/* One test: @amount operations, or bytes of a stream. Returns how many bytes were carried. */
struct test {
    const char *name;
    uint64_t amount;
    bool is_network;
    uint64_t (*act)(const struct test *test, const struct run *run, uint64_t amount,
                    struct samples *samples);
    size_t block_bytes;
    unsigned depth;
    bool is_random, writes;
};

static inline uint64_t ticks_now(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
}

_Noreturn void fail(const char *what);

static inline void must(bool is_good, const char *what)
{
    if (!is_good)
        fail(what);
}

void note_sample(struct samples *samples, uint64_t ticks);

uint64_t disk_test(const struct test *test, const struct run *run, uint64_t amount,
                   struct samples *samples);
uint64_t udp_test(const struct test *test, const struct run *run, uint64_t amount,
                  struct samples *samples);
uint64_t ping_test(const struct test *test, const struct run *run, uint64_t amount,
                   struct samples *samples);
uint64_t stream_out_test(const struct test *test, const struct run *run, uint64_t amount,
                         struct samples *samples);
uint64_t stream_in_test(const struct test *test, const struct run *run, uint64_t amount,
                        struct samples *samples);

/* Answers all three ports, for ever. */
int serve(void);

/* relay COUNTERS COMMAND...: runs each command at a terminal of its own, and passes on. */
int relay(int count, char **words);

/* Prints the clock in ns: now; and once the file has @text, or anything. */
int print_clock(void);
int await_content(const char *path, const char *text);

/* Bytes pass as they are, no echo; for a terminal only. */
void make_plain(int terminal);

#endif
