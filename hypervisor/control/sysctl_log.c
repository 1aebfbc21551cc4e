/* SPDX-License-Identifier: MIT */
/* sysctl: the hypervisor's log and its debug keys. */
#include "console/printk.h"
#include "control/debug_keys.h"
#include "control/toolstack.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"

#define PIECE_BYTES 512u

/* The 64-bit position whose lower half is @index: near the end of the log. Who is further behind, or
 * says what was never written, gets what is kept. */
static uint64_t position_of(uint32_t index)
{
    uint64_t end = log_ring_end();
    uint64_t position = (end & ~(uint64_t)UINT32_MAX) | index;

    return position <= end ? position : 0;
}

long sysctl_op_readconsole(UNUSED struct vcpu *caller, struct xen_sysctl_readconsole *op)
{
    uint64_t position = op->incremental ? position_of(op->index) : 0;
    uint32_t done = 0;

    while (done < op->count) {
        uint32_t left = op->count - done;
        char piece[PIECE_BYTES];
        size_t bytes = log_ring_read(&position, piece, left < PIECE_BYTES ? left : PIECE_BYTES);

        if (bytes == 0)
            break;
        if (copy_to_guest(op->buffer + done, piece, bytes))
            return -EFAULT;
        done += (uint32_t)bytes;
    }
    op->count = done;
    op->index = (uint32_t)position;
    if (op->clear)
        log_ring_clear();
    return 0;
}

#define KEYS_MAX 32u

long sysctl_op_debug_keys(UNUSED struct vcpu *caller, struct xen_sysctl_debug_keys *op)
{
    char keys[KEYS_MAX];

    if (op->nr_keys > sizeof(keys))
        return refuse(-E2BIG, "%u keys at once", op->nr_keys);
    if (copy_from_guest(keys, op->keys, op->nr_keys))
        return -EFAULT;
    for (uint32_t i = 0; i < op->nr_keys; i++)
        debug_key_press(keys[i]);
    return 0;
}
