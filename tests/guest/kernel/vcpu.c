/* SPDX-License-Identifier: MIT */
/* Further vCPUs of a test guest. */
#include "guest.h"
#include "internal.h"

#define VCPU_STACK_BYTES 16384u

static uint8_t stacks[VCPUS_MAX][VCPU_STACK_BYTES] PAGE_ALIGNED;

uint32_t this_vcpu(void)
{
    uint64_t offset = (uint64_t)__builtin_frame_address(0) - (uint64_t)stacks;

    return offset < sizeof(stacks) ? (uint32_t)(offset / VCPU_STACK_BYTES) : 0;
}

NORETURN void guest_vcpu_start(uint32_t id, void (*function)(uint32_t id))
{
    function(id);
    for (;;)
        (void)hypercall(vcpu_op, VCPUOP_down, id, NULL);
}

void vcpu_context(uint32_t id, void (*function)(uint32_t id), struct vcpu_guest_context *context)
{
    memset(context, 0, sizeof(*context));
    context->flags = VGCF_in_kernel;
    context->user_regs.rip = (uint64_t)guest_vcpu_entry;
    context->user_regs.rsp = (uint64_t)(stacks[id] + VCPU_STACK_BYTES);
    context->user_regs.rdi = id;
    context->user_regs.rsi = (uint64_t)function;
    context->user_regs.rflags = 0x202;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = context->user_regs.rsp;
    memcpy(context->trap_ctxt, traps_table(), sizeof(context->trap_ctxt));
    context->ctrlreg[3] = maddr_of((void *)start_info->pt_base);
}

long vcpu_start(uint32_t id, void (*function)(uint32_t id))
{
    static struct vcpu_guest_context context;
    long result;

    require(id > 0 && id < VCPUS_MAX, "a vCPU that has a stack");
    vcpu_context(id, function, &context);
    result = hypercall(vcpu_op, VCPUOP_initialise, id, &context);
    if (result == 0)
        result = hypercall(vcpu_op, VCPUOP_up, id, NULL);
    return result;
}

void vcpu_wait(uint32_t id)
{
    while (hypercall(vcpu_op, VCPUOP_is_up, id, NULL) == 1)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}
