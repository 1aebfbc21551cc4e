/* SPDX-License-Identifier: MIT */
/*
 * The core of the contract: domain ids, virtual interrupts, page-table updates, batched calls,
 * assists and the emergency console. Includes the other headers that every user needs.
 */
#ifndef PARAPET_HYPERCALL_ABI_XEN_H
#define PARAPET_HYPERCALL_ABI_XEN_H

#include <stdint.h>

#include "hypercall-abi/errno.h"
#include "hypercall-abi/guest_context.h"
#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/segments.h"
#include "hypercall-abi/shared_info.h"
#include "hypercall-abi/start_info.h"
#include "hypercall-abi/types.h"

/* Domain ids from DOMID_FIRST_RESERVED on name no ordinary domain. */
#define DOMID_FIRST_RESERVED 0x7FF0U
#define DOMID_SELF           0x7FF0U /* the caller */
#define DOMID_IO             0x7FF1U /* owner of device memory */
#define DOMID_XEN            0x7FF2U /* owner of pages that the hypervisor shares */
#define DOMID_COW            0x7FF3U /* owner of pages shared copy-on-write */
#define DOMID_INVALID        0x7FF4U /* no domain */
#define DOMID_IDLE           0x7FFFU
#define DOMID_MASK           0x7FFFU

/* Virtual interrupts, bound to a port by EVTCHNOP_bind_virq. */
#define VIRQ_TIMER      0  /* per vCPU: a timer expired */
#define VIRQ_DEBUG      1  /* per vCPU: dump your state */
#define VIRQ_CONSOLE    2  /* global: bytes from the emergency console */
#define VIRQ_DOM_EXC    3  /* global: a domain shut down or died */
#define VIRQ_TBUF       4  /* global: trace records */
#define VIRQ_DEBUGGER   6  /* global: a domain stopped for its debugger */
#define VIRQ_XENOPROF   7  /* per vCPU */
#define VIRQ_CON_RING   8  /* global: bytes in the hypervisor's log */
#define VIRQ_PCPU_STATE 9  /* global: a processor came or went */
#define VIRQ_MEM_EVENT  10 /* global */
#define VIRQ_ARGO       11 /* global */
#define VIRQ_ENOMEM     12 /* global: memory is short */
#define VIRQ_XENPMU     13 /* per vCPU */
#define VIRQ_ARCH_0     16 /* global: machine check */
#define VIRQ_ARCH_1     17
#define VIRQ_ARCH_2     18
#define VIRQ_ARCH_3     19
#define VIRQ_ARCH_4     20
#define VIRQ_ARCH_5     21
#define VIRQ_ARCH_6     22
#define VIRQ_ARCH_7     23
#define NR_VIRQS        24

/* One checked write. The low two bits of ptr are MMU_*, the rest is what to write. */
struct mmu_update {
    uint64_t ptr; /* machine address of a page-table entry, or of a frame for MACHPHYS */
    uint64_t val; /* new entry, or pfn */
};
_Static_assert(sizeof(struct mmu_update) == 16, "layout of mmu_update");

/* mmu_update.ptr, bits 0-1 */
#define MMU_NORMAL_PT_UPDATE       0U /* write the entry */
#define MMU_MACHPHYS_UPDATE        1U /* set the machine-to-physical entry of a frame */
#define MMU_PT_UPDATE_PRESERVE_AD  2U /* write the entry, keep accessed and dirty bits */
#define MMU_PT_UPDATE_NO_TRANSLATE 3U /* as normal, val holds an mfn in any case */

struct mmuext_op {
    uint32_t cmd; /* MMUEXT_* */
    union {
        xen_pfn_t mfn;        /* PIN, UNPIN, NEW_BASEPTR, NEW_USER_BASEPTR, CLEAR, COPY */
        uint64_t linear_addr; /* INVLPG, SET_LDT */
    } arg1;
    union {
        uint32_t nr_ents;               /* SET_LDT */
        GUEST_HANDLE(uint8_t) vcpumask; /* TLB_FLUSH_MULTI, INVLPG_MULTI */
        xen_pfn_t src_mfn;              /* COPY_PAGE */
    } arg2;
};
_Static_assert(sizeof(struct mmuext_op) == 24, "layout of mmuext_op");

/* mmuext_op.cmd */
#define MMUEXT_PIN_L1_TABLE       0
#define MMUEXT_PIN_L2_TABLE       1
#define MMUEXT_PIN_L3_TABLE       2
#define MMUEXT_PIN_L4_TABLE       3
#define MMUEXT_UNPIN_TABLE        4
#define MMUEXT_NEW_BASEPTR        5
#define MMUEXT_TLB_FLUSH_LOCAL    6
#define MMUEXT_INVLPG_LOCAL       7
#define MMUEXT_TLB_FLUSH_MULTI    8
#define MMUEXT_INVLPG_MULTI       9
#define MMUEXT_TLB_FLUSH_ALL      10
#define MMUEXT_INVLPG_ALL         11
#define MMUEXT_FLUSH_CACHE        12
#define MMUEXT_SET_LDT            13
#define MMUEXT_NEW_USER_BASEPTR   15
#define MMUEXT_CLEAR_PAGE         16
#define MMUEXT_COPY_PAGE          17
#define MMUEXT_FLUSH_CACHE_GLOBAL 18
#define MMUEXT_MARK_SUPER         19
#define MMUEXT_UNMARK_SUPER       20

/*
 * Third argument of update_va_mapping. With UVMF_MULTI the rest of the word is the address of a
 * vCPU bitmap, and 0 there (UVMF_LOCAL) means the caller alone.
 */
#define UVMF_NONE           0UL
#define UVMF_TLB_FLUSH      1UL
#define UVMF_INVLPG         2UL
#define UVMF_FLUSHTYPE_MASK 3UL
#define UVMF_MULTI          0UL
#define UVMF_LOCAL          0UL
#define UVMF_ALL            4UL

struct multicall_entry {
    xen_ulong_t op;     /* hypercall number */
    xen_ulong_t result; /* written back */
    xen_ulong_t args[6];
};
_Static_assert(sizeof(struct multicall_entry) == 64, "layout of multicall_entry");

/* First argument of console_io. */
#define CONSOLEIO_write 0
#define CONSOLEIO_read  1

/* First and second argument of vm_assist. */
#define VMASST_CMD_enable  0
#define VMASST_CMD_disable 1

#define VMASST_TYPE_4gb_segments         0
#define VMASST_TYPE_4gb_segments_notify  1
#define VMASST_TYPE_writable_pagetables  2
#define VMASST_TYPE_pae_extended_cr3     3
#define VMASST_TYPE_architectural_iopl   4
#define VMASST_TYPE_runstate_update_flag 5
#define VMASST_TYPE_m2p_strict           32

#endif
