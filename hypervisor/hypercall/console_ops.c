/* SPDX-License-Identifier: MIT */
/*
 * console_io: the emergency console, which works before a guest has anything else.
 *
 * What a guest writes goes to the serial port with its domain's prefix, in pieces between which
 * the call may be preempted. Guests other than the control domain get a budget of bytes that
 * refills with time, so that none of them can drown the log or hold the port; beyond it their
 * output is dropped. Only the control domain reads.
 */
#include "arch/arch.h"
#include "console/input.h"
#include "console/printk.h"
#include "domain/domain.h"
#include "domain/preempt.h"
#include "hypercall/restart.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

#define PIECE_BYTES 128u

/* Of a guest: bytes it may have saved up, and how fast they come back. */
#define BUDGET_BYTES       16384u
#define BUDGET_NS_PER_BYTE 250000u /* 4000 bytes a second */

static bool within_budget(struct domain *d, uint32_t bytes)
{
    uint64_t now = system_time_ns();
    uint64_t earned;
    bool allowed;

    if (d->is_control)
        return true;
    spin_lock(&d->lock);
    /* A new domain begins with all of it, however short the machine has been up. */
    if (!d->console_budget_ns)
        d->console_budget_ns = now - (uint64_t)BUDGET_BYTES * BUDGET_NS_PER_BYTE;
    earned = (now - d->console_budget_ns) / BUDGET_NS_PER_BYTE;
    if (earned > BUDGET_BYTES) {
        earned = BUDGET_BYTES;
        d->console_budget_ns = now - (uint64_t)BUDGET_BYTES * BUDGET_NS_PER_BYTE;
    }
    allowed = bytes <= earned;
    if (allowed)
        d->console_budget_ns += (uint64_t)bytes * BUDGET_NS_PER_BYTE;
    spin_unlock(&d->lock);
    return allowed;
}

static long console_write(struct vcpu *caller, uint32_t count, uint64_t address)
{
    struct domain *d = caller->domain;
    char piece[PIECE_BYTES];

    for (uint32_t done = 0; done < count;) {
        uint32_t bytes = count - done < PIECE_BYTES ? count - done : PIECE_BYTES;

        if (done && preempt_pending()) {
            hypercall_set_argument(caller, 1, count - done);
            hypercall_set_argument(caller, 2, address + done);
            return HYPERCALL_RESTART;
        }
        if (copy_from_guest(piece, address + done, bytes))
            return -EFAULT;
        domain_console_append(d, piece, bytes);
        if (within_budget(d, bytes))
            guest_console_write(d->id, piece, bytes);
        done += bytes;
    }
    return 0;
}

static long console_read(struct vcpu *caller, uint32_t count, uint64_t address)
{
    char piece[PIECE_BYTES];
    uint32_t done = 0;

    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain reads the console");
    while (done < count) {
        uint32_t wanted = count - done < PIECE_BYTES ? count - done : PIECE_BYTES;
        uint32_t bytes = (uint32_t)console_input_read(piece, wanted);

        if (bytes == 0)
            break;
        if (copy_to_guest(address + done, piece, bytes))
            return -EFAULT;
        done += bytes;
    }
    return (long)done;
}

long hypercall_console_io(struct vcpu *caller, uint64_t command, uint64_t count, uint64_t address,
                          UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    switch ((uint32_t)command) {
    case CONSOLEIO_write:
        return console_write(caller, (uint32_t)count, address);
    case CONSOLEIO_read:
        return console_read(caller, (uint32_t)count, address);
    default:
        return refuse(-ENOSYS, "console_io has no command %lu", command);
    }
}
