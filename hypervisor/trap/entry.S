/* SPDX-License-Identifier: MIT */
/*
 * The way in and the way out.
 *
 * Every entry from a guest saves its registers as a struct trap_frame at the top of this CPU's
 * main stack, calls one C function, and leaves through exit_to_guest. Nothing is kept there
 * between two entries. An entry whose saved CS is the hypervisor's (a fault with a fixup, an
 * interrupt of the idle loop, an NMI anywhere) stays on the stack it came in on and returns to
 * where it was.
 *
 * No SWAPGS: both GS bases are the guest's. RSP alone finds what belongs to this CPU, because
 * stacks and struct cpu lie in one aligned region (arch/layout.h).
 *
 * #DF, NMI, #MC and #DB have stacks of their own and may hit any instruction here, also the
 * first of a SYSCALL entry, where RSP is still the guest's. From a guest they move to the main
 * stack at once; from the hypervisor they return without having touched it.
 *
 * The one instruction here that can fault by a guest's doing is the last IRETQ (a selector that
 * is not what IRETQ wants, a non-canonical address). Its fixup makes the fault one of the guest,
 * at the place it was about to go to.
 */
#include "arch/code_patch.h"
#include "arch/fixup.h"
#include "arch/guest_flags.h"
#include "arch/layout.h"
#include "arch/measures.h"
#include "arch/percpu.h"
#include "arch/trap_frame.h"
#include "domain/vcpu.h"
#include "hypercall-abi/hypercall_numbers.h"
#include "hypercall-abi/segments.h"
#include "hypercall/results.h"
#include "trap/function.inc"

/* Displacement from an RSP that is `used` bytes below the top of the main stack to struct cpu. */
#define CPU_FIELD(field, used) \
    (CPU_REGION_CPU_PAGE * PAGE_SIZE + (field) - CPU_REGION_SIZE + (used))

/* C functions want RSP aligned to 16 at the call; a frame is 168 bytes below an aligned top. */
#define ALIGNMENT 8

/* Error code and vector of a SYSCALL in one push: all ones, among them TRAP_SYSCALL. */
#define FRAME_IS_SYSCALL -1

    .text

/* Error code and vector have been pushed; completes struct trap_frame. */
.macro SAVE_REGISTERS
    pushq %rdi
    pushq %rsi
    pushq %rdx
    pushq %rcx
    pushq %rax
    pushq %r8
    pushq %r9
    pushq %r10
    pushq %r11
    pushq %rbx
    pushq %rbp
    pushq %r12
    pushq %r13
    pushq %r14
    pushq %r15
.endm

/* Up to the interrupt frame of the processor. */
.macro RESTORE_REGISTERS
    popq %r15
    popq %r14
    popq %r13
    popq %r12
    popq %rbp
    popq %rbx
    popq %r11
    popq %r10
    popq %r9
    popq %r8
    popq %rax
    popq %rcx
    popq %rdx
    popq %rsi
    popq %rdi
    addq $8, %rsp
.endm

/* RBX: the running vCPU, also the first argument of most; RBP: the end of any backtrace. */
.macro ENTER_C
    PATCH_CALL 8, guard_entry, MEASURES_ENTRY
    movq CPU_FIELD(CPU_CURRENT, FRAME_SIZE)(%rsp), %rbx
    movq %rsp, %rsi
    movq %rbx, %rdi
    subq $ALIGNMENT, %rsp
    xorl %ebp, %ebp
.endm

/* The frame of a SYSCALL, which has left RIP in RCX and RFLAGS in R11. */
.macro SAVE_SYSCALL_FRAME ss, cs
    pushq $\ss
    pushq CPU_FIELD(CPU_SCRATCH_RSP, 8)(%rsp)
    pushq %r11
    pushq $\cs
    pushq %rcx
    pushq $FRAME_IS_SYSCALL
    SAVE_REGISTERS
.endm

/* ---- Entries that are never a hypercall ---- */

/* From a 32-bit code segment (AMD only): never a hypercall. */
FUNCTION syscall_compat_entry
    SAVE_SYSCALL_FRAME FLAT_RING3_SS32, FLAT_RING3_CS32
    ENTER_C
    call bounce_syscall32
    jmp exit_to_guest
END_FUNCTION syscall_compat_entry

/*
 * SYSENTER (Intel only) loads RSP from an MSR, saves nothing and clears only IF of the flags.
 * The ABI's frame says RIP 0, CS 3, RSP 0.
 */
FUNCTION sysenter_entry
    pushq $FLAT_RING3_SS32
    pushq $0
    pushfq
    pushq $2
    popfq
    pushq $3
    pushq $0
    pushq $0
    movl $0, 4(%rsp)
    SAVE_REGISTERS
    ENTER_C
    call bounce_sysenter
    jmp exit_to_guest
END_FUNCTION sysenter_entry

/* ---- Exceptions and interrupts: trap/stubs.S has pushed error code and vector. ---- */

FUNCTION trap_entry
    SAVE_REGISTERS
    cld
    testb $3, FRAME_CS(%rsp)
    jz trap_entry_from_hypervisor
trap_entry_from_guest:
    ENTER_C
    call trap_from_guest
    jmp exit_to_guest
END_FUNCTION trap_entry

FUNCTION trap_entry_from_hypervisor
    /* RBP stays, so that a backtrace goes on into what was interrupted. */
    movq %rsp, %rdi
    movq %rsp, %rbx
    andq $-16, %rsp
    PATCH_CALL 5, guard_entry_from_hypervisor, MEASURES_ENTRY
    call trap_from_hypervisor
    movq %rbx, %rsp
    RESTORE_REGISTERS
    iretq
END_FUNCTION trap_entry_from_hypervisor

/* The same on a stack of the interrupt stack table. */
FUNCTION trap_entry_ist
    SAVE_REGISTERS
    cld
    testb $3, FRAME_CS(%rsp)
    jz trap_entry_from_hypervisor
    movq %rsp, %rsi
    movq %rsp, %rdi
    orq $(CPU_REGION_SIZE - 1), %rdi
    subq $(FRAME_SIZE - 1), %rdi
    movq %rdi, %rax
    movl $(FRAME_SIZE / 8), %ecx
    rep movsq
    movq %rax, %rsp
    jmp trap_entry_from_guest
END_FUNCTION trap_entry_ist

/*
 * void nmi_unblock(void): on the main stack after an NMI, lets further ones in. Only an IRET
 * does, and the way back to a guest need not end in one.
 */
FUNCTION nmi_unblock
    movq %rsp, %rax
    pushq $0
    pushq %rax
    pushfq
    pushq $SEL_HYPERVISOR_CS
    leaq 1f(%rip), %rcx
    pushq %rcx
    iretq
1:  ret
END_FUNCTION nmi_unblock

/* ---- SYSCALL. The stub of this CPU has put RSP to the top of the main stack. ---- */

FUNCTION syscall_entry
    SAVE_SYSCALL_FRAME FLAT_RING3_SS64, FLAT_RING3_CS64
    ENTER_C
    cmpb $0, VCPU_IN_KERNEL(%rbx)
    je syscall_from_user
    cmpq $__HYPERVISOR_iret, %rax
    je syscall_iret
    PATCH_CALL 5, hypercall_dispatch_guarded, MEASURE_RETPOLINE
    call hypercall_dispatch
    testq %rax, %rax
    js syscall_negative
syscall_result:
    movq %rax, ALIGNMENT + FRAME_RAX(%rsp)
    /* The hot path falls through. */

/* ---- The exit. RSP is ALIGNMENT below the guest's frame, RBX the vCPU that came in. ---- */

    /* From a system call: R12 to R15 are still the guest's, since C functions preserve them and
     * neither a hypercall nor a bounce changes them in the frame. */
exit_from_syscall:
    cmpl $0, CPU_FIELD(CPU_SOFTIRQ, FRAME_SIZE + ALIGNMENT)(%rsp)
    jne exit_work
    cmpb $0, VCPU_EXIT_WORK(%rbx)
    jne exit_work
    movq VCPU_INFO(%rbx), %rax
    cmpb $0, 1(%rax) /* evtchn_upcall_mask */
    jne restore_guest
    cmpb $0, (%rax) /* evtchn_upcall_pending */
    jne exit_work
restore_guest:
    addq $ALIGNMENT, %rsp
    /* The one place that decides which flags a guest may run with. */
    PATCH_CALL 8, guard_exit, MEASURES_EXIT
    movl FRAME_RFLAGS(%rsp), %r11d
    andl $GUEST_FLAGS_ALLOWED, %r11d
    orl $GUEST_FLAGS_FORCED, %r11d

    /* SYSRET takes RIP from RCX and flags from R11. With a non-canonical RCX it faults in ring 0
     * with the guest's RSP (Intel); it does not restore RF, and TF would trap at once. */
    testb $(TRAP_SYSCALL >> 8), FRAME_VECTOR + 1(%rsp)
    jz exit_by_iret
    testl $GUEST_FLAGS_NEED_IRET, %r11d
    jnz exit_by_iret
    movq FRAME_RIP(%rsp), %rcx
    movq %rcx, %rax
    shlq $16, %rax
    sarq $16, %rax
    cmpq %rax, %rcx
    jne exit_by_iret
    movq FRAME_RBP(%rsp), %rbp
    movq FRAME_RBX(%rsp), %rbx
    movq FRAME_R10(%rsp), %r10
    movq FRAME_R9(%rsp), %r9
    movq FRAME_R8(%rsp), %r8
    movq FRAME_RAX(%rsp), %rax
    movq FRAME_RDX(%rsp), %rdx
    movq FRAME_RSI(%rsp), %rsi
    movq FRAME_RDI(%rsp), %rdi
    movq FRAME_RSP(%rsp), %rsp
    sysretq

exit_by_iret:
    movq %r11, FRAME_RFLAGS(%rsp)
    orb $3, FRAME_CS(%rsp)
    RESTORE_REGISTERS
exit_iretq:
    iretq
    FIXUP exit_iretq, exit_iretq_fault

    /* The registers are the guest's again, RSP is where IRETQ read its frame. The fault becomes
     * one of the context that was to be returned to. */
exit_iretq_fault:
    pushq CPU_FIELD(CPU_EXIT_FAULT, 40)(%rsp)
    SAVE_REGISTERS
    ENTER_C
    call guest_exit_fault

    .globl exit_to_guest
    .hidden exit_to_guest
exit_to_guest:
    movq ALIGNMENT + FRAME_R15(%rsp), %r15
    movq ALIGNMENT + FRAME_R14(%rsp), %r14
    movq ALIGNMENT + FRAME_R13(%rsp), %r13
    movq ALIGNMENT + FRAME_R12(%rsp), %r12
    jmp exit_from_syscall

exit_work:
    /* An interrupt has left SS null; a SYSRET on AMD would keep the null descriptor's attributes
     * for the guest's SS, which 32-bit code notices. */
    movl $SEL_HYPERVISOR_DS, %eax
    movl %eax, %ss
    leaq ALIGNMENT(%rsp), %rdi
    call return_to_guest_work
    movq CPU_FIELD(CPU_CURRENT, FRAME_SIZE + ALIGNMENT)(%rsp), %rbx
    jmp exit_to_guest

syscall_from_user:
    call bounce_syscall
    jmp exit_from_syscall
syscall_iret:
    call guest_iret
    jmp exit_from_syscall

    /* An error number is a result like others; below them are the two that are none. */
syscall_negative:
    movabsq $HYPERCALL_FIRST_RESULT, %rcx
    cmpq %rcx, %rax
    jge syscall_result
    leaq ALIGNMENT(%rsp), %rdi
    movq %rax, %rsi
    call hypercall_finish
    jmp exit_from_syscall
END_FUNCTION syscall_entry

/* void cpu_enter_idle(void): the end of a CPU's start-up, or of its boot stack. */
FUNCTION cpu_enter_idle
    movq %rsp, %rax
    orq $(CPU_REGION_SIZE - 1), %rax
    leaq 1 - FRAME_SIZE - ALIGNMENT(%rax), %rsp
    xorl %ebp, %ebp
    jmp exit_work
END_FUNCTION cpu_enter_idle

    .section .note.GNU-stack, "", @progbits
