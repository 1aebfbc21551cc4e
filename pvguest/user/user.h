/* SPDX-License-Identifier: MIT */
/* What a built-in program is written against: the system calls and a little text. */
#ifndef PVGUEST_USER_USER_H
#define PVGUEST_USER_USER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "kernel/syscall_numbers.h"

static inline int64_t call(int64_t number, uint64_t a, uint64_t b, uint64_t c)
{
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c)
                     : "rcx", "r11", "memory");
    return result;
}

#define call0(name)          call(SYSCALL_##name, 0, 0, 0)
#define call1(name, a)       call(SYSCALL_##name, (uint64_t)(a), 0, 0)
#define call2(name, a, b)    call(SYSCALL_##name, (uint64_t)(a), (uint64_t)(b), 0)
#define call3(name, a, b, c) call(SYSCALL_##name, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c))

int main(void);

/* One line: words and numbers, then a newline, written at once. */
struct line {
    char text[128];
    size_t used;
};
void line_text(struct line *line, const char *text);
void line_padded(struct line *line, const char *text, size_t width);
void line_number(struct line *line, uint64_t value, size_t width);
void line_write(struct line *line);
void say(const char *text);

#endif
