/* SPDX-License-Identifier: MIT */
/*
 * Scalar types of the contract between the hypervisor and its guests.
 *
 * This folder states the Xen PV64 interface, release 4.17, in the field's public names and to the
 * byte; tests/abi compares every number and layout with the published headers. The headers
 * include only <stdint.h> and each other, so that hypervisor, guests and tools share them.
 *
 * Every field that names guest memory is written GUEST_HANDLE(type): 64 bits that hold a virtual
 * address of the caller, never a pointer, so that nobody dereferences it by mistake.
 */
#ifndef PARAPET_HYPERCALL_ABI_TYPES_H
#define PARAPET_HYPERCALL_ABI_TYPES_H

#include <stdint.h>

/* A 64-bit address, in the caller's own address space, of one or more objects of `type`. */
#define GUEST_HANDLE(type) uint64_t

typedef uint16_t domid_t;
typedef uint64_t xen_pfn_t;
typedef uint64_t xen_ulong_t;
typedef uint64_t xen_callback_t;

typedef uint8_t xen_domain_handle_t[16];

/* A set of CPUs or nodes: bit n of byte n / 8, least significant bit first. */
struct xenctl_bitmap {
    GUEST_HANDLE(uint8_t) bitmap;
    uint32_t nr_bits;
};
_Static_assert(sizeof(struct xenctl_bitmap) == 16, "layout of xenctl_bitmap");

/*
 * The argument of a sub-operation that has none. The tables name it so that one dispatcher can
 * copy sizeof(struct ...) bytes for every row.
 */
struct no_argument {
};

#endif
