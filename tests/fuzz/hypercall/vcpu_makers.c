/* SPDX-License-Identifier: MIT */
/* vCPUs: their state, their sleep, and calls that only set one of their registers. */
#include <string.h>

#include "arch/arch.h"
#include "domain/domain.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/guest_context.h"
#include "hypercall-abi/sched.h"
#include "hypercall-abi/vcpu.h"
#include "support/whole/world.h"

/* A context that could be a kernel's second vCPU, and then one thing that is not. */
uint64_t put_context_of(const struct domain *d)
{
    static struct vcpu_guest_context context;
    uint64_t first;

    memset(&context, 0, sizeof(context));
    (void)world_tables(d, &first);
    context.flags = VGCF_in_kernel | (one_in(2) ? VGCF_online : 0);
    context.ctrlreg[3] = world_mfn(d, first).number << PAGE_SHIFT;
    if (one_in(4))
        context.ctrlreg[1] = any_mfn() << PAGE_SHIFT | 1;
    if (one_in(4)) {
        context.gdt_ents = below(600);
        for (unsigned i = 0; i < 2; i++)
            context.gdt_frames[i] = any_mfn();
    }
    if (one_in(3))
        ((uint64_t *)(void *)&context)[below(sizeof(context) / 8)] = any_edge();
    return PUT(context);
}

void make_vcpu_op(struct call *call)
{
    struct vcpu_register_vcpu_info info = { .mfn = any_plain_mfn(),
                                            .offset = (uint32_t)below(4100) & ~7u };
    struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = any_edge(),
                                               .flags = (uint32_t)below(3) };

    call->args[0] = below(15);
    call->args[1] = any_vcpu();
    if (self()->is_control && call->args[0] == VCPUOP_down)
        call->args[0] = VCPUOP_is_up; /* the last one down ends the machine */
    switch (call->args[0]) {
    case VCPUOP_initialise:
        call->args[1] = one_in(4) ? any_vcpu() : 1;
        call->args[2] = put_context_of(self());
        break;
    case VCPUOP_register_vcpu_info:
        call->args[2] = PUT(info);
        break;
    case VCPUOP_set_singleshot_timer:
        call->args[2] = PUT(timer);
        break;
    default:
        call->args[2] = noise_argument();
        break;
    }
}

/* The control domain's end is the machine's. */
static uint32_t any_shutdown_command(void)
{
    static const uint8_t commands[] = { SCHEDOP_shutdown, SCHEDOP_shutdown_code };

    return self()->is_control ? SCHEDOP_yield : commands[below(2)];
}

void make_sched_op(struct call *call)
{
    uint32_t ports[4] = { any_port(), any_port(), any_port(), any_port() };
    struct sched_poll poll = { .ports = put_list(ports, sizeof(ports)),
                               .nr_ports = (uint32_t)below(5),
                               .timeout = any_edge() };
    uint32_t reason = (uint32_t)below(8);

    call->args[0] = below(8);
    switch (call->args[0]) {
    case SCHEDOP_poll:
        call->args[1] = PUT(poll);
        break;
    case SCHEDOP_shutdown:
    case SCHEDOP_shutdown_code:
        call->args[0] = any_shutdown_command();
        call->args[1] = PUT(reason);
        break;
    case SCHEDOP_remote_shutdown: /* both could end the control domain */
    case SCHEDOP_watchdog:
        if (self()->is_control)
            call->args[0] = SCHEDOP_block;
        call->args[1] = noise_argument();
        break;
    default:
        call->args[1] = noise_argument();
        break;
    }
}

void make_trap_table(struct call *call)
{
    struct trap_info list[LIST_MAX];

    for (unsigned i = 0; i < LIST_MAX; i++)
        list[i] = (struct trap_info){ .vector = (uint8_t)below(256),
                                      .flags = (uint8_t)below(8),
                                      .cs = (uint16_t)any_edge(),
                                      .address = any_edge() };
    list[LIST_MAX - 1].address = 0;
    call->args[0] = one_in(8) ? 0 : put_list(list, sizeof(list));
}

void make_command(struct call *call)
{
    call->args[0] = one_in(8) ? any_edge() : below(30);
    call->args[1] = noise_argument();
    call->args[2] = any_edge();
}

void make_noise(struct call *call)
{
    for (unsigned i = 0; i < 5; i++)
        call->args[i] = one_in(3) ? noise_argument() : any_edge();
}
