/* SPDX-License-Identifier: MIT */
/* The rules of SDM volume 3B, section 18.2, and those that keep breakpoints off the hypervisor. */
#include "domain/debugreg.h"

#include "arch/x86.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/address.h"

#define DR6_RESERVED_ZERO  (1UL << 12)
#define DR7_GENERAL_DETECT (1UL << 13)
#define DR7_RESERVED_ZERO  0xd800UL /* 11, 12, 14, 15 */
#define DR6_STATUS         0xe00fUL /* B0-B3, BD, BS, BT */

#define BREAKPOINTS             4u
#define DR7_ENABLE(n)           (3UL << ((n)*2))
#define DR7_CONDITION(value, n) ((value) >> (16 + (n)*4) & 3)
#define DR7_CONDITION_IO        2u

/* DR4 and DR5 are names of DR6 and DR7 unless CR4.DE is set. */
static uint32_t register_of_number(uint32_t number, uint64_t cr4)
{
    if ((number == 4 || number == 5) && !(cr4 & CR4_DE))
        return number + 2;
    return number;
}

static int check_dr7(uint64_t cr4, uint64_t *value)
{
    if (*value >> 32)
        return refuse(-EPERM, "DR7 %#lx has reserved bits", *value);
    if (*value & DR7_GENERAL_DETECT)
        return refuse(-EPERM, "DR7 with general detect");
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (DR7_CONDITION(*value, n) == DR7_CONDITION_IO && !(cr4 & CR4_DE))
            return refuse(-EPERM, "I/O breakpoint %u without CR4.DE", n);
    }
    *value = (*value & ~DR7_RESERVED_ZERO) | DR7_RESET;
    return 0;
}

int debugreg_check(uint32_t number, uint64_t cr4, uint64_t *value)
{
    switch (register_of_number(number, cr4)) {
    case 0:
    case 1:
    case 2:
    case 3:
        /* At most 8 bytes, aligned: they do not reach into the hole from outside. */
        if (!guest_address_ok(*value))
            return refuse(-EPERM, "breakpoint at %#lx", *value);
        return 0;
    case 6:
        if (*value >> 32)
            return refuse(-EPERM, "DR6 %#lx has reserved bits", *value);
        *value = (*value & ~DR6_RESERVED_ZERO) | DR6_RESET;
        return 0;
    case 7:
        return check_dr7(cr4, value);
    default:
        return refuse(-ENODEV, "no debug register %u", number);
    }
}

/* Ports are never accessed by a guest itself, so an I/O breakpoint must not hit the
 * hypervisor's own accesses: it stays virtual. */
static uint64_t hardware_dr7(uint64_t value)
{
    for (unsigned n = 0; n < BREAKPOINTS; n++) {
        if (DR7_CONDITION(value, n) == DR7_CONDITION_IO)
            value &= ~(DR7_ENABLE(n) | 0xfUL << (16 + n * 4));
    }
    return value;
}

void debugreg_load(const struct vcpu *v)
{
    if (likely(!(v->debugreg[7] & DR7_ENABLE_MASK)))
        return;
    write_dr0(v->debugreg[0]);
    write_dr1(v->debugreg[1]);
    write_dr2(v->debugreg[2]);
    write_dr3(v->debugreg[3]);
    write_dr6(DR6_RESET);
    write_dr7(hardware_dr7(v->debugreg[7]));
}

void debugreg_unload(const struct vcpu *v)
{
    if (unlikely(v->debugreg[7] & DR7_ENABLE_MASK))
        write_dr7(DR7_RESET);
}

int debugreg_set(struct vcpu *v, uint32_t number, uint64_t value)
{
    int error = debugreg_check(number, v->cr4, &value);

    if (error)
        return error;
    if (v == current_vcpu())
        debugreg_unload(v);
    v->debugreg[register_of_number(number, v->cr4)] = value;
    if (v == current_vcpu())
        debugreg_load(v);
    return 0;
}

int debugreg_get(const struct vcpu *v, uint32_t number, uint64_t *value)
{
    uint32_t found = register_of_number(number, v->cr4);

    if (found > 7 || found == 4 || found == 5)
        return refuse(-ENODEV, "no debug register %u", number);
    *value = v->debugreg[index_wrap(found, ARRAY_COUNT(v->debugreg))];
    return 0;
}

void debugreg_merge_status(struct vcpu *v, uint64_t dr6)
{
    v->debugreg[6] |= dr6 & DR6_STATUS;
}
