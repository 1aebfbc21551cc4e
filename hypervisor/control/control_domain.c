/* SPDX-License-Identifier: MIT */
/* The control domain's share of the machine, and its start. */
#include "control/control_domain.h"

#include "arch/arch.h"
#include "arch/machine.h"
#include "arch/memory_map.h"
#include "console/panic.h"
#include "console/printk.h"
#include "control/domain_build.h"
#include "control/domain_create.h"
#include "control/domain_destroy.h"
#include "control/vga_info.h"
#include "event/evtchn.h"
#include "event/irq.h"
#include "grant/grant_table.h"
#include "hypercall/machine_map.h"
#include "mm/frame_alloc.h"
#include "pvmmu/pvmmu.h"
#include "sched/scheduler.h"

/* What is left free when no size is given: a sixteenth, for other domains' first needs and for
 * the control domain's own low and contiguous memory, within limits. */
#define RESERVE_SHIFT     4u
#define RESERVE_MAX_PAGES ((128UL << 20) >> PAGE_SHIFT)

static int current_domain_id(void)
{
    const struct vcpu *v = current_vcpu();

    return v ? v->domain->id : -1;
}

static void describe_vcpu(void)
{
    const struct vcpu *v = current_vcpu();

    if (v)
        log_error("running: domain %u vCPU %u, guest %s mode, last hypercall %u", v->domain->id,
                  v->id, v->in_kernel ? "kernel" : "user", v->last_hypercall);
    else
        log_error("running: no vCPU");
}

void control_start(void)
{
    log_current_domain = current_domain_id;
    panic_describe_vcpu = describe_vcpu;
    scheduler_init();
    event_init();
    if (irq_init())
        boot_failure("No memory for the interrupt lines");
    grant_init();
    domain_destroy_init();
}

/* The registers that the hypervisor drives itself are nobody else's; bad memory is nobody's. */
static void guard_devices(void)
{
    mfn_t local_apic = maddr_to_mfn(maddr(machine_acpi.local_apic_address));

    mmio_forbid(local_apic, local_apic);
    for (uint32_t i = 0; i < machine_acpi.ioapic_count; i++) {
        mfn_t ioapic = maddr_to_mfn(maddr(machine_acpi.ioapics[i].address));

        mmio_forbid(ioapic, ioapic);
    }
    for (uint32_t i = 0; i < machine_memory_map.count; i++) {
        const struct memory_map_range *range = &machine_memory_map.ranges[i];

        if (range->type == MEMORY_UNUSABLE && range->start >= 0x100000)
            mmio_forbid(maddr_to_mfn(maddr(range->start)), maddr_to_mfn(maddr(range->end - 1)));
    }
    pvmmu_start();
}

/* Pages of an option's size; a negative one means all but that. */
static uint64_t pages_of_option(int64_t bytes, uint64_t available)
{
    uint64_t pages;

    if (bytes >= 0)
        return (uint64_t)bytes >> PAGE_SHIFT;
    pages = (uint64_t)-bytes >> PAGE_SHIFT;
    return pages < available ? available - pages : 0;
}

static uint64_t choose_pages(const struct size_limits *memory)
{
    uint64_t available = frames_free_total();
    uint64_t reserve = available >> RESERVE_SHIFT;
    uint64_t pages;

    if (reserve > RESERVE_MAX_PAGES)
        reserve = RESERVE_MAX_PAGES;
    pages = memory->bytes ? pages_of_option(memory->bytes, available) : available - reserve;
    if (memory->min_bytes && pages < pages_of_option(memory->min_bytes, available))
        pages = pages_of_option(memory->min_bytes, available);
    if (memory->max_bytes && pages > pages_of_option(memory->max_bytes, available))
        pages = pages_of_option(memory->max_bytes, available);
    return pages;
}

/* Up to the option's max: it may take what is free later, by its balloon. */
static uint64_t choose_max_pages(const struct size_limits *memory, uint64_t pages)
{
    uint64_t max = memory->max_bytes ? pages_of_option(memory->max_bytes, frames_free_total()) : 0;

    return max > pages ? max : pages;
}

static uint32_t choose_vcpus(uint32_t wanted)
{
    if (wanted == 0)
        return cpu_count;
    return wanted < MAX_VCPUS ? wanted : MAX_VCPUS;
}

static struct domain *create(const struct control_domain_config *config, uint64_t pages)
{
    struct domain_config domain_config = {
        .id = 0,
        .is_control = true,
        .vcpu_count = choose_vcpus(config->max_vcpus),
        .max_pages = choose_max_pages(config->memory, pages),
        .max_evtchn_port = DEFAULT_MAX_EVTCHN_PORT_CONTROL,
        .max_grant_frames = DEFAULT_MAX_GRANT_FRAMES,
        .max_maptrack_frames = DEFAULT_MAX_MAPTRACK_FRAMES,
    };
    struct domain *d;

    if (domain_create(&domain_config, &d) || domain_add_vcpus(d, domain_config.vcpu_count))
        boot_failure("No memory for the control domain's own structures");
    for (uint32_t i = 0; config->is_pinned && i < d->vcpu_count && i < cpu_count; i++)
        d->vcpus[i]->affinity = CPU_MASK(i);
    return d;
}

void control_domain_create(const struct control_domain_config *config)
{
    uint64_t pages = choose_pages(config->memory);
    struct dom0_vga_console_info vga;
    struct build_request request = { .kernel = config->kernel,
                                     .kernel_bytes = config->kernel_bytes,
                                     .command_line = config->command_line,
                                     .module = config->module,
                                     .module_bytes = config->module_bytes,
                                     .nr_pages = pages,
                                     .vga = vga_info_read(&vga) ? &vga : NULL };
    const char *why;
    struct domain *d;

    machine_map_build();
    guard_devices();
    d = create(config, pages);
    control_domain = d;
    if (domain_build(d, &request, &why))
        boot_failure("The control domain's kernel cannot be started: %s", why);

    log_info("Control domain: %lu MiB, %u vCPUs, entry %#lx, %lu MiB left", pages >> 8,
             d->vcpu_count, d->vcpus[0]->regs.rip, frames_free_total() >> 8);
    domain_unpause(d);
}
