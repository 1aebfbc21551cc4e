/* SPDX-License-Identifier: MIT */
/* In place of console/panic.c: says why and aborts, which TEST_ABORTS() expects. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "console/panic.h"
#include "lib/assert.h"
#include "support/fake_arch/fake_machine.h"

char fake_panic_text[256];
void (*panic_describe_vcpu)(void);

static NORETURN void stop(const char *kind, const char *format, va_list values)
{
    vsnprintf(fake_panic_text, sizeof(fake_panic_text), format, values);
    fprintf(stderr, "%s: %s\n", kind, fake_panic_text);
    abort();
}

void panic(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    stop("panic", format, values);
}

void panic_with_frame(const struct trap_frame *frame, const char *format, ...)
{
    va_list values;

    (void)frame;
    va_start(values, format);
    stop("panic", format, values);
}

void boot_failure(const char *format, ...)
{
    va_list values;

    va_start(values, format);
    stop("boot failure", format, values);
}

void assertion_failed(const char *file, int line, const char *condition)
{
    panic("%s:%d: %s", file, line, condition);
}
