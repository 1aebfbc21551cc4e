/* SPDX-License-Identifier: MIT */
#include "support/whole/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/arch.h"
#include "control/debug_keys.h"
#include "control/domain_build.h"
#include "control/domain_create.h"
#include "control/domain_destroy.h"
#include "domain/preempt.h"
#include "event/evtchn.h"
#include "event/irq.h"
#include "grant/grant_table.h"
#include "hypercall-abi/start_info.h"
#include "hypercall/dispatch.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"
#include "support/fake_arch/fake_devices.h"
#include "support/fake_arch/fake_machine.h"
#include "support/whole/guest_memory.h"
#include "support/whole/kernel_file.h"

static mfn_t frames[WORLD_DOMAINS_MAX][WORLD_DOMAIN_PAGES];
static struct {
    uint64_t first, count; /* pfns */
} tables[WORLD_DOMAINS_MAX];

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
    world_start_cpus();
    guest_memory_start();
    fake_time_ns = 1000000;
    start_devices();
    scheduler_init();
    event_init();
    grant_init();
    domain_destroy_init();
    debug_keys_start();
    pvmmu_start();
}

void world_start(void)
{
    static bool is_started;

    if (!is_started)
        start_machine();
    is_started = true;
    world_restarts = 0;
    world_preempt_one_in = 0;
    world_between = NULL;
    world_cpu(0);
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

/* The registers at the start say where start_info is, and that where the tables are. */
static void note_tables(const struct domain *d)
{
    uint64_t pfn = (d->vcpus[0]->regs.rsi - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    const struct start_info *info = world_page(d, pfn);

    tables[d->id].first = (info->pt_base - WORLD_VIRT_BASE) >> PAGE_SHIFT;
    tables[d->id].count = info->nr_pt_frames;
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
    uint32_t preempt_one_in = world_preempt_one_in;
    const char *why = NULL;
    struct domain *d;

    world_preempt_one_in = 0; /* the builder is not interrupted */
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
    note_tables(d);
    domain_unpause(d);
    world_preempt_one_in = preempt_one_in;
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

uint64_t world_tables(const struct domain *d, uint64_t *first)
{
    *first = tables[d->id].first;
    return tables[d->id].count;
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
    for (uint32_t id = WORLD_CPUS; id-- > 0;) {
        world_cpu(id);
        world_idle();
    }
    if (control_domain)
        world_run(control_domain->vcpus[0]);
    for (struct domain *d = domain_next(1); d; d = domain_next((uint16_t)(d->id + 1))) {
        if (d->life != DOMAIN_DEAD)
            world_destroy(d);
        world_check();
    }
    if (!control_domain)
        return;
    world_idle(); /* nobody destroys the control domain but a test */
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
    if (!grant_check()) {
        fprintf(stderr, "grant_check: %s\n", fake_log_last);
        abort();
    }
    guest_memory_check();
    if (spin_held()->depth) {
        fprintf(stderr, "a lock is still held\n");
        abort();
    }
}
