/* SPDX-License-Identifier: MIT */
/*
 * The register state of a vCPU as calls exchange it, and the frames that traps and iret use.
 */
#ifndef PARAPET_HYPERCALL_ABI_GUEST_CONTEXT_H
#define PARAPET_HYPERCALL_ABI_GUEST_CONTEXT_H

#include <stdint.h>

#include "hypercall-abi/types.h"

/* One entry of the virtual IDT. A list of them ends with address 0. */
struct trap_info {
    uint8_t vector;
    uint8_t flags;    /* TRAP_INFO_* */
    uint16_t cs;      /* its RPL is forced to 3 */
    uint64_t address; /* of the handler */
};
_Static_assert(sizeof(struct trap_info) == 16, "layout of trap_info");

/* trap_info.flags */
#define TRAP_INFO_DPL_MASK    3U /* the least privileged mode that may raise it by INT n */
#define TRAP_INFO_MASK_EVENTS 4U /* set evtchn_upcall_mask on entry */

/* The frame at the guest's RSP when it makes the iret hypercall. */
struct iret_context {
    uint64_t rax;
    uint64_t r11;
    uint64_t rcx;
    uint64_t flags; /* 0, or VGCF_in_syscall: leave rcx and r11 as SYSRET would */
    uint64_t rip;
    uint64_t cs; /* RPL 3: to user mode; anything else: stay in kernel mode */
    uint64_t rflags;
    uint64_t rsp;
    uint64_t ss;
};
_Static_assert(sizeof(struct iret_context) == 72, "layout of iret_context");

struct cpu_user_regs {
    uint64_t r15;
    uint64_t r14;
    uint64_t r13;
    uint64_t r12;
    uint64_t rbp;
    uint64_t rbx;
    uint64_t r11;
    uint64_t r10;
    uint64_t r9;
    uint64_t r8;
    uint64_t rax;
    uint64_t rcx;
    uint64_t rdx;
    uint64_t rsi;
    uint64_t rdi;
    uint32_t error_code;
    uint32_t entry_vector;
    uint64_t rip;
    uint16_t cs;
    uint16_t _pad0[1];
    uint8_t saved_upcall_mask;
    uint8_t _pad1[3];
    uint64_t rflags;
    uint64_t rsp;
    uint16_t ss;
    uint16_t _pad2[3];
    uint16_t es;
    uint16_t _pad3[3];
    uint16_t ds;
    uint16_t _pad4[3];
    uint16_t fs;
    uint16_t _pad5[3];
    uint16_t gs;
    uint16_t _pad6[3];
};
_Static_assert(sizeof(struct cpu_user_regs) == 200, "layout of cpu_user_regs");

/* vcpu_guest_context.flags */
#define VGCF_i387_valid               (1U << 0) /* fpu_ctxt holds an FXSAVE image */
#define VGCF_in_kernel                (1U << 2) /* in guest-kernel mode */
#define VGCF_failsafe_disables_events (1U << 3)
#define VGCF_syscall_disables_events  (1U << 4)
#define VGCF_online                   (1U << 5) /* up, not only initialised */
#define VGCF_in_syscall               (1U << 8) /* iret_context.flags only */

/* Older spellings. */
#define VGCF_I387_VALID VGCF_i387_valid
#define VGCF_IN_KERNEL  VGCF_in_kernel
#define VGCF_IN_SYSCALL VGCF_in_syscall

/* The whole state of a vCPU: VCPUOP_initialise, XEN_DOMCTL_setvcpucontext, getvcpucontext. */
struct vcpu_guest_context {
    struct {
        char x[512];
    } fpu_ctxt;     /* FXSAVE image */
    uint64_t flags; /* VGCF_* */
    struct cpu_user_regs user_regs;
    struct trap_info trap_ctxt[256];
    uint64_t ldt_base; /* virtual address */
    uint64_t ldt_ents;
    uint64_t gdt_frames[16]; /* mfns */
    uint64_t gdt_ents;
    uint64_t kernel_ss;
    uint64_t kernel_sp;
    uint64_t ctrlreg[8];  /* 3: kernel root, 1: user root with bit 0 set, both mfn << 12 */
    uint64_t debugreg[8]; /* 0-3, 6 and 7 are used */
    uint64_t event_callback_eip;
    uint64_t failsafe_callback_eip;
    uint64_t syscall_callback_eip;
    uint64_t vm_assist; /* bit n: VMASST_TYPE_* n is enabled */
    uint64_t fs_base;
    uint64_t gs_base_kernel;
    uint64_t gs_base_user;
};
_Static_assert(sizeof(struct vcpu_guest_context) == 5168, "layout of vcpu_guest_context");

/* A control register 3 of a guest holds its machine frame number and nothing else. */
static inline uint64_t xen_pfn_to_cr3(xen_pfn_t frame)
{
    return frame << 12;
}

static inline xen_pfn_t xen_cr3_to_pfn(uint64_t cr3)
{
    return cr3 >> 12;
}

/* Bytes that, before CPUID, ask the hypervisor for its view: ud2, then "xen". */
#define XEN_EMULATE_PREFIX ".byte 0x0f,0x0b,0x78,0x65,0x6e ; "
#define XEN_CPUID          XEN_EMULATE_PREFIX "cpuid"

#endif
