/* SPDX-License-Identifier: MIT */
#include "console/backtrace.h"

#include <stdbool.h>

#include "arch/layout.h"
#include "arch/percpu.h"
#include "console/printk.h"
#include "console/symbols.h"
#include "lib/bits.h"

static bool is_stack_page(uint64_t page)
{
    return page == CPU_REGION_DF_STACK_PAGE || page == CPU_REGION_NMI_STACK_PAGE ||
           page == CPU_REGION_MC_STACK_PAGE || page == CPU_REGION_DB_STACK_PAGE ||
           page >= CPU_REGION_MAIN_STACK_PAGE;
}

/* Whether a saved frame pointer and a return address can lie at @address. */
static bool is_readable(uint64_t region, uint64_t address)
{
    uint64_t offset = address - region;

    return is_aligned(address, 8) && offset <= CPU_REGION_SIZE - 16 &&
           is_stack_page(offset / PAGE_SIZE) && is_stack_page((offset + 15) / PAGE_SIZE);
}

unsigned backtrace_walk(uint64_t region, uint64_t frame_pointer, uint64_t addresses[BACKTRACE_MAX])
{
    unsigned count = 0;

    while (count < BACKTRACE_MAX && is_readable(region, frame_pointer)) {
        const uint64_t *frame = (const uint64_t *)frame_pointer;

        if (!frame[1])
            break;
        addresses[count++] = frame[1];
        frame_pointer = frame[0];
    }
    return count;
}

static void print_place(const char *what, uint64_t address, uint64_t lookup)
{
    struct symbol symbol;

    if (symbol_lookup(lookup, &symbol))
        log_error("  %s %016lx %s+%#lx", what, address, symbol.name,
                  symbol.offset + (address - lookup));
    else
        log_error("  %s %016lx", what, address);
}

void backtrace_print(uint64_t rip, uint64_t frame_pointer)
{
    uint64_t region = align_down((uint64_t)this_cpu(), CPU_REGION_SIZE);
    uint64_t addresses[BACKTRACE_MAX];
    unsigned count = backtrace_walk(region, frame_pointer, addresses);

    print_place("at  ", rip, rip);
    /* A call that never returns may be a function's last instruction, so look up before it. */
    for (unsigned i = 0; i < count; i++)
        print_place("from", addresses[i], addresses[i] - 1);
}
