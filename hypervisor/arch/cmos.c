/* SPDX-License-Identifier: MIT */
/* One lock, because the index port is one for the machine. */
#include "arch/cmos.h"

#include "arch/x86.h"
#include "lib/spinlock.h"

static struct spinlock lock = SPINLOCK_INIT(LOCK_CONTROLLER);

uint8_t cmos_read(uint8_t index)
{
    uint8_t value;

    spin_lock(&lock);
    out8(CMOS_PORT_INDEX, index & CMOS_INDEX_MASK);
    value = in8(CMOS_PORT_DATA);
    spin_unlock(&lock);
    return value;
}

void cmos_write(uint8_t index, uint8_t value)
{
    spin_lock(&lock);
    out8(CMOS_PORT_INDEX, index & CMOS_INDEX_MASK);
    out8(CMOS_PORT_DATA, value);
    spin_unlock(&lock);
}
