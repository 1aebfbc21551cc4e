/* SPDX-License-Identifier: MIT */
#include "support/whole/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "control/domain_build.h"
#include "control/domain_create.h"
#include "control/domain_destroy.h"
#include "domain/preempt.h"
#include "event/evtchn.h"
#include "event/irq.h"
#include "hypercall-abi/start_info.h"
#include "hypercall/dispatch.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_devices.h"
#include "support/fake_arch/fake_machine.h"
#include "support/whole/kernel_file.h"

#define DOMAINS_MAX 4u

static mfn_t frames[DOMAINS_MAX][WORLD_DOMAIN_PAGES];
static struct trap_frame guest_frame;
unsigned world_restarts;
uint32_t world_preempt_one_in;

/* ---- what execution would bring ---- */

bool preempt_pending(void)
{
    static uint32_t asked;

    if (spin_held()->depth) {
        fprintf(stderr, "preempt_pending() with a lock held\n");
        abort();
    }
    return world_preempt_one_in && ++asked * 2654435761u < ~0u / world_preempt_one_in;
}

void world_settle(void)
{
    this_cpu()->softirq &= ~(1u << SOFTIRQ_SCHEDULE);
    while (this_cpu()->softirq) {
        softirq_run();
        this_cpu()->softirq &= ~(1u << SOFTIRQ_SCHEDULE);
    }
}

/* ---- machine ---- */

/* Interrupt lines, and one card with MSI for 4 messages and MSI-X for 3. */
static void start_devices(void)
{
    uint32_t *card;

    fake_devices_start();
    card = fake_pci_function(WORLD_CARD_BUS, WORLD_CARD_DEVFN);
    fake_pci_add_msi(card, 0x50, 2u << 1 | 0x180);
    fake_pci_add_msix(card, 0x70, 3, 0x0);
    card[1] |= PCI_COMMAND_MEMORY;
    card[0x10 / 4] = WORLD_CARD_BAR;
    if (irq_init())
        abort();
}

static void start_machine(void)
{
    fake_machine_start(WORLD_MIB);
    fake_cpus_start(1);
    fake_time_ns = 1000000;
    start_devices();
    scheduler_init();
    event_init();
    domain_destroy_init();
    pvmmu_start();
    if (scheduler_cpu_create(0))
        abort();
    this_cpu()->guest_frame = &guest_frame;
}

void world_start(void)
{
    static bool is_started;

    if (!is_started)
        start_machine();
    is_started = true;
    fake_guest_unmap_all();
    world_restarts = 0;
    world_preempt_one_in = 0;
}

/* ---- domains ---- */

void world_refresh_frames(const struct domain *d)
{
    for (uint64_t number = 0; number < frame_count; number++) {
        struct frame *frame = frame_lookup(mfn(number));
        uint64_t pfn = m2p_get(mfn(number));

        if (frame && frame->state == FRAME_STATE_USED && frame_owner(frame) == d &&
            pfn < WORLD_DOMAIN_PAGES)
            frames[d->id][pfn] = mfn(number);
    }
}

struct domain *world_domain(uint16_t id, uint32_t vcpus)
{
    static struct kernel_file file;
    struct domain_config config = { .id = id,
                                    .is_control = id == 0,
                                    .vcpu_count = vcpus,
                                    .max_pages = WORLD_DOMAIN_PAGES + 64,
                                    .max_evtchn_port = 300,
                                    .max_grant_frames = 4,
                                    .max_maptrack_frames = 8 };
    struct build_request request = { .kernel = file.bytes,
                                     .command_line = "test",
                                     .nr_pages = WORLD_DOMAIN_PAGES };
    const char *why = NULL;
    struct domain *d;

    kernel_file_make(&file);
    request.kernel_bytes = file.size;
    if (domain_create(&config, &d) || domain_add_vcpus(d, vcpus) ||
        domain_build(d, &request, &why)) {
        fprintf(stderr, "domain %u cannot be made: %s\n", id, why ? why : "no memory");
        abort();
    }
    if (id == 0)
        control_domain = d;
    world_refresh_frames(d);
    domain_unpause(d);
    return d;
}

mfn_t world_mfn(const struct domain *d, uint64_t pfn)
{
    return frames[d->id][pfn];
}

void *world_page(const struct domain *d, uint64_t pfn)
{
    return mfn_to_virt(world_mfn(d, pfn));
}

uint8_t *world_arguments(const struct domain *d)
{
    return world_page(d, (WORLD_ARGUMENTS - WORLD_VIRT_BASE) >> PAGE_SHIFT);
}

/* The registers at the start say where start_info is, and that where the tables are. */
uint64_t world_tables(const struct domain *d, uint64_t *first)
{
    uint64_t pfn = (d->vcpus[0]->regs.rsi - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    const struct start_info *info = world_page(d, pfn);

    *first = (info->pt_base - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    return info->nr_pt_frames;
}

void world_run(struct vcpu *v)
{
    uint64_t first = (WORLD_ARGUMENTS - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    struct vcpu *before = this_cpu()->current;

    if (before)
        atomic_store(&before->is_running, false);
    this_cpu()->current = v;
    atomic_store(&v->processor, 0);
    atomic_store(&v->is_running, true);
    mmu_load_root(v);
    fake_guest_unmap_all();
    for (uint64_t i = 0; i < WORLD_ARGUMENT_PAGES; i++)
        fake_guest_map(WORLD_ARGUMENTS + i * PAGE_SIZE, world_page(v->domain, first + i), PAGE_SIZE,
                       true);
}

/* ---- calls ---- */

#define RESTARTS_MAX 100000u

long world_call(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    struct vcpu *v = current_vcpu();
    struct trap_frame *regs = this_cpu()->guest_frame;

    *regs = (struct trap_frame){ .rax = number,
                                 .rdi = a1,
                                 .rsi = a2,
                                 .rdx = a3,
                                 .r10 = a4,
                                 .r8 = a5,
                                 .rsp = 0,
                                 .rip = 0x1002,
                                 .cs = 0xe033 };
    for (unsigned i = 0; i < RESTARTS_MAX; i++) {
        long result = hypercall_dispatch(v, regs);

        world_settle();
        if (result != HYPERCALL_RESTART) {
            atomic_fetch_and(&v->blocked_by, ~(uint32_t)(VCPU_BLOCKED | VCPU_POLLING));
            return result;
        }
        hypercall_finish(regs, result);
        if (regs->rip != 0x1000 || regs->rax != number) {
            fprintf(stderr, "a restarted call does not begin again\n");
            abort();
        }
        regs->rip = 0x1002;
        world_restarts++;
    }
    fprintf(stderr, "hypercall %lu does not end\n", number);
    abort();
}

void world_destroy(struct domain *d)
{
    if (!domain_get(d))
        abort();
    while (domain_destroy(d))
        world_settle();
    domain_put(d);
    world_settle();
}

void world_end(void)
{
    world_preempt_one_in = 0;
    if (control_domain)
        world_run(control_domain->vcpus[0]);
    for (struct domain *d = domain_next(1); d; d = domain_next((uint16_t)(d->id + 1))) {
        if (d->life == DOMAIN_ALIVE)
            world_destroy(d);
        world_check();
    }
    if (!control_domain)
        return;
    /* Nobody destroys the control domain but a test. */
    atomic_store(&control_domain->vcpus[0]->is_running, false);
    this_cpu()->current = NULL;
    world_destroy(control_domain);
    control_domain = NULL;
    world_settle();
    if (domain_next(0)) {
        fprintf(stderr, "domain %u is still there\n", domain_next(0)->id);
        abort();
    }
    for (uint64_t number = 0; number < frame_count; number++) {
        struct frame *frame = frame_lookup(mfn(number));

        if (frame && frame->state == FRAME_STATE_USED && frame_owner(frame)) {
            fprintf(stderr, "frame %#lx was left behind\n", number);
            abort();
        }
    }
}

void world_check(void)
{
    if (!pvmmu_check()) {
        fprintf(stderr, "pvmmu_check: %s\n", fake_log_last);
        abort();
    }
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1))) {
        if (d->life == DOMAIN_ALIVE && !evtchn_check(d)) {
            fprintf(stderr, "evtchn_check of domain %u: %s\n", d->id, fake_log_last);
            abort();
        }
    }
    if (spin_held()->depth) {
        fprintf(stderr, "a lock is still held\n");
        abort();
    }
}
