/* SPDX-License-Identifier: MIT */
/*
 * The dispatcher. hypercall_dispatch() is the hottest path of the hypervisor: one table look-up,
 * one counter, one trace record.
 */
#include "hypercall/dispatch.h"

#include "arch/arch.h"
#include "console/printk.h"
#include "console/trace.h"
#include "domain/domain.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/options.h"
#include "lib/refuse.h"

#define HYPERCALL_LIMIT 64u
_Static_assert(HYPERCALL_LIMIT <= COUNTED_HYPERCALLS, "each call has a counter");

static hypercall_handler *const handlers[HYPERCALL_LIMIT] = {
#define HYPERCALL(number, name, argc, flow, summary) [number] = hypercall_##name,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};

static const char *const names[HYPERCALL_LIMIT] = {
#define HYPERCALL(number, name, argc, flow, summary) [number] = #name,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};

static uint64_t logged_calls; /* bit n: call n is logged */

hypercall_handler *hypercall_find(uint64_t number)
{
    hypercall_handler *handler;

    if (unlikely(number >= HYPERCALL_LIMIT)) {
        this_cpu()->counters.hypercall_unknown++;
        return NULL;
    }
    number = index_clamp(number, HYPERCALL_LIMIT);
    handler = handlers[number];
    if (unlikely(!handler)) {
        this_cpu()->counters.hypercall_unknown++;
        return NULL;
    }
    this_cpu()->counters.hypercall[number]++;
    return handler;
}

static NOINLINE void dispatch_unknown(struct trap_frame *regs)
{
    regs->rax = (uint64_t)(long)refuse(-ENOSYS, "there is no hypercall %lu", regs->rax);
}

/* SYSCALL has no prefix and no operand, so its length is always the same. */
#define SYSCALL_INSTRUCTION_BYTES 2u

static NOINLINE void finish_specially(struct trap_frame *regs, long result)
{
    if (result == HYPERCALL_RESTART)
        regs->rip -= SYSCALL_INSTRUCTION_BYTES;
}

static NOINLINE void log_call(const struct vcpu *v, uint64_t number,
                              const struct trap_frame *before, long result)
{
    log_info("%sv%u %s(%lx, %lx, %lx, %lx) = %s%lx, rip %lx", v->domain->name, v->id, names[number],
             before->rdi, before->rsi, before->rdx, before->r10,
             result == HYPERCALL_RESTART ? "restart " : "", (unsigned long)result, before->rip);
}

static NOINLINE void dispatch_logged(struct vcpu *v, struct trap_frame *regs,
                                     hypercall_handler *handler)
{
    struct trap_frame before = *regs;
    long result = handler(v, regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8);

    log_call(v, before.rax, &before, result);
    if (result <= HYPERCALL_RESTART)
        finish_specially(regs, result);
    else
        regs->rax = (uint64_t)result;
}

void hypercall_dispatch(struct vcpu *v, struct trap_frame *regs)
{
    uint64_t number = regs->rax;
    hypercall_handler *handler = hypercall_find(number);
    long result;

    if (unlikely(!handler)) {
        dispatch_unknown(regs);
        return;
    }
    v->last_hypercall = (uint32_t)number;
    trace(TRACE_HYPERCALL, number, regs->rdi, regs->rsi);
    if (unlikely(logged_calls >> number & 1)) {
        dispatch_logged(v, regs, handler);
        return;
    }

    result = handler(v, regs->rdi, regs->rsi, regs->rdx, regs->r10, regs->r8);
    if (unlikely(result <= HYPERCALL_RESTART))
        finish_specially(regs, result);
    else
        regs->rax = (uint64_t)result;
}

int hypercall_option_trace(const char *value)
{
    uint64_t number;

    if (parse_word(&value, "all")) {
        logged_calls = ~0UL;
        return *value ? -EINVAL : 0;
    }
    do {
        if (!parse_number(&value, 0, &number) || number >= HYPERCALL_LIMIT)
            return -EINVAL;
        logged_calls |= BIT(number);
    } while (parse_word(&value, ","));
    return *value ? -EINVAL : 0;
}
