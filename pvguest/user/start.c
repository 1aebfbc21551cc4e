/* SPDX-License-Identifier: MIT */
#include "user/user.h"

void _start(void);

__attribute__((force_align_arg_pointer)) void _start(void)
{
    call1(exit, main());
    for (;;)
        ;
}

static void line_char(struct line *line, char c)
{
    if (line->used < sizeof(line->text))
        line->text[line->used++] = c;
}

void line_text(struct line *line, const char *text)
{
    while (*text)
        line_char(line, *text++);
}

void line_padded(struct line *line, const char *text, size_t width)
{
    size_t end = line->used + width;

    line_text(line, text);
    while (line->used < end && line->used < sizeof(line->text))
        line_char(line, ' ');
}

void line_number(struct line *line, uint64_t value, size_t width)
{
    char digits[20];
    size_t count = 0;

    do {
        digits[count++] = (char)('0' + value % 10);
        value /= 10;
    } while (value);
    for (size_t i = count; i < width; i++)
        line_char(line, ' ');
    while (count)
        line_char(line, digits[--count]);
}

void line_write(struct line *line)
{
    line_char(line, '\n');
    call2(write, line->text, line->used);
    line->used = 0;
}

void say(const char *text)
{
    struct line line = { .used = 0 };

    line_text(&line, text);
    line_write(&line);
}
