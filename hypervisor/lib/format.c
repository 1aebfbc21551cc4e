/* SPDX-License-Identifier: MIT */
/* The conversions of lib/format.h. A conversion is read into a struct first, then written. */
#include "lib/format.h"

#include <stdbool.h>
#include <stdint.h>

#include "lib/string.h"

#define WIDTH_MAX  1024
#define DIGITS_MAX 22 /* 64 bits in octal */

struct sink {
    char *buffer;
    size_t bytes;
    size_t length; /* of the whole text, written or not */
};

struct conversion {
    bool is_left, has_zeros, has_plus, has_space, has_prefix;
    int width;
    int precision; /* -1: none */
    unsigned value_bytes;
};

static void put(struct sink *sink, char character)
{
    if (sink->length + 1 < sink->bytes)
        sink->buffer[sink->length] = character;
    sink->length++;
}

static void put_repeated(struct sink *sink, char character, int count)
{
    for (; count > 0; count--)
        put(sink, character);
}

static void put_text(struct sink *sink, const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        put(sink, text[i]);
}

static void put_padded(struct sink *sink, const struct conversion *c, const char *text,
                       size_t length)
{
    int padding = c->width > (int)length ? c->width - (int)length : 0;

    if (!c->is_left)
        put_repeated(sink, ' ', padding);
    put_text(sink, text, length);
    if (c->is_left)
        put_repeated(sink, ' ', padding);
}

/* Digits of @value, lowest first; their number. */
static int make_digits(char digits[DIGITS_MAX], uint64_t value, unsigned base, bool is_upper)
{
    const char *alphabet = is_upper ? "0123456789ABCDEF" : "0123456789abcdef";
    int count = 0;

    for (; value; value /= base)
        digits[count++] = alphabet[value % base];
    return count;
}

/* @prefix: sign or 0x, which stands before zeros but behind blanks. */
static void put_number(struct sink *sink, const struct conversion *c, const char *prefix,
                       const char *digits, int count)
{
    int prefix_length = (int)strlen(prefix);
    int minimum = c->precision < 0 ? 1 : c->precision;

    if (c->has_zeros && !c->is_left && c->precision < 0 && c->width - prefix_length > minimum)
        minimum = c->width - prefix_length;
    int zeros = count < minimum ? minimum - count : 0;
    int padding = c->width - prefix_length - zeros - count;

    if (!c->is_left)
        put_repeated(sink, ' ', padding);
    put_text(sink, prefix, (size_t)prefix_length);
    put_repeated(sink, '0', zeros);
    while (count > 0)
        put(sink, digits[--count]);
    if (c->is_left)
        put_repeated(sink, ' ', padding);
}

static void put_unsigned(struct sink *sink, const struct conversion *c, uint64_t value, char type)
{
    unsigned base = type == 'u' ? 10 : type == 'o' ? 8 : 16;
    char digits[DIGITS_MAX];
    int count = make_digits(digits, value, base, type == 'X');
    const char *prefix = "";

    if (c->has_prefix && base == 16 && value)
        prefix = type == 'X' ? "0X" : "0x";
    put_number(sink, c, prefix, digits, count);
}

static void put_signed(struct sink *sink, const struct conversion *c, int64_t value)
{
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    char digits[DIGITS_MAX];
    int count = make_digits(digits, magnitude, 10, false);
    const char *prefix = value < 0 ? "-" : c->has_plus ? "+" : c->has_space ? " " : "";

    put_number(sink, c, prefix, digits, count);
}

static const char *read_flags(const char *format, struct conversion *c)
{
    for (;; format++) {
        if (*format == '-')
            c->is_left = true;
        else if (*format == '0')
            c->has_zeros = true;
        else if (*format == '+')
            c->has_plus = true;
        else if (*format == ' ')
            c->has_space = true;
        else if (*format == '#')
            c->has_prefix = true;
        else
            return format;
    }
}

static const char *read_size(const char *format, struct conversion *c)
{
    c->value_bytes = sizeof(int);
    if (*format == 'h') {
        bool is_char = format[1] == 'h';
        c->value_bytes = is_char ? 1 : 2;
        return format + (is_char ? 2 : 1);
    }
    if (*format == 'z') {
        c->value_bytes = 8;
        return format + 1;
    }
    while (*format == 'l') {
        c->value_bytes = 8;
        format++;
    }
    return format;
}

static int clamp_width(int number)
{
    return number > WIDTH_MAX ? WIDTH_MAX : number;
}

static const char *read_digits(const char *format, int *number)
{
    *number = 0;
    for (; *format >= '0' && *format <= '9'; format++)
        *number = clamp_width(*number * 10 + (*format - '0'));
    return format;
}

/* A va_list may not be passed on by value and used again, hence the struct. */
struct values {
    va_list list;
};

static const char *read_width(const char *format, struct conversion *c, struct values *values)
{
    if (*format == '*') {
        c->width = va_arg(values->list, int);
        if (c->width < 0) {
            c->is_left = true;
            c->width = c->width < -WIDTH_MAX ? WIDTH_MAX : -c->width;
        }
        c->width = clamp_width(c->width);
        format++;
    } else {
        format = read_digits(format, &c->width);
    }
    if (*format != '.')
        return format;
    if (*++format == '*') {
        c->precision = clamp_width(va_arg(values->list, int));
        return format + 1;
    }
    return read_digits(format, &c->precision);
}

static int64_t take_signed(const struct conversion *c, struct values *values)
{
    if (c->value_bytes == 8)
        return va_arg(values->list, int64_t);
    int value = va_arg(values->list, int);
    return c->value_bytes == 1 ? (signed char)value : c->value_bytes == 2 ? (short)value : value;
}

static uint64_t take_unsigned(const struct conversion *c, struct values *values)
{
    if (c->value_bytes == 8)
        return va_arg(values->list, uint64_t);
    unsigned value = va_arg(values->list, unsigned);
    return c->value_bytes == 1   ? (unsigned char)value
           : c->value_bytes == 2 ? (unsigned short)value
                                 : value;
}

static void put_string(struct sink *sink, const struct conversion *c, const char *text)
{
    if (!text)
        text = "(null)";
    put_padded(sink, c, text, strnlen(text, c->precision < 0 ? SIZE_MAX : (size_t)c->precision));
}

static void put_pointer(struct sink *sink, struct conversion *c, uint64_t value)
{
    char digits[DIGITS_MAX];

    c->precision = 16;
    put_number(sink, c, "0x", digits, make_digits(digits, value, 16, false));
}

/* False: no such conversion, nothing was taken or written. */
static bool put_conversion(struct sink *sink, struct conversion *c, char type,
                           struct values *values)
{
    char character;

    switch (type) {
    case 'd':
    case 'i':
        put_signed(sink, c, take_signed(c, values));
        return true;
    case 'u':
    case 'x':
    case 'X':
    case 'o':
        put_unsigned(sink, c, take_unsigned(c, values), type);
        return true;
    case 'c':
        character = (char)va_arg(values->list, int);
        put_padded(sink, c, &character, 1);
        return true;
    case 's':
        put_string(sink, c, va_arg(values->list, const char *));
        return true;
    case 'p':
        put_pointer(sink, c, (uint64_t)va_arg(values->list, const void *));
        return true;
    case '%':
        put(sink, '%');
        return true;
    default:
        return false;
    }
}

size_t format_buffer_va(char *buffer, size_t bytes, const char *format, va_list list)
{
    struct sink sink = { .buffer = buffer, .bytes = bytes };
    struct values values;

    va_copy(values.list, list);
    while (*format) {
        if (*format != '%') {
            put(&sink, *format++);
            continue;
        }
        struct conversion c = { .precision = -1 };
        const char *type = read_flags(format + 1, &c);
        type = read_size(read_width(type, &c, &values), &c);
        if (*type && put_conversion(&sink, &c, *type, &values))
            format = type + 1;
        else
            put(&sink, *format++);
    }
    va_end(values.list);

    if (bytes)
        buffer[sink.length < bytes ? sink.length : bytes - 1] = '\0';
    return sink.length;
}

size_t format_buffer(char *buffer, size_t bytes, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    size_t length = format_buffer_va(buffer, bytes, format, values);
    va_end(values);
    return length;
}
