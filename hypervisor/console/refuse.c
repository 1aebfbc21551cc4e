/* SPDX-License-Identifier: MIT */
/*
 * Refusals in the log, limited in rate: a budget that refills with time, so that a guest that is
 * refused in a loop fills neither the log nor our time. The count is approximate on purpose:
 * CPUs that race for the last of it may both have it.
 */
#include "lib/refuse.h"

#include <stdarg.h>
#include <stdatomic.h>

#include "console/printk.h"
#include "lib/format.h"

#define BUDGET_MAX         20u
#define REFILL_INTERVAL_NS 100000000UL /* one more line each 0.1 s */

static _Atomic uint64_t budget = BUDGET_MAX;
static _Atomic uint64_t refilled_ns;

static bool take_from_budget(void)
{
    uint64_t now = log_clock_ns ? log_clock_ns() : 0;
    uint64_t last = atomic_load(&refilled_ns);
    uint64_t earned = (now - last) / REFILL_INTERVAL_NS;
    uint64_t left = atomic_load(&budget);

    if (earned) {
        atomic_store(&refilled_ns, now);
        left = left + earned > BUDGET_MAX ? BUDGET_MAX : left + earned;
    }
    atomic_store(&budget, left ? left - 1 : 0);
    return left > 0;
}

void refuse_log(int error, const char *format, ...)
{
    char text[LOG_LINE_MAX / 2];
    va_list values;

    if (log_level_guest < LOG_DEBUG || !take_from_budget())
        return;
    va_start(values, format);
    format_buffer_va(text, sizeof(text), format, values);
    va_end(values);
    printk_guest(LOG_DEBUG, "refused (%d): %s", error, text);
}
