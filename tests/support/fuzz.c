/* SPDX-License-Identifier: MIT */
/*
 * The loop of every fuzzer, and its random numbers (splitmix64: each seed is a good start).
 */
#include "support/fuzz.h"

#include <inttypes.h>
#include <sanitizer/common_interface_defs.h>
#include <string.h>
#include <time.h>

#define CASES_BETWEEN_CLOCK_READS 256u

static uint64_t current_seed;

/* Asked by the sanitizers: abort() is to be reported like any other error. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "handle_abort=1";
}

static void name_the_seed(void)
{
    fprintf(stderr, "The failing case: --seed %" PRIu64 " --cases 1\n", current_seed);
}

uint64_t random_u64(struct random *random)
{
    random->state += 0x9e3779b97f4a7c15u;
    uint64_t mixed = random->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111ebu;
    return mixed ^ (mixed >> 31);
}

uint64_t random_below(struct random *random, uint64_t limit)
{
    return random_u64(random) % limit;
}

bool random_one_in(struct random *random, uint64_t n)
{
    return random_below(random, n) == 0;
}

uint64_t random_edge(struct random *random)
{
    uint64_t near = 1UL << random_below(random, 64);
    switch (random_below(random, 6)) {
    case 0:
        return random_below(random, 16);
    case 1:
        return near;
    case 2:
        return near - 1;
    case 3:
        return near + random_below(random, 16);
    case 4:
        return UINT64_MAX - random_below(random, 16);
    default:
        return random_u64(random);
    }
}

static void mutate_once(struct random *random, uint8_t *bytes, size_t count)
{
    size_t at = random_below(random, count);
    size_t width = 1UL << random_below(random, 4);
    uint64_t edge = random_edge(random);

    switch (random_below(random, 3)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << random_below(random, 8));
        break;
    case 1:
        memcpy(bytes + at, &edge, width < count - at ? width : count - at);
        break;
    default:
        bytes[at] = bytes[random_below(random, count)];
        break;
    }
}

void random_mutate(struct random *random, uint8_t *bytes, size_t count)
{
    if (count == 0)
        return;
    for (uint64_t changes = 1 + random_below(random, 8); changes > 0; changes--)
        mutate_once(random, bytes, count);
}

bool fuzz_tells;

struct limits {
    uint64_t first_seed;
    uint64_t cases;
    time_t seconds;
};

static bool parse_arguments(int argc, char **argv, struct limits *limits)
{
    for (int i = 1; i + 1 < argc; i += 2) {
        uint64_t number = strtoull(argv[i + 1], NULL, 10);
        if (!strcmp(argv[i], "--seed"))
            limits->first_seed = number;
        else if (!strcmp(argv[i], "--cases"))
            limits->cases = number;
        else if (!strcmp(argv[i], "--tell"))
            fuzz_tells = number != 0;
        else if (!strcmp(argv[i], "--seconds"))
            limits->seconds = (time_t)number;
        else
            return false;
    }
    return argc % 2 == 1 && (limits->cases || limits->seconds);
}

static time_t seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec;
}

static uint64_t run_cases(const struct limits *limits)
{
    time_t end = seconds_now() + limits->seconds;
    uint64_t done = 0;
    while (limits->cases == 0 || done < limits->cases) {
        if (limits->seconds && done % CASES_BETWEEN_CLOCK_READS == 0 && seconds_now() >= end)
            break;
        current_seed = limits->first_seed + done;
        struct random random = { .state = current_seed };
        fuzz_case(&random);
        done++;
    }
    return done;
}

int main(int argc, char **argv)
{
    struct limits limits = { .first_seed = 1 };
    if (!parse_arguments(argc, argv, &limits)) {
        fprintf(stderr, "usage: %s [--seed N] [--tell 1] {--cases N | --seconds N}\n", argv[0]);
        return EXIT_FAILURE;
    }
    __sanitizer_set_death_callback(name_the_seed);
    printf("%" PRIu64 " cases, none failed\n", run_cases(&limits));
    return EXIT_SUCCESS;
}
