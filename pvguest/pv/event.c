/* SPDX-License-Identifier: MIT */
/*
 * Interrupts by event channels: each vCPU has one port for its timer and one that others notify.
 *
 * The interrupt flag is a byte in vcpu_info, so turning it needs no call; only when an event came
 * while it was off does the kernel ask the hypervisor to deliver it now.
 */
#include "pv/event.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/sched.h"
#include "hypercall-abi/vcpu.h"
#include "hypercall-abi/version.h"
#include "kernel/print.h"
#include "kernel/spinlock.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

#define PORT_LIMIT 4096u

static uint32_t notify_port[CPU_LIMIT];
static struct handler {
    void (*call)(void *context);
    void *context;
    uint32_t cpu_id;
    _Atomic uint32_t running; /* CPUs that are in it */
} handlers[PORT_LIMIT];
static struct spinlock lock; /* guards changes of handlers and of the next */

/*
 * The pending bits of all ports are one array, whichever vCPU a port is bound to. A CPU looks only
 * at those that are its own: the timer of another one is not its business.
 */
static uint64_t ports_of[CPU_LIMIT][PORT_LIMIT / 64];

static uint64_t exchange(volatile uint64_t *word, uint64_t value)
{
    return __atomic_exchange_n(word, value, __ATOMIC_SEQ_CST);
}

static void handle(uint32_t port)
{
    __atomic_and_fetch(&shared_info->evtchn_pending[port / 64], ~(1UL << port % 64),
                       __ATOMIC_SEQ_CST);
    struct handler *handler = &handlers[port];

    atomic_fetch_add(&handler->running, 1);
    void (*call)(void *context) = __atomic_load_n(&handler->call, __ATOMIC_ACQUIRE);

    if (call)
        call(handler->context);
    atomic_fetch_sub(&handler->running, 1);
}

static void handle_word(uint32_t word)
{
    const uint64_t *mine = ports_of[bottom_this_cpu()->id];
    uint64_t ready =
        shared_info->evtchn_pending[word] & ~shared_info->evtchn_mask[word] & mine[word];

    while (ready) {
        uint32_t bit = (uint32_t)__builtin_ctzl(ready);

        ready &= ready - 1;
        handle(word * 64 + bit);
    }
}

static void handle_pending(void)
{
    volatile struct vcpu_info *info = this_vcpu_info();

    while (info->evtchn_upcall_pending) {
        info->evtchn_upcall_pending = 0;
        uint64_t words = exchange(&this_vcpu_info()->evtchn_pending_sel, 0);

        while (words) {
            handle_word((uint32_t)__builtin_ctzl(words));
            words &= words - 1;
        }
    }
}

void pv_event(struct trap_frame *frame)
{
    handle_pending();
    kernel_interrupt_exit(frame->cs & 3);
}

bool bottom_interrupts_disable(void)
{
    volatile struct vcpu_info *info = this_vcpu_info();
    bool were_on = !info->evtchn_upcall_mask;

    info->evtchn_upcall_mask = 1;
    return were_on;
}

void bottom_interrupts_enable(void)
{
    volatile struct vcpu_info *info = this_vcpu_info();

    info->evtchn_upcall_mask = 0;
    __asm__ volatile("" : : : "memory");
    if (info->evtchn_upcall_pending)
        hypercall_xen_version(XENVER_version, 0);
}

void bottom_wait(void)
{
    hypercall_sched_op(SCHEDOP_block, 0);
}

/* A bit that was set before this raises the event now. */
static void let_come(uint32_t port)
{
    struct evtchn_unmask unmask = { .port = port };

    MUST(hypercall_event_channel_op(EVTCHNOP_unmask, (uint64_t)&unmask) == 0);
}

static void give_to_cpu(uint32_t port, uint32_t cpu_id)
{
    ports_of[handlers[port].cpu_id][port / 64] &= ~(1UL << port % 64);
    handlers[port].cpu_id = cpu_id;
    ports_of[cpu_id][port / 64] |= 1UL << port % 64;
}

static void serve_on(uint32_t port, uint32_t cpu_id, void (*handler)(void *context), void *context)
{
    MUST(port < PORT_LIMIT);
    bool were_on = spin_lock(&lock);

    give_to_cpu(port, cpu_id);
    handlers[port].context = context;
    __atomic_store_n(&handlers[port].call, handler, __ATOMIC_RELEASE);
    let_come(port);
    spin_unlock(&lock, were_on);
}

void event_serve(uint32_t port, void (*handler)(void *context), void *context)
{
    serve_on(port, 0, handler, context);
}

static void bind_to_cpu(uint32_t port, uint32_t cpu_id)
{
    struct evtchn_bind_vcpu bind = { .port = port, .vcpu = cpu_id };

    MUST(hypercall_event_channel_op(EVTCHNOP_bind_vcpu, (uint64_t)&bind) == 0);
}

uint32_t event_open(uint16_t domain, uint32_t cpu_id, void (*handler)(void *context), void *context)
{
    struct evtchn_alloc_unbound open = { .dom = DOMID_SELF, .remote_dom = domain };

    if (hypercall_event_channel_op(EVTCHNOP_alloc_unbound, (uint64_t)&open))
        return 0;
    if (open.port >= PORT_LIMIT) {
        event_close(open.port);
        return 0;
    }
    if (!cpus[cpu_id].is_up)
        cpu_id = 0;
    bind_to_cpu(open.port, cpu_id);
    serve_on(open.port, cpu_id, handler, context);
    return open.port;
}

void event_notify(uint32_t port)
{
    struct evtchn_send send = { .port = port };

    hypercall_event_channel_op(EVTCHNOP_send, (uint64_t)&send);
}

void event_close(uint32_t port)
{
    struct evtchn_close close = { .port = port };

    hypercall_event_channel_op(EVTCHNOP_close, (uint64_t)&close);
    if (port >= PORT_LIMIT)
        return;
    __atomic_store_n(&handlers[port].call, NULL, __ATOMIC_SEQ_CST);
    while (atomic_load(&handlers[port].running))
        __builtin_ia32_pause();
}

static void timer_interrupt(void *context)
{
    (void)context;
    kernel_timer();
}

static void notify_interrupt(void *context)
{
    (void)context;
    kernel_ipi();
}

/* The ports that event_init() made belong to their CPU. */
static bool is_of_cpu(uint32_t port)
{
    return handlers[port].call == timer_interrupt || handlers[port].call == notify_interrupt;
}

void event_leave_cpu(uint32_t cpu_id)
{
    bool were_on = spin_lock(&lock);

    for (uint32_t port = 0; port < PORT_LIMIT; port++) {
        if (!handlers[port].call || handlers[port].cpu_id != cpu_id || is_of_cpu(port))
            continue;
        __atomic_or_fetch(&shared_info->evtchn_mask[port / 64], 1UL << port % 64, __ATOMIC_SEQ_CST);
        bind_to_cpu(port, 0);
        give_to_cpu(port, 0);
        let_come(port);
    }
    spin_unlock(&lock, were_on);
}

void event_init(struct cpu *cpu)
{
    struct evtchn_bind_virq timer = { .virq = VIRQ_TIMER, .vcpu = cpu->id };
    struct evtchn_bind_ipi notify = { .vcpu = cpu->id };

    MUST(hypercall_event_channel_op(EVTCHNOP_bind_virq, (uint64_t)&timer) == 0);
    serve_on(timer.port, cpu->id, timer_interrupt, NULL);
    MUST(hypercall_event_channel_op(EVTCHNOP_bind_ipi, (uint64_t)&notify) == 0);
    notify_port[cpu->id] = notify.port;
    serve_on(notify.port, cpu->id, notify_interrupt, NULL);
}

void bottom_ipi_send(struct cpu *cpu)
{
    struct evtchn_send send = { .port = notify_port[cpu->id] };

    hypercall_event_channel_op(EVTCHNOP_send, (uint64_t)&send);
}

void bottom_timer_set(uint64_t deadline_ns)
{
    struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = deadline_ns };

    MUST(hypercall_vcpu_op(VCPUOP_set_singleshot_timer, bottom_this_cpu()->id, (uint64_t)&timer) ==
         0);
}
