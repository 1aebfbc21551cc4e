/* SPDX-License-Identifier: MIT */
/*
 * A key is a row of a table. Keys are typed in an interrupt, where nothing can be waited for, so
 * they are kept until the timer of the same CPU fires, at once.
 */
#include "control/debug_keys.h"

#include "arch/arch.h"
#include "console/input.h"
#include "console/printk.h"
#include "console/symbols.h"
#include "console/trace.h"
#include "domain/domain.h"
#include "event/evtchn.h"
#include "event/irq.h"
#include "lib/spinlock.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "mm/ram.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "sched/timer.h"

#define KEYS_MAX              16u
#define TRACE_RECORDS_PRINTED 32u

static struct timer_entry timer;
static struct spinlock key_lock = SPINLOCK_INIT(LOCK_CONSOLE_INPUT);
static char pressed[KEYS_MAX];
static unsigned pressed_count;

/* ---- what the keys do ---- */

static void print_frame(const struct trap_frame *r)
{
    log_info("  rip %04lx:%016lx rsp %04lx:%016lx rflags %08lx", r->cs & 0xffff, r->rip,
             r->ss & 0xffff, r->rsp, r->rflags);
    log_info("  rax %016lx rbx %016lx rcx %016lx rdx %016lx", r->rax, r->rbx, r->rcx, r->rdx);
    log_info("  rsi %016lx rdi %016lx rbp %016lx r8  %016lx", r->rsi, r->rdi, r->rbp, r->r8);
    log_info("  r9  %016lx r10 %016lx r11 %016lx r12 %016lx", r->r9, r->r10, r->r11, r->r12);
    log_info("  r13 %016lx r14 %016lx r15 %016lx", r->r13, r->r14, r->r15);
}

/* On the CPU itself, on its way back to the guest. */
static void print_cpu(void *unused)
{
    const struct vcpu *v = current_vcpu();

    (void)unused;
    log_info("CPU %u: cr0 %08lx cr3 %016lx cr4 %08lx", this_cpu()->id, read_cr0(), read_cr3(),
             read_cr4());
    if (!v) {
        log_info("  idle");
        return;
    }
    log_info("  domain %u vCPU %u, guest %s mode, last hypercall %u", v->domain->id, v->id,
             v->in_kernel ? "kernel" : "user", v->last_hypercall);
    print_frame(this_cpu()->guest_frame);
}

static void print_registers(void)
{
    for (uint32_t id = 0; id < cpu_count; id++)
        cpu_call(CPU_MASK(id), print_cpu, NULL);
}

static void print_domain_registers(void)
{
    if (!control_domain)
        return;
    for (uint32_t id = 0; id < control_domain->vcpu_count; id++) {
        const struct vcpu *v = control_domain->vcpus[id];

        if (atomic_load(&v->is_running)) {
            log_info("vCPU %u runs on CPU %u", id, atomic_load(&v->processor));
        } else {
            log_info("vCPU %u", id);
            print_frame(&v->regs);
        }
    }
}

static void print_events(void)
{
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1))) {
        if (d->events)
            evtchn_print(d);
    }
}

static void print_memory(void)
{
    log_info("Memory: %lu MiB, %lu KiB free, %lu objects in the heap", ram_bytes_total() >> 20,
             frames_free_total() << (PAGE_SHIFT - 10), heap_objects_in_use());
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1)))
        log_info("  domain %u: %lu pages of at most %lu%s", d->id, atomic_load(&d->total_pages),
                 d->max_pages, atomic_load(&d->life) == DOMAIN_ALIVE ? "" : ", dying");
}

/*
 * All CPUs but the one with the key stand still in the hypervisor, so no reference is on its way;
 * the last to come recounts.
 */
static struct {
    uint32_t expected;
    _Atomic uint32_t arrived;
    _Atomic bool is_done;
} recount;

static void recount_references(void)
{
    if (pvmmu_check())
        log_info("Every reference and type of every frame is accounted for");
    else
        log_error("References or types of frames are wrong");
}

static void stand_still(void *unused)
{
    (void)unused;
    if (atomic_fetch_add(&recount.arrived, 1) + 1 == recount.expected) {
        recount_references();
        atomic_store(&recount.is_done, true);
    }
    while (!atomic_load(&recount.is_done)) {
        cpu_serve_requests();
        cpu_relax();
    }
}

static void check_references(void)
{
    cpu_mask_t others = cpu_mask_online() & ~CPU_MASK(this_cpu()->id);

    if (!others) {
        recount_references();
        return;
    }
    recount.expected = 0;
    for (cpu_mask_t rest = others; rest; rest &= rest - 1)
        recount.expected++;
    atomic_store(&recount.arrived, 0);
    atomic_store(&recount.is_done, false);
    cpu_call(others, stand_still, NULL);
}

static void print_traces(void)
{
    for (uint32_t id = 0; id < cpu_count; id++) {
        log_info("Last trace records of CPU %u:", id);
        trace_print(LOG_INFO, cpu_by_id(id)->trace, TRACE_RECORDS_PRINTED);
    }
}

static void print_hypercalls(const struct counters *c)
{
    for (unsigned i = 0; i < COUNTED_HYPERCALLS; i++) {
        if (c->hypercall[i])
            log_info("  %lu hypercall %u", c->hypercall[i], i);
    }
}

static void print_counters(void)
{
    for (uint32_t id = 0; id < cpu_count; id++) {
        const struct counters *c = &cpu_by_id(id)->counters;
        uint64_t hypercalls = c->hypercall_unknown, traps = 0;

        for (unsigned i = 0; i < COUNTED_HYPERCALLS; i++)
            hypercalls += c->hypercall[i];
        for (unsigned i = 0; i < ARRAY_COUNT(c->trap); i++)
            traps += c->trap[i];
        log_info("CPU %u: %lu hypercalls, %lu traps, %lu interrupts, %lu system calls", id,
                 hypercalls, traps, c->interrupt, c->syscall_bounce);
        log_info("  %lu emulated, %lu switches, %lu events, %lu upcalls, %lu IPIs, idle %lu times",
                 c->emulated_instruction, c->context_switch, c->event_sent, c->event_upcall,
                 c->ipi_sent, c->idle_entry);
        log_info("  %lu TLB flushes here, %lu asked of others", c->tlb_flush_local,
                 c->tlb_flush_remote);
        log_info("  %lu roots loaded, %lu page-table writes emulated, %lu frame types changed",
                 c->root_loaded, c->page_table_write_emulated, c->frame_type_change);
        log_info("  %lu grants mapped, %lu grants copied", c->grant_map, c->grant_copy);
        print_hypercalls(c);
    }
}

static void reboot(void)
{
    log_info("Rebooting, as the console asks");
    machine_reboot();
}

static void print_help(void);

static const struct {
    char key;
    void (*act)(void);
    const char *help;
} keys[] = {
    { 'h', print_help, "this list" },
    { '0', print_domain_registers, "registers of the control domain's vCPUs" },
    { 'c', print_counters, "counters of each CPU" },
    { 'd', print_registers, "registers of each CPU" },
    { 'e', print_events, "event channels" },
    { 'i', irq_print, "interrupts of devices" },
    { 'm', print_memory, "memory" },
    { 'p', check_references, "recount the references and types of all frames" },
    { 'r', scheduler_print, "run queues and vCPUs" },
    { 't', print_traces, "the last trace records of each CPU" },
    { 'R', reboot, "reboot the machine, at once" },
};

static void print_help(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(keys); i++)
        log_info("  %c  %s", keys[i].key, keys[i].help);
}

/* ---- from the key to the row ---- */

static void act(char key)
{
    for (unsigned i = 0; i < ARRAY_COUNT(keys); i++) {
        if (keys[i].key == key) {
            log_info("'%c': %s", key, keys[i].help);
            keys[i].act();
            return;
        }
    }
}

static bool next_key(char *key)
{
    bool found;

    spin_lock(&key_lock);
    found = pressed_count > 0;
    if (found) {
        *key = pressed[0];
        pressed_count--;
        for (unsigned i = 0; i < pressed_count; i++)
            pressed[i] = pressed[i + 1];
    }
    spin_unlock(&key_lock);
    return found;
}

static void act_on_all(struct timer_entry *entry)
{
    char key;

    (void)entry;
    while (next_key(&key))
        act(key);
}

void debug_key_press(char key)
{
    spin_lock(&key_lock);
    if (pressed_count < KEYS_MAX)
        pressed[pressed_count++] = key;
    spin_unlock(&key_lock);
    timer_set(&timer, system_time_ns());
}

void debug_keys_start(void)
{
    timer_init(&timer, act_on_all);
    console_key_pressed = debug_key_press;
}
