/* SPDX-License-Identifier: MIT */
/*
 * Command lines made from pieces of options: parsing ends, says 0 or -EINVAL, names the word that
 * it refuses, and never leaves a value that the option's type does not have.
 */
#include <string.h>

#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/options.h"
#include "support/fuzz.h"

#define LINE_MAX_BYTES  600u
#define ERROR_MAX_BYTES 80u

static bool flag;
static uint32_t number;
static uint64_t size;
static struct size_limits limits;

static int parse_three(const char *value)
{
    uint64_t parsed;
    return parse_number(&value, 0, &parsed) && !*value && parsed == 3 ? 0 : -EINVAL;
}

static const struct option options[] = {
    { "flag", OPTION_BOOL, &flag, NULL, "on or off" },
    { "number", OPTION_UINT, &number, NULL, "a number" },
    { "size", OPTION_SIZE, &size, NULL, "a size" },
    { "limits", OPTION_SIZE_LIMITS, &limits, NULL, "sizes" },
    { "three", OPTION_CUSTOM, NULL, parse_three, "3" },
};

static const char *const pieces[] = {
    "flag", "no-flag", "number", "size", "limits", "three",  "no-",  "=",
    "=",    " ",       " ",      "\t",   ",",      "min:",   "max:", "0x",
    "512M", "1G",      "3",      "-",    "off",    "enable", "1T",   "18446744073709551615",
    "\xff",
};

static void append(char *line, const char *text)
{
    size_t used = strlen(line);
    size_t length = strlen(text);
    if (used + length < LINE_MAX_BYTES)
        memcpy(line + used, text, length + 1);
}

static void make_line(struct random *random, char *line)
{
    line[0] = '\0';
    for (uint64_t left = random_below(random, 30); left > 0; left--)
        append(line, pieces[random_below(random, ARRAY_COUNT(pieces))]);
    if (random_one_in(random, 4))
        random_mutate(random, (uint8_t *)line, strlen(line));
    if (random_one_in(random, 64))
        memset(line, 'a', LINE_MAX_BYTES - 1);
}

/* A bool in memory that is neither 0 nor 1 would be a wrong write through the row's pointer. */
static bool is_a_bool(const bool *value)
{
    uint8_t byte;
    memcpy(&byte, value, sizeof(byte));
    return byte <= 1;
}

void fuzz_case(struct random *random)
{
    char line[LINE_MAX_BYTES] = { 0 };
    make_line(random, line);

    /* The parser gets exactly the line's bytes, so that ASan sees it read on. */
    char *exact = strdup(line);
    char error[ERROR_MAX_BYTES];
    memset(error, 0x7f, sizeof(error));
    int result = options_parse(exact, options, ARRAY_COUNT(options), error, sizeof(error));
    free(exact);

    FUZZ_CHECK(result == 0 || result == -EINVAL);
    FUZZ_CHECK(result == 0 || memchr(error, 0, sizeof(error)) != NULL);
    FUZZ_CHECK(is_a_bool(&flag));
}
