/* SPDX-License-Identifier: MIT */
/*
 * The dispatcher. hypercall_dispatch() is the hottest path of the hypervisor: one counter, one
 * trace record, one table look-up, and a jump to the handler, whose result is the dispatcher's.
 *
 * Calls are logged (option hypercall_trace=) by another table, in which each of them leads to
 * call_and_log(), so that it costs nothing while it is off.
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

static hypercall_handler call_unknown, call_and_log;

/* Numbers without a row have the default: each entry is filled, and the rows come second. */
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Woverride-init"
static hypercall_handler *const handlers[HYPERCALL_LIMIT] = {
    [0 ... HYPERCALL_LIMIT - 1] = call_unknown,
#define HYPERCALL(number, name, argc, flow, summary) [number] = hypercall_##name,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};

static hypercall_handler *const logging_handlers[HYPERCALL_LIMIT] = {
    [0 ... HYPERCALL_LIMIT - 1] = call_unknown,
#define HYPERCALL(number, name, argc, flow, summary) [number] = call_and_log,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};
#pragma GCC diagnostic pop

static const char *const names[HYPERCALL_LIMIT] = {
#define HYPERCALL(number, name, argc, flow, summary) [number] = #name,
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
};

static hypercall_handler *const *handlers_in_use = handlers;
static uint64_t logged_calls; /* bit n: call n is logged */

/* Numbers from HYPERCALL_LIMIT on have no counter either. */
static NOINLINE long refuse_unknown(uint64_t number)
{
    this_cpu()->counters.hypercall_unknown++;
    return refuse(-ENOSYS, "there is no hypercall %lu", number);
}

static long call_unknown(struct vcpu *caller, UNUSED uint64_t a1, UNUSED uint64_t a2,
                         UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    return refuse_unknown(caller->last_hypercall);
}

/* The index is within the table whatever @number is, also where a CPU speculates. */
static ALWAYS_INLINE hypercall_handler *note_call(struct vcpu *v, uint64_t number, uint64_t a1,
                                                  uint64_t a2)
{
    number = index_wrap(number, HYPERCALL_LIMIT);
    this_cpu()->counters.hypercall[number]++;
    v->counters.hypercalls++;
    v->last_hypercall = (uint32_t)number;
    trace(TRACE_HYPERCALL, number, a1, a2);
    return handlers_in_use[number];
}

static ALWAYS_INLINE long dispatch(struct vcpu *v, struct trap_frame *regs)
{
    uint64_t number = regs->rax;

    if (unlikely(number >= HYPERCALL_LIMIT))
        return refuse_unknown(number);
    return note_call(v, number, regs->rdi, regs->rsi)(v, regs->rdi, regs->rsi, regs->rdx, regs->r10,
                                                      regs->r8);
}

PLAIN_INDIRECT_BRANCHES long hypercall_dispatch(struct vcpu *v, struct trap_frame *regs)
{
    return dispatch(v, regs);
}

long hypercall_dispatch_guarded(struct vcpu *v, struct trap_frame *regs)
{
    return dispatch(v, regs);
}

long hypercall_call(struct vcpu *v, uint64_t number, const uint64_t args[HYPERCALL_ARGUMENTS])
{
    if (unlikely(number >= HYPERCALL_LIMIT))
        return refuse_unknown(number);
    return note_call(v, number, args[0], args[1])(v, args[0], args[1], args[2], args[3], args[4]);
}

/* SYSCALL has no prefix and no operand, so its length is always the same. */
#define SYSCALL_INSTRUCTION_BYTES 2u

void hypercall_finish(struct trap_frame *regs, long result)
{
    if (result == HYPERCALL_RESTART)
        regs->rip -= SYSCALL_INSTRUCTION_BYTES;
}

/* ---- the log ---- */

static void log_call(const struct vcpu *v, uint64_t number, const uint64_t args[4], long result)
{
    const char *what = result == HYPERCALL_RESTART ? "restart" : "result";

    log_info("%sv%u %s(%#lx, %#lx, %#lx, %#lx): %s %#lx", v->domain->name, v->id, names[number],
             args[0], args[1], args[2], args[3], what, (unsigned long)result);
}

static long call_and_log(struct vcpu *caller, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                         uint64_t a5)
{
    uint32_t number = caller->last_hypercall % HYPERCALL_LIMIT;
    const uint64_t args[4] = { a1, a2, a3, a4 };
    long result = handlers[number](caller, a1, a2, a3, a4, a5);

    if (logged_calls & BIT(number))
        log_call(caller, number, args, result);
    return result;
}

static int parse_calls(const char *value)
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

int hypercall_option_trace(const char *value)
{
    handlers_in_use = logging_handlers;
    return parse_calls(value);
}
