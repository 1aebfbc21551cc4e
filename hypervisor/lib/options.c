/* SPDX-License-Identifier: MIT */
/* The command line: words, names and values. What the options mean is in their rows. */
#include "lib/options.h"

#include "lib/checked_math.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

static bool is_blank(char character)
{
    return character == ' ' || character == '\t' || character == '\n' || character == '\r';
}

bool parse_word(const char **text, const char *word)
{
    size_t length = strlen(word);

    if (strncmp(*text, word, length))
        return false;
    *text += length;
    return true;
}

static unsigned digit_value(char character)
{
    if (character >= '0' && character <= '9')
        return (unsigned)(character - '0');
    if (character >= 'a' && character <= 'f')
        return (unsigned)(character - 'a') + 10;
    if (character >= 'A' && character <= 'F')
        return (unsigned)(character - 'A') + 10;
    return 99;
}

bool parse_number(const char **text, unsigned base, uint64_t *number)
{
    const char *at = *text;

    if (base == 0) {
        bool is_hexadecimal = at[0] == '0' && (at[1] == 'x' || at[1] == 'X');
        base = is_hexadecimal ? 16 : 10;
        at += is_hexadecimal ? 2 : 0;
    }
    const char *first = at;
    *number = 0;
    for (; digit_value(*at) < base; at++) {
        if (!checked_mul(*number, base, number) || !checked_add(*number, digit_value(*at), number))
            return false;
    }
    if (at == first)
        return false;
    *text = at;
    return true;
}

bool parse_size(const char **text, uint64_t *bytes)
{
    static const char suffixes[] = "bkmgt";
    const char *at = *text;
    uint64_t scale = 1024; /* Xen's unit of a plain number */

    if (!parse_number(&at, 0, bytes))
        return false;
    for (unsigned i = 0; suffixes[i]; i++) {
        if ((*at | 0x20) == suffixes[i]) {
            scale = 1UL << (10 * i);
            at++;
            break;
        }
    }
    if (!checked_mul(*bytes, scale, bytes))
        return false;
    *text = at;
    return true;
}

bool parse_bool(const char *text, bool *value)
{
    static const char *const words[][2] = {
        { "no", "yes" },         { "off", "on" }, { "false", "true" },
        { "disable", "enable" }, { "0", "1" },
    };

    for (unsigned i = 0; i < ARRAY_COUNT(words); i++) {
        for (unsigned truth = 0; truth < 2; truth++) {
            if (!strcmp(text, words[i][truth])) {
                *value = truth;
                return true;
            }
        }
    }
    return false;
}

static bool parse_signed_size(const char **text, int64_t *bytes)
{
    bool is_negative = parse_word(text, "-");
    uint64_t magnitude;

    if (!parse_size(text, &magnitude) || magnitude > INT64_MAX)
        return false;
    *bytes = is_negative ? -(int64_t)magnitude : (int64_t)magnitude;
    return true;
}

/* A plain size, or min: or max: before one, in any order, separated by commas. */
static bool parse_size_limits(const char *text, struct size_limits *limits)
{
    struct size_limits read = { 0 };

    do {
        int64_t *target = &read.bytes;
        if (parse_word(&text, "min:"))
            target = &read.min_bytes;
        else if (parse_word(&text, "max:"))
            target = &read.max_bytes;
        if (!parse_signed_size(&text, target))
            return false;
    } while (parse_word(&text, ","));
    if (*text)
        return false;
    *limits = read;
    return true;
}

/* A number that is the whole of @value. */
static bool parse_whole_uint(const char *value, uint32_t *number)
{
    uint64_t wide;

    if (!parse_number(&value, 0, &wide) || *value || wide > UINT32_MAX)
        return false;
    *number = (uint32_t)wide;
    return true;
}

static bool parse_whole_size(const char *value, uint64_t *bytes)
{
    uint64_t read;

    if (!parse_size(&value, &read) || *value)
        return false;
    *bytes = read;
    return true;
}

static bool apply_value(const struct option *option, const char *value)
{
    switch (option->type) {
    case OPTION_BOOL:
        return parse_bool(value, option->target);
    case OPTION_UINT:
        return parse_whole_uint(value, option->target);
    case OPTION_SIZE:
        return parse_whole_size(value, option->target);
    case OPTION_SIZE_LIMITS:
        return parse_size_limits(value, option->target);
    case OPTION_CUSTOM:
        return option->parser(value) == 0;
    }
    return false;
}

static const struct option *find_option(const struct option *options, size_t count,
                                        const char *name)
{
    for (size_t i = 0; i < count; i++) {
        if (!strcmp(options[i].name, name))
            return &options[i];
    }
    return NULL;
}

/* @word is "name", "name=value" or "no-name"; it is cut in place at the equals sign. */
static int apply_word(char *word, const struct option *options, size_t count, char *error,
                      size_t error_bytes)
{
    char *equals = strchr(word, '=');
    const char *value = equals ? equals + 1 : "";

    if (equals)
        *equals = '\0';
    const struct option *option = find_option(options, count, word);
    if (!option && !equals && !strncmp(word, "no-", 3)) {
        option = find_option(options, count, word + 3);
        if (option && option->type != OPTION_BOOL)
            option = NULL;
        value = "no";
    } else if (option && option->type == OPTION_BOOL && !equals) {
        value = "yes";
    }
    if (!option) {
        format_buffer(error, error_bytes, "unknown option \"%s\"", word);
        return -EINVAL;
    }
    if (!apply_value(option, value)) {
        format_buffer(error, error_bytes, "bad value \"%s\" of option %s (%s)", value, option->name,
                      option->help);
        return -EINVAL;
    }
    return 0;
}

int options_parse(const char *line, const struct option *options, size_t count, char *error,
                  size_t error_bytes)
{
    char word[OPTION_WORD_MAX];

    for (;;) {
        size_t length = 0;

        while (is_blank(*line))
            line++;
        if (!*line)
            return 0;
        for (; *line && !is_blank(*line); line++) {
            if (length < sizeof(word) - 1)
                word[length] = *line;
            length++;
        }
        word[length < sizeof(word) ? length : sizeof(word) - 1] = '\0';
        if (length >= sizeof(word)) {
            format_buffer(error, error_bytes, "option too long: \"%.40s...\"", word);
            return -EINVAL;
        }
        int result = apply_word(word, options, count, error, error_bytes);
        if (result)
            return result;
    }
}
