/* SPDX-License-Identifier: MIT */
/*
 * Which hypercalls and sub-operations a test made, and whether they worked or were refused. The
 * runner adds it up over all tests, so that none is left without a test of both
 * (tests/guest/coverage.py).
 *
 * A call works if it does not answer an error; for calls on several things one that does what was
 * asked works, and one that does less is refused.
 */
#include "hypercall.h"
#include "internal.h"

#define NUMBERS  64u
#define COMMANDS 128u

#define MEMORY_OP_BITS 6u

#define IMAGE_LIMIT (32UL << 20) /* the image ends below, and all of it is mapped */

static uint64_t worked[NUMBERS][COMMANDS / 64], refused[NUMBERS][COMMANDS / 64];

static void note(uint64_t number, uint64_t command, bool works)
{
    if (command < COMMANDS)
        (works ? worked : refused)[number][command / 64] |= BIT(command % 64);
}

static bool is_error(long result)
{
    return result < 0 && result > -4096;
}

/* The first three commands of memory_op count extents, and 64 and up of the command are progress. */
static void note_memory(uint64_t command, uint64_t argument, long result)
{
    const struct xen_memory_reservation *reservation = (const void *)argument;
    bool counts = command == XENMEM_increase_reservation ||
                  command == XENMEM_decrease_reservation || command == XENMEM_populate_physmap;

    command &= BIT(MEMORY_OP_BITS) - 1;
    if (!counts || is_error(result) || result == 0) {
        note(__HYPERVISOR_memory_op, command, counts ? false : !is_error(result));
        return;
    }
    note(__HYPERVISOR_memory_op, command, true);
    if ((uint64_t)result < reservation->nr_extents)
        note(__HYPERVISOR_memory_op, command, false);
}

/* Entries with a status of their own. */
static int16_t grant_status(uint64_t command, uint64_t array, uint64_t index)
{
#define STATUS(type) (((const struct type *)array)[index].status)
    switch (command) {
    case GNTTABOP_map_grant_ref:
        return STATUS(gnttab_map_grant_ref);
    case GNTTABOP_unmap_grant_ref:
        return STATUS(gnttab_unmap_grant_ref);
    case GNTTABOP_setup_table:
        return STATUS(gnttab_setup_table);
    case GNTTABOP_copy:
        return STATUS(gnttab_copy);
    case GNTTABOP_query_size:
        return STATUS(gnttab_query_size);
    case GNTTABOP_unmap_and_replace:
        return STATUS(gnttab_unmap_and_replace);
    default:
        return 0;
    }
#undef STATUS
}

static void note_grant(uint64_t command, uint64_t array, uint64_t count, long result)
{
    if (is_error(result)) {
        note(__HYPERVISOR_grant_table_op, command, false);
        return;
    }
    for (uint64_t i = 0; i < count; i++)
        note(__HYPERVISOR_grant_table_op, command, grant_status(command, array, i) == 0);
}

static void note_mmuext(const struct mmuext_op *ops, uint64_t count, long result)
{
    bool is_readable = result != -XEN_EFAULT || (uint64_t)ops - VIRT_BASE < IMAGE_LIMIT;

    if (!is_readable || (is_error(result) && count != 1))
        return; /* which of them it was is not known */
    for (uint64_t i = 0; i < count; i++)
        note(__HYPERVISOR_mmuext_op, ops[i].cmd, !is_error(result));
}

/* The structure begins with the command. */
static void note_structure(uint64_t number, const uint32_t *structure, long result)
{
    if (result != -XEN_EFAULT)
        note(number, *structure, !is_error(result));
}

void hypercall_note(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, long result)
{
    switch (number) {
    case __HYPERVISOR_memory_op:
        note_memory(a1, a2, result);
        break;
    case __HYPERVISOR_grant_table_op:
        note_grant(a1, a2, a3, result);
        break;
    case __HYPERVISOR_mmuext_op:
        note_mmuext((const struct mmuext_op *)a1, a2, result);
        break;
    case __HYPERVISOR_platform_op:
    case __HYPERVISOR_sysctl:
    case __HYPERVISOR_domctl:
        note_structure(number, (const uint32_t *)a1, result);
        break;
    case __HYPERVISOR_xen_version:
    case __HYPERVISOR_console_io:
    case __HYPERVISOR_vcpu_op:
    case __HYPERVISOR_nmi_op:
    case __HYPERVISOR_sched_op:
    case __HYPERVISOR_callback_op:
    case __HYPERVISOR_event_channel_op:
    case __HYPERVISOR_physdev_op:
        note(number, a1, !is_error(result));
        break;
    default:
        if (number < NUMBERS)
            note(number, 0, !is_error(result));
        break;
    }
}

void calls_print(void)
{
    for (unsigned number = 0; number < NUMBERS; number++) {
        const uint64_t *w = worked[number], *r = refused[number];

        if (w[0] | w[1] | r[0] | r[1])
            print("guest test: call %u worked %lx%016lx refused %lx%016lx", number, w[1], w[0],
                  r[1], r[0]);
    }
}
