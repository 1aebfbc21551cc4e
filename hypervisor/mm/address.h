/* SPDX-License-Identifier: MIT */
/*
 * Typed addresses: a frame number is not an address, and does not compile as one.
 *
 * mfn_t is a machine frame number, maddr_t a machine address. Guest virtual addresses and
 * the hypervisor's own pointers stay uint64_t and pointers.
 */
#ifndef PARAPET_MM_ADDRESS_H
#define PARAPET_MM_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/layout.h"

typedef struct {
    uint64_t number;
} mfn_t;

typedef struct {
    uint64_t value;
} maddr_t;

#define MFN_INVALID ((mfn_t){ ~0UL })

static inline mfn_t mfn(uint64_t number)
{
    return (mfn_t){ number };
}

static inline maddr_t maddr(uint64_t value)
{
    return (maddr_t){ value };
}

static inline bool mfn_equal(mfn_t a, mfn_t b)
{
    return a.number == b.number;
}

static inline mfn_t mfn_add(mfn_t frame, uint64_t count)
{
    return (mfn_t){ frame.number + count };
}

static inline maddr_t mfn_to_maddr(mfn_t frame)
{
    return (maddr_t){ frame.number << PAGE_SHIFT };
}

static inline mfn_t maddr_to_mfn(maddr_t address)
{
    return (mfn_t){ address.value >> PAGE_SHIFT };
}

/* The direct map. Only RAM is there; the caller knows that the frame is RAM. */
static inline void *mfn_to_virt(mfn_t frame)
{
    return (void *)(DIRECT_MAP_VIRT + (frame.number << PAGE_SHIFT));
}

static inline void *maddr_to_virt(maddr_t address)
{
    return (void *)(DIRECT_MAP_VIRT + address.value);
}

static inline maddr_t virt_to_maddr(const void *pointer)
{
    return (maddr_t){ (uint64_t)pointer - DIRECT_MAP_VIRT };
}

static inline mfn_t virt_to_mfn(const void *pointer)
{
    return maddr_to_mfn(virt_to_maddr(pointer));
}

/* Whether bits 63 to 47 are equal: the processor faults on any other address. */
static inline bool address_is_canonical(uint64_t address)
{
    return (uint64_t)((int64_t)(address << 16) >> 16) == address;
}

/* Whether a guest may use this virtual address at all: canonical and outside the hole. */
static inline bool guest_address_ok(uint64_t address)
{
    return address < 0x0000800000000000UL || address >= HOLE_END;
}

/* The same for a range of @bytes (no wrap, no part of it in the hole). */
static inline bool guest_range_ok(uint64_t address, uint64_t bytes)
{
    uint64_t last = address + (bytes ? bytes - 1 : 0);

    return last >= address && guest_address_ok(address) && guest_address_ok(last) &&
           (address >= HOLE_END || last < HOLE_START);
}

#endif
