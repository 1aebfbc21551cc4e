/* SPDX-License-Identifier: MIT */
/* In place of console/printk.c and console/refuse.c. */
#include <stdarg.h>
#include <stdio.h>

#include "console/printk.h"
#include "lib/refuse.h"
#include "support/fake_arch/fake_machine.h"

enum log_level log_level_hypervisor = LOG_DEBUG;
enum log_level log_level_guest = LOG_DEBUG;
uint64_t (*log_clock_ns)(void);
int (*log_current_domain)(void);

char fake_log_last[256];
int fake_refused_last;
unsigned fake_refused_count;

void printk_va(enum log_level level, const char *format, va_list values)
{
    (void)level;
    vsnprintf(fake_log_last, sizeof(fake_log_last), format, values);
}

void printk(enum log_level level, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    printk_va(level, format, values);
    va_end(values);
}

void printk_guest(enum log_level level, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    printk_va(level, format, values);
    va_end(values);
}

void guest_console_write(unsigned domain_id, const char *text, size_t bytes)
{
    snprintf(fake_log_last, sizeof(fake_log_last), "(d%u) %.*s", domain_id, (int)bytes, text);
}

void refuse_log(int error, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    printk_va(LOG_DEBUG, format, values);
    va_end(values);
    fake_refused_last = error;
    fake_refused_count++;
}
