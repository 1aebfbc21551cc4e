/* SPDX-License-Identifier: MIT */
/*
 * Breaks something on purpose, so that tests/system can see that each kind of fault gives a
 * readable report. Debug builds only.
 */
#include "arch/apic.h"
#include "arch/descriptors.h"
#include "arch/ipi.h"
#include "arch/percpu.h"
#include "arch/reboot.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/spinlock.h"
#include "lib/string.h"

/* Nothing is ever mapped in the last L4 slot before the direct map. */
#define UNMAPPED_ADDRESS 0xffff83fffffff000UL
#define NON_CANONICAL    0x0000900000000000UL

static struct spinlock outer_lock = SPINLOCK_INIT(LOCK_HEAP);
static struct spinlock inner_lock = SPINLOCK_INIT(LOCK_FRAME_ALLOC);

static void provoke_invalid_opcode(void)
{
    __builtin_trap();
}

static void provoke_divide(void)
{
    volatile uint32_t divisor = 0, number = 100;

    number = number / divisor; /* NOLINT(clang-analyzer-core.DivideZero) */
}

static void provoke_general_protection(void)
{
    load_ss(GDT_LIMIT + 1); /* beyond the table */
}

static void provoke_non_canonical(void)
{
    WRITE_ONCE(*(uint64_t *)NON_CANONICAL, 0);
}

static void provoke_page_fault(void)
{
    WRITE_ONCE(*(uint64_t *)UNMAPPED_ADDRESS, 0);
}

static void provoke_write_to_text(void)
{
    uint8_t *text = (uint8_t *)(uint64_t)boot_provoke;

    WRITE_ONCE(*text, 0);
}

/* A gate of the IDT is written at start-up only. */
static void provoke_write_to_idt(void)
{
    struct descriptor_pointer table;

    sidt(&table);
    WRITE_ONCE(*(uint64_t *)table.base, 0);
}

static void provoke_execute_data(void)
{
    static uint8_t data[] = { 0xc3 };
    void (*function)(void) = (void (*)(void))(uint64_t)data;

    function();
}

/* Down to the guard page, where even the page fault finds no stack: a double fault. */
static NOINLINE uint64_t overflow_stack(uint64_t depth)
{
    volatile uint64_t room[64];

    room[0] = depth;
    return depth == UINT64_MAX ? 0 : overflow_stack(depth + 1) + room[0];
}

static void provoke_stack_overflow(void)
{
    (void)overflow_stack(0);
}

static void provoke_assertion(void)
{
    ASSERT(this_cpu() == NULL);
}

static void provoke_must(void)
{
    MUST(this_cpu() == NULL);
}

static void provoke_panic(void)
{
    panic("provoked");
}

static void provoke_double_lock(void)
{
    spin_lock(&outer_lock);
    spin_lock(&outer_lock);
}

static void provoke_lock_order(void)
{
    spin_lock(&inner_lock);
    spin_lock(&outer_lock);
}

static void provoke_nmi(void)
{
    apic_send_nmi(this_cpu()->apic_id);
    log_info("provoke: the NMI did no harm");
}

static void provoke_trace(void)
{
    provoke_nmi();
    panic("provoked");
}

static void provoke_machine_check(void)
{
    cpu_software_interrupt(VECTOR_MACHINE_CHECK);
}

static void break_that_cpu(void *unused)
{
    (void)unused;
    provoke_invalid_opcode();
}

static void provoke_other_cpu(void)
{
    cpu_call(CPU_MASK(1), break_that_cpu, NULL);
}

static const struct {
    const char *name;
    void (*act)(void);
} provocations[] = {
    { "ud", provoke_invalid_opcode },
    { "de", provoke_divide },
    { "gp", provoke_general_protection },
    { "canonical", provoke_non_canonical },
    { "pf", provoke_page_fault },
    { "text", provoke_write_to_text },
    { "idt", provoke_write_to_idt },
    { "nx", provoke_execute_data },
    { "stack", provoke_stack_overflow },
    { "assert", provoke_assertion },
    { "must", provoke_must },
    { "panic", provoke_panic },
    { "lock", provoke_double_lock },
    { "order", provoke_lock_order },
    { "nmi", provoke_nmi },
    { "trace", provoke_trace },
    { "mc", provoke_machine_check },
    { "cpu1", provoke_other_cpu },
    { "poweroff", machine_poweroff },
    { "reboot", machine_reboot },
};

void boot_provoke(const char *what)
{
    if (!DEBUG_BUILD || !*what)
        return;
    for (size_t i = 0; i < ARRAY_COUNT(provocations); i++) {
        if (!strcmp(provocations[i].name, what)) {
            provocations[i].act();
            return;
        }
    }
    boot_failure("Command line: nothing is called \"%s\" that could be provoked", what);
}
