/* SPDX-License-Identifier: MIT */
/*
 * Text to the console. A line is put together in a buffer on the stack and written at once,
 * so that lines of different CPUs do not mix.
 */
#include "kernel/print.h"

#include <stdarg.h>

#include "kernel/bottom.h"
#include "kernel/string.h"

struct output {
    char text[256];
    size_t used;
};

struct specification {
    uint32_t width;
    bool is_zero_padded;
    bool is_long;
};

static void output_char(struct output *out, char c)
{
    if (out->used < sizeof(out->text))
        out->text[out->used++] = c;
}

static void output_padding(struct output *out, size_t length, const struct specification *spec)
{
    for (size_t i = length; i < spec->width; i++)
        output_char(out, spec->is_zero_padded ? '0' : ' ');
}

static void output_string(struct output *out, const char *text, const struct specification *spec)
{
    output_padding(out, strlen(text), spec);
    while (*text)
        output_char(out, *text++);
}

static void output_number(struct output *out, uint64_t value, uint32_t base,
                          const struct specification *spec)
{
    char digits[24];
    size_t first = sizeof(digits);

    digits[--first] = 0;
    do {
        digits[--first] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    output_string(out, &digits[first], spec);
}

static void output_signed(struct output *out, int64_t value, const struct specification *spec)
{
    if (value < 0)
        output_char(out, '-');
    output_number(out, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, spec);
}

static const char *parse_specification(const char *format, struct specification *spec)
{
    *spec = (struct specification){ 0 };
    if (*format == '0') {
        spec->is_zero_padded = true;
        format++;
    }
    for (; *format >= '0' && *format <= '9'; format++)
        spec->width = spec->width * 10 + (uint32_t)(*format - '0');
    for (; *format == 'l'; format++)
        spec->is_long = true;
    return format;
}

static void format_output(struct output *out, const char *format, va_list args)
{
    struct specification spec;

    for (; *format; format++) {
        if (*format != '%') {
            output_char(out, *format);
            continue;
        }
        format = parse_specification(format + 1, &spec);
        if (*format == 's')
            output_string(out, va_arg(args, const char *), &spec);
        else if (*format == 'c')
            output_char(out, (char)va_arg(args, int));
        else if (*format == 'd')
            output_signed(out, spec.is_long ? va_arg(args, int64_t) : va_arg(args, int), &spec);
        else if (*format == 'u' || *format == 'x')
            output_number(out, spec.is_long ? va_arg(args, uint64_t) : va_arg(args, uint32_t),
                          *format == 'u' ? 10 : 16, &spec);
        else if (*format == 'p')
            output_number(out, (uint64_t)va_arg(args, void *), 16, &spec);
        else
            output_char(out, *format);
    }
}

void print(const char *format, ...)
{
    struct output out = { .used = 0 };
    va_list args;

    va_start(args, format);
    format_output(&out, format, args);
    va_end(args);
    bottom_console_write(out.text, out.used);
}

void format_text(char *to, size_t bytes, const char *format, ...)
{
    struct output out = { .used = 0 };
    va_list args;

    va_start(args, format);
    format_output(&out, format, args);
    va_end(args);
    if (out.used >= bytes)
        out.used = bytes - 1;
    memcpy(to, out.text, out.used);
    to[out.used] = 0;
}

void panic(const char *format, ...)
{
    struct output out = { .used = 0 };
    va_list args;

    bottom_interrupts_disable();
    va_start(args, format);
    format_output(&out, format, args);
    va_end(args);
    bottom_console_write("pvguest: panic: ", 16);
    bottom_console_write(out.text, out.used);
    bottom_shutdown(BOTTOM_END_CRASH);
}
