/* SPDX-License-Identifier: MIT */
/*
 * The CPUID leaves by which a guest knows its hypervisor.
 */
#ifndef PARAPET_HYPERCALL_ABI_CPUID_H
#define PARAPET_HYPERCALL_ABI_CPUID_H

#include <stdint.h>

#define XEN_CPUID_FIRST_LEAF     0x40000000U
#define XEN_CPUID_MAX_NUM_LEAVES 5U

/* Leaf +0: EAX highest leaf, EBX, ECX and EDX "XenVMMXenVMM". */
#define XEN_CPUID_SIGNATURE_EBX 0x566e6558U
#define XEN_CPUID_SIGNATURE_ECX 0x65584d4dU
#define XEN_CPUID_SIGNATURE_EDX 0x4d4d566eU

/* Leaf +1: EAX version. Leaf +2: EAX hypercall pages, EBX the MSR to set them, ECX features. */
#define XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD (1U << 0)

/* Leaf +5, subleaf 0: EBX bits 0-7, width of machine addresses. */
#define XEN_CPUID_MACHINE_ADDRESS_WIDTH_MASK 0xffU

static inline uint32_t xen_cpuid_leaf_number(uint32_t index)
{
    return XEN_CPUID_FIRST_LEAF + index;
}

/* A CPUID leaf as policy calls exchange it. */
struct xen_cpuid_leaf {
    uint32_t leaf;
    uint32_t subleaf; /* XEN_CPUID_NO_SUBLEAF when the leaf has none */
    uint32_t a;
    uint32_t b;
    uint32_t c;
    uint32_t d;
};
_Static_assert(sizeof(struct xen_cpuid_leaf) == 24, "layout of xen_cpuid_leaf");

#define XEN_CPUID_NO_SUBLEAF 0xffffffffU

/* A model-specific register as policy calls exchange it. */
struct xen_msr_entry {
    uint32_t idx;
    uint32_t flags; /* 0 */
    uint64_t val;
};
_Static_assert(sizeof(struct xen_msr_entry) == 16, "layout of xen_msr_entry");

#endif
