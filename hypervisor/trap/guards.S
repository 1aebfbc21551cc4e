/* SPDX-License-Identifier: MIT */
/*
 * What is done against speculation on the way in and on the way out. trap/entry.S comes here only
 * where it is patched to (arch/code_patch.h); each guard ends with what the instruction was to do
 * that it replaced.
 *
 * On the way in nothing of the guest's is executed yet, and no indirect branch has been. NMI and #MC
 * may hit before a guard, so that entries from the hypervisor are guarded as well; after the guard
 * of the way out, they leave IBRS on, which is only slow.
 */
#include "arch/layout.h"
#include "arch/measures.h"
#include "arch/mitigations.h"
#include "arch/msr.h"
#include "arch/percpu.h"
#include "arch/return_stack.inc"
#include "arch/trap_frame.h"
#include "trap/function.inc"

#define MEASURES  mitigations + MITIGATIONS_MEASURES(%rip)
#define SPEC_CTRL mitigations + MITIGATIONS_SPEC_CTRL(%rip)
#define IBRS      1
#define IBPB      1

/* The return address of a guard is above. */
#define GUARDED 8

    .text

/* Writes EAX, ECX and EDX. The fence: no test here is speculated past. */
.macro GUARD_ENTRY
    testl $MEASURE_IBRS_ENTRY, MEASURES
    jz 1f
    movl $MSR_SPEC_CTRL, %ecx
    movl SPEC_CTRL, %eax
    orl $IBRS, %eax
    xorl %edx, %edx
    wrmsr
1:  testl $MEASURE_IBPB_ENTRY, MEASURES
    jz 2f
    movl $MSR_PRED_CMD, %ecx
    movl $IBPB, %eax
    xorl %edx, %edx
    wrmsr
2:  testl $MEASURE_RSB_ENTRY, MEASURES
    jz 3f
    RETURN_STACK_FILL
3:  lfence
.endm

/* In ENTER_C, the frame complete: as if it had loaded RBX. RAX of a SYSCALL is still needed. */
FUNCTION guard_entry
    GUARD_ENTRY
    movq GUARDED + FRAME_RAX(%rsp), %rax
    movq CPU_REGION_CPU_PAGE * PAGE_SIZE + CPU_CURRENT - CPU_REGION_SIZE + FRAME_SIZE + GUARDED(%rsp), %rbx
    ret
    int3
END_FUNCTION guard_entry

/* In place of trap_from_hypervisor(). */
FUNCTION guard_entry_from_hypervisor
    GUARD_ENTRY
    jmp trap_from_hypervisor
END_FUNCTION guard_entry_from_hypervisor

/* At the start of restore_guest: as if it had loaded R11. What is read from here on is the guest's
 * own, which is why the buffers are cleared last. */
FUNCTION guard_exit
    testl $MEASURE_IBRS_ENTRY, MEASURES
    jz 1f
    movl $MSR_SPEC_CTRL, %ecx
    movl SPEC_CTRL, %eax
    xorl %edx, %edx
    wrmsr
1:  testl $MEASURE_DIV_SCRUB, MEASURES
    jz 2f
    movl $1, %eax
    movl %eax, %ecx
    xorl %edx, %edx
    divl %ecx
2:  testl $MEASURE_VERW, MEASURES
    jz 3f
    verw writable_selector(%rip)
3:  movl GUARDED + FRAME_RFLAGS(%rsp), %r11d
    ret
    int3
END_FUNCTION guard_exit

    .section .rodata
    .balign 2
writable_selector:
    .word SEL_HYPERVISOR_DS

    .section .note.GNU-stack, "", @progbits
