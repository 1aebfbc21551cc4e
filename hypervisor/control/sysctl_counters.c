/* SPDX-License-Identifier: MIT */
/*
 * sysctl: the per-CPU counters, by name.
 *
 * Each has one value for each CPU, of which the interface carries the lower 32 bits: whoever wants
 * rates subtracts modulo 2^32. Only its own CPU writes a counter, so a reset keeps what it is then,
 * and later readings are counted from there.
 */
#include <stddef.h>

#include "arch/arch.h"
#include "arch/counters.h"
#include "control/toolstack.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "mm/heap.h"

/* ---- names ---- */

#define AT(member) ((uint16_t)(offsetof(struct counters, member) / sizeof(uint64_t)))

static const struct {
    const char *name;
    uint16_t at; /* in words of struct counters */
} singles[] = {
#define HYPERCALL(number, name, argc, flow, summary)                                               \
    { "hypercall." #name, AT(hypercall) + (number) },
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
    { "hypercall.unknown", AT(hypercall_unknown) },
    { "interrupt", AT(interrupt) },
    { "syscall_bounce", AT(syscall_bounce) },
    { "emulated_instruction", AT(emulated_instruction) },
    { "page_table_write_emulated", AT(page_table_write_emulated) },
    { "context_switch", AT(context_switch) },
    { "event_sent", AT(event_sent) },
    { "event_upcall", AT(event_upcall) },
    { "frame_type_change", AT(frame_type_change) },
    { "tlb_flush_local", AT(tlb_flush_local) },
    { "tlb_flush_remote", AT(tlb_flush_remote) },
    { "ipi_sent", AT(ipi_sent) },
    { "idle_entry", AT(idle_entry) },
    { "grant_map", AT(grant_map) },
    { "grant_copy", AT(grant_copy) },
};

/* Exceptions by the mnemonics of the manuals; by number where there is none. */
static const char *const traps[] = { "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM",
                                     "DF", "9",  "TS",  "NP", "SS", "GP", "PF", "15",
                                     "MF", "AC", "MC",  "XM", "VE", "CP" };

#define COUNTERS (ARRAY_COUNT(singles) + ARRAY_COUNT(traps))

/* The name of counter @index, and where it is. */
static uint16_t describe(uint32_t index, struct xen_sysctl_perfc_desc *desc)
{
    const struct xen_sysctl_perfc_desc none = { .nr_vals = cpu_count };

    *desc = none;
    if (index < ARRAY_COUNT(singles)) {
        format_buffer(desc->name, sizeof(desc->name), "%s", singles[index].name);
        return singles[index].at;
    }
    index -= (uint32_t)ARRAY_COUNT(singles);
    format_buffer(desc->name, sizeof(desc->name), "trap.%s", traps[index]);
    return (uint16_t)(AT(trap) + index);
}

/* ---- values ---- */

static struct counters *kept[MAX_CPUS]; /* what they were at the last reset; NULL: there was none */

static uint64_t word_of(const struct counters *counters, uint16_t at)
{
    return ((const volatile uint64_t *)counters)[at];
}

static uint32_t value_of(uint32_t cpu, uint16_t at)
{
    uint64_t value = word_of(&cpu_by_id(cpu)->counters, at);

    return (uint32_t)(kept[cpu] ? value - word_of(kept[cpu], at) : value);
}

static int reset(void)
{
    for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        if (!kept[cpu])
            kept[cpu] = heap_alloc(sizeof(*kept[cpu]));
        if (!kept[cpu])
            return -ENOMEM;
        *kept[cpu] = cpu_by_id(cpu)->counters;
    }
    return 0;
}

static int copy_values(uint64_t address, uint32_t index, uint16_t at)
{
    for (uint32_t cpu = 0; cpu < cpu_count; cpu++) {
        uint32_t value = value_of(cpu, at);

        if (copy_to_guest(address + (index * cpu_count + cpu) * sizeof(value), &value,
                          sizeof(value)))
            return -EFAULT;
    }
    return 0;
}

static int query(const struct xen_sysctl_perfc_op *op)
{
    for (uint32_t index = 0; index < COUNTERS; index++) {
        struct xen_sysctl_perfc_desc desc;
        uint16_t at = describe(index, &desc);

        if (op->desc && copy_to_guest(op->desc + index * sizeof(desc), &desc, sizeof(desc)))
            return -EFAULT;
        if (op->val && copy_values(op->val, index, at))
            return -EFAULT;
    }
    return 0;
}

/* Who asks with no arrays hears how large they have to be. */
long sysctl_op_perfc_op(UNUSED struct vcpu *caller, struct xen_sysctl_perfc_op *op)
{
    int error;

    switch (op->cmd) {
    case XEN_SYSCTL_PERFCOP_reset:
        error = reset();
        break;
    case XEN_SYSCTL_PERFCOP_query:
        error = query(op);
        break;
    default:
        return refuse(-EINVAL, "counters have no command %u", op->cmd);
    }
    op->nr_counters = COUNTERS;
    op->nr_vals = (uint32_t)COUNTERS * cpu_count;
    return error;
}
