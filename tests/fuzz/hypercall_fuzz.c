/* SPDX-License-Identifier: MIT */
/*
 * Random sequences of hypercalls through hypercall_dispatch(), by a control domain and two ordinary
 * ones, with interruptions everywhere. After each, every reference and type of every frame is
 * recounted, every table of event channels checked, and no lock is held; at the end all ordinary
 * domains are destroyed and have given everything back.
 *
 * A call's arguments are made by what its name promises (frames that exist, entries that could be
 * good, ports that may be bound), spoilt now and then, or are plain noise.
 */
#include <string.h>

#include "arch/arch.h"
#include "arch/pte.h"
#include "domain/domain.h"
#include "event/evtchn.h"
#include "grant/grant_table.h"
#include "hypercall-abi/callback.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/nmi.h"
#include "hypercall-abi/physdev.h"
#include "hypercall-abi/platform.h"
#include "hypercall-abi/sched.h"
#include "hypercall-abi/version.h"
#include "hypercall-abi/xen.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "mm/m2p.h"
#include "support/fuzz.h"
#include "support/whole/world.h"

#define DOMAINS        3u
#define VCPUS          2u
#define CALLS_PER_CASE 60u
#define LIST_MAX       16u

static struct domain *domains[DOMAINS];
static struct random *dice;

/* ---- numbers that mean something ---- */

static uint64_t below(uint64_t limit)
{
    return random_below(dice, limit);
}

static bool one_in(uint64_t n)
{
    return random_one_in(dice, n);
}

static struct domain *self(void)
{
    return current_vcpu()->domain;
}

static domid_t any_domid(void)
{
    switch (below(8)) {
    case 0:
        return (domid_t)below(DOMAINS + 1);
    case 1:
        return DOMID_IO;
    case 2:
        return DOMID_XEN;
    case 3:
        return (domid_t)random_edge(dice);
    default:
        return DOMID_SELF;
    }
}

/* A pfn of the domain: often a page table, a page without a mapping, or an argument page. */
static uint64_t any_pfn(const struct domain *d)
{
    uint64_t first, count = world_tables(d, &first);

    switch (below(5)) {
    case 0:
        return first + below(count);
    case 1:
        return 1024 + below(WORLD_DOMAIN_PAGES - 1024);
    case 2:
        return 200 + below(12); /* a few that come again and again */
    default:
        return below(WORLD_DOMAIN_PAGES);
    }
}

static uint64_t any_mfn(void)
{
    const struct domain *d = one_in(6) ? domains[below(DOMAINS)] : self();

    switch (below(24)) {
    case 0:
        return random_edge(dice);
    case 1:
        return below(frame_count + 4);
    case 2:
        return d->shared_frame.number;
    case 3:
        return below(0x100);
    default:
        return world_mfn(d, any_pfn(d)).number;
    }
}

static uint64_t any_entry(void)
{
    static const uint64_t flags[] = { PTE_PRESENT, PTE_WRITE, PTE_USER,  PTE_ACCESSED,
                                      PTE_DIRTY,   PTE_PCD,   PTE_PWT,   PTE_PAT,
                                      PTE_GLOBAL,  1UL << 9,  1UL << 58, PTE_NO_EXECUTE };
    uint64_t entry = any_mfn() << PAGE_SHIFT;

    if (one_in(10))
        return one_in(2) ? 0 : random_edge(dice);
    entry |= PTE_PRESENT | PTE_USER | (one_in(2) ? PTE_WRITE : 0);
    while (one_in(3))
        entry ^= flags[below(sizeof(flags) / sizeof(flags[0]))];
    return entry;
}

/* An address that the first tables map, or nearly any other. */
static uint64_t any_va(void)
{
    if (one_in(12))
        return random_edge(dice);
    return WORLD_VIRT_BASE + any_pfn(self()) * PAGE_SIZE + (one_in(4) ? below(PAGE_SIZE) : 0);
}

static uint32_t any_vcpu(void)
{
    return (uint32_t)(one_in(10) ? random_edge(dice) : below(VCPUS));
}

static uint32_t any_port(void)
{
    return (uint32_t)(one_in(10) ? random_edge(dice) : below(12));
}

/* ---- arguments in guest memory ---- */

/* Puts an argument at the beginning of a page of the guest's; its address. */
static uint64_t put(const void *argument, size_t bytes)
{
    uint64_t page = below(WORLD_ARGUMENT_PAGES - 1);
    uint64_t first = (WORLD_ARGUMENTS - WORLD_VIRT_BASE) >> PAGE_SHIFT;

    if (one_in(40))
        return random_edge(dice);
    memcpy(world_page(self(), first + page), argument, bytes);
    if (one_in(20))
        random_mutate(dice, world_page(self(), first + page), bytes);
    return WORLD_ARGUMENTS + page * PAGE_SIZE;
}

/* A list in the last argument page. */
static uint64_t put_list(const void *list, size_t bytes)
{
    uint64_t last = WORLD_ARGUMENTS + (WORLD_ARGUMENT_PAGES - 1) * PAGE_SIZE;

    if (one_in(40))
        return random_edge(dice);
    memcpy(world_page(self(), (last - WORLD_VIRT_BASE) >> PAGE_SHIFT), list, bytes);
    return last;
}

static uint64_t noise_argument(void)
{
    uint64_t words[16];

    for (unsigned i = 0; i < 16; i++)
        words[i] = random_edge(dice);
    return put(words, sizeof(words));
}

#define PUT(object) put(&(object), sizeof(object))

struct call {
    uint64_t number;
    uint64_t args[5];
};

/* ---- one maker for each call ---- */

static void make_mmu_update(struct call *call)
{
    struct mmu_update list[LIST_MAX];
    uint64_t count = 1 + below(LIST_MAX);

    for (unsigned i = 0; i < count; i++) {
        list[i].ptr = any_mfn() << PAGE_SHIFT | below(512) * 8 | (one_in(4) ? below(8) : 0);
        list[i].val = one_in(8) ? below(WORLD_DOMAIN_PAGES) : any_entry();
    }
    call->args[0] = put_list(list, sizeof(list));
    call->args[1] = one_in(30) ? random_edge(dice) % 4096 : count;
    call->args[2] = one_in(2) ? 0 : noise_argument();
    call->args[3] = any_domid() | (one_in(8) ? below(DOMAINS + 2) << 16 : 0);
}

static void make_mmuext_op(struct call *call)
{
    struct mmuext_op list[LIST_MAX];
    uint64_t count = 1 + below(4);

    memset(list, 0, sizeof(list));
    for (unsigned i = 0; i < count; i++) {
        list[i].cmd = (uint32_t)(one_in(20) ? random_edge(dice) : below(21));
        list[i].arg1.mfn = one_in(4) ? any_va() : any_mfn();
        if (list[i].cmd == MMUEXT_SET_LDT)
            list[i].arg2.nr_ents = (uint32_t)below(1200);
        else
            list[i].arg2.src_mfn = one_in(2) ? any_mfn() : WORLD_ARGUMENTS;
    }
    call->args[0] = put_list(list, sizeof(list));
    call->args[1] = count;
    call->args[3] = any_domid();
}

static void make_va_mapping(struct call *call)
{
    call->args[0] = any_va();
    call->args[1] = any_entry();
    call->args[2] = one_in(3) ? random_edge(dice) : below(8);
    call->args[3] = any_domid();
}

static void make_set_gdt(struct call *call)
{
    uint64_t frames[14];

    for (unsigned i = 0; i < 14; i++)
        frames[i] = any_mfn();
    call->args[0] = put(frames, sizeof(frames));
    call->args[1] = one_in(3) ? 0 : below(7200);
}

static void make_update_descriptor(struct call *call)
{
    call->args[0] = any_mfn() << PAGE_SHIFT | below(512) * 8;
    call->args[1] = one_in(2) ? 0x00cff3000000ffffUL : random_edge(dice);
}

static struct xen_memory_reservation any_reservation(bool is_pfn_list)
{
    uint64_t list[LIST_MAX];
    struct xen_memory_reservation op = {
        .nr_extents = one_in(20) ? random_edge(dice) : below(LIST_MAX),
        .extent_order = (uint32_t)(one_in(6) ? random_edge(dice) : below(3)),
        .mem_flags = (uint32_t)(one_in(4) ? random_edge(dice) : 0),
        .domid = any_domid(),
    };

    for (unsigned i = 0; i < LIST_MAX; i++)
        list[i] = is_pfn_list ? 1024 + below(200) : any_mfn();
    op.extent_start = put_list(list, sizeof(list));
    return op;
}

static void make_memory_op(struct call *call)
{
    static const uint8_t reservations[] = { XENMEM_increase_reservation,
                                            XENMEM_decrease_reservation, XENMEM_populate_physmap };
    struct xen_memory_exchange exchange;
    struct xen_memory_reservation reservation;

    call->args[0] = below(30) | (one_in(10) ? below(20) << 6 : 0);
    if (one_in(2)) {
        uint8_t command = reservations[below(3)];

        reservation = any_reservation(command == XENMEM_populate_physmap);
        call->args[0] = command;
        call->args[1] = PUT(reservation);
    } else if (one_in(3)) {
        exchange.in = any_reservation(false);
        exchange.out = exchange.in;
        exchange.out.extent_start = exchange.in.extent_start + (one_in(2) ? 0 : 64);
        if (one_in(2)) {
            exchange.in.extent_order = 0;
            exchange.in.nr_extents = 4;
            exchange.out.extent_order = 2;
            exchange.out.nr_extents = 1;
        }
        exchange.nr_exchanged = one_in(10) ? below(4) : 0;
        call->args[0] = XENMEM_exchange;
        call->args[1] = PUT(exchange);
    } else {
        call->args[1] = noise_argument();
    }
}

static void make_event_channel_op(struct call *call)
{
    union {
        struct evtchn_bind_interdomain interdomain;
        struct evtchn_bind_virq virq;
        struct evtchn_alloc_unbound unbound;
        struct evtchn_init_control init;
        struct evtchn_expand_array expand;
        uint32_t words[8];
    } op = { .words = { any_port(), any_vcpu(), any_vcpu() } };

    call->args[0] = below(15);
    switch (call->args[0]) {
    case EVTCHNOP_bind_interdomain:
        op.interdomain.remote_dom = any_domid();
        op.interdomain.remote_port = any_port();
        break;
    case EVTCHNOP_bind_virq:
        op.virq.virq = (uint32_t)below(26);
        op.virq.vcpu = any_vcpu();
        break;
    case EVTCHNOP_alloc_unbound:
        op.unbound.dom = any_domid();
        op.unbound.remote_dom = any_domid();
        break;
    case EVTCHNOP_init_control:
        op.init.control_gfn = any_mfn();
        op.init.offset = (uint32_t)below(4100);
        op.init.vcpu = any_vcpu();
        break;
    case EVTCHNOP_expand_array:
        op.expand.array_gfn = any_mfn();
        break;
    default:
        break;
    }
    call->args[1] = PUT(op);
}

static uint64_t any_handle(void)
{
    return one_in(10) ? random_edge(dice) : below(12);
}

static void fill_grant(uint32_t command, void *entry)
{
    struct gnttab_map_grant_ref *map = entry;
    struct gnttab_unmap_grant_ref *unmap = entry;
    struct gnttab_copy *copy = entry;
    struct gnttab_setup_table *setup = entry;
    uint64_t place = one_in(3) ? any_mfn() << PAGE_SHIFT | below(512) * 8 : any_va();

    switch (command) {
    case GNTTABOP_map_grant_ref:
        map->host_addr = place;
        map->flags = (uint32_t)(one_in(6) ? random_edge(dice) : GNTMAP_host_map | below(32));
        map->ref = (uint32_t)below(16);
        map->dom = any_domid();
        break;
    case GNTTABOP_unmap_grant_ref:
        unmap->host_addr = one_in(4) ? 0 : place;
        unmap->handle = (uint32_t)any_handle();
        break;
    case GNTTABOP_copy:
        copy->source.u.ref = (uint32_t)below(16);
        copy->source.domid = any_domid();
        copy->source.offset = (uint16_t)below(4100);
        copy->dest.u.gmfn = any_mfn();
        copy->dest.domid = DOMID_SELF;
        copy->dest.offset = (uint16_t)below(4100);
        copy->len = (uint16_t)below(200);
        copy->flags = (uint16_t)below(4);
        break;
    case GNTTABOP_setup_table:
        setup->dom = any_domid();
        setup->nr_frames = (uint32_t)below(6);
        setup->frame_list = WORLD_ARGUMENTS;
        break;
    default:
        for (unsigned i = 0; i < 8; i++)
            ((uint32_t *)entry)[i] = (uint32_t)random_edge(dice);
        break;
    }
}

/* Entries of the domain's own table, as a guest writes them. */
static void write_grants(void)
{
    struct grant_entry_v1 *table;
    mfn_t frame;

    if (grant_table_frame(self(), 0, &frame))
        return;
    table = mfn_to_virt(frame);
    table[below(16)] = (struct grant_entry_v1){
        .flags = (uint16_t)(one_in(4) ? random_edge(dice) : GTF_permit_access | below(2) << 2),
        .domid = (domid_t)below(DOMAINS),
        .frame = (uint32_t)any_mfn(),
    };
}

static void make_grant_table_op(struct call *call)
{
    static const uint8_t sizes[] = { 32, 24, 24, 8, 24, 40, 16, 24, 4, 16, 8, 12, 16 };
    uint64_t list[LIST_MAX * 5];
    uint32_t command = (uint32_t)below(14);
    uint64_t count = 1 + below(4);

    if (one_in(3))
        write_grants();
    memset(list, 0, sizeof(list));
    for (unsigned i = 0; i < count && command < sizeof(sizes); i++)
        fill_grant(command, (uint8_t *)list + i * sizes[command]);
    call->args[0] = command;
    call->args[1] = put_list(list, sizeof(list));
    call->args[2] = count;
}

static void make_vcpu_op(struct call *call)
{
    struct vcpu_register_vcpu_info info = { .mfn = any_mfn(), .offset = (uint32_t)below(4100) };
    struct vcpu_set_singleshot_timer timer = { .timeout_abs_ns = random_edge(dice),
                                               .flags = (uint32_t)below(3) };

    call->args[0] = below(15);
    call->args[1] = any_vcpu();
    if (call->args[0] == VCPUOP_down && self()->is_control)
        call->args[0] = VCPUOP_is_up; /* the last one down ends the machine */
    if (call->args[0] == VCPUOP_register_vcpu_info)
        call->args[2] = PUT(info);
    else if (call->args[0] == VCPUOP_set_singleshot_timer)
        call->args[2] = PUT(timer);
    else
        call->args[2] = noise_argument();
}

static void make_sched_op(struct call *call)
{
    uint32_t ports[4] = { any_port(), any_port(), any_port(), any_port() };
    struct sched_poll poll = { .ports = put_list(ports, sizeof(ports)),
                               .nr_ports = (uint32_t)below(5),
                               .timeout = random_edge(dice) };

    switch (below(4)) {
    case 0:
        call->args[0] = SCHEDOP_yield;
        break;
    case 1:
        call->args[0] = SCHEDOP_block;
        break;
    case 2:
        call->args[0] = SCHEDOP_poll;
        call->args[1] = PUT(poll);
        break;
    default:
        call->args[0] = SCHEDOP_shutdown_code;
        call->args[1] = noise_argument();
        break;
    }
}

static void make_platform_op(struct call *call)
{
    struct xen_platform_op op;

    memset(&op, 0, sizeof(op));
    op.cmd = (uint32_t)below(64);
    if (op.cmd == XENPF_enter_acpi_sleep)
        op.cmd = XENPF_settime64;
    op.interface_version = XENPF_INTERFACE_VERSION;
    for (unsigned i = 0; i < 5; i++)
        ((uint64_t *)&op.u)[i] = random_edge(dice);
    call->args[0] = PUT(op);
}

static void make_command(struct call *call)
{
    call->args[0] = one_in(8) ? random_edge(dice) : below(30);
    call->args[1] = noise_argument();
    call->args[2] = random_edge(dice);
}

static void make_noise(struct call *call)
{
    for (unsigned i = 0; i < 5; i++)
        call->args[i] = one_in(3) ? noise_argument() : random_edge(dice);
}

static void make_physdev_op(struct call *call)
{
    call->args[0] = below(34);
    call->args[1] = noise_argument();
}

static void make_console_io(struct call *call)
{
    call->args[0] = below(3);
    call->args[1] = below(5000);
    call->args[2] = noise_argument();
}

static void make_trap_table(struct call *call)
{
    struct trap_info list[LIST_MAX];

    for (unsigned i = 0; i < LIST_MAX; i++)
        list[i] = (struct trap_info){ .vector = (uint8_t)below(256),
                                      .flags = (uint8_t)below(8),
                                      .cs = (uint16_t)random_edge(dice),
                                      .address = random_edge(dice) };
    list[LIST_MAX - 1].address = 0;
    call->args[0] = one_in(8) ? 0 : put_list(list, sizeof(list));
}

static void make_any(struct call *call, bool may_nest);

static void make_multicall(struct call *call)
{
    struct multicall_entry list[4];
    uint64_t count = 1 + below(4);

    for (unsigned i = 0; i < count; i++) {
        struct call inner;

        make_any(&inner, false);
        list[i] = (struct multicall_entry){ .op = inner.number };
        memcpy(list[i].args, inner.args, sizeof(inner.args));
    }
    call->args[0] = put_list(list, sizeof(list));
    call->args[1] = count;
}

static const struct {
    uint8_t number;
    uint8_t weight;
    void (*make)(struct call *call);
} makers[] = {
    { __HYPERVISOR_mmu_update, 30, make_mmu_update },
    { __HYPERVISOR_mmuext_op, 24, make_mmuext_op },
    { __HYPERVISOR_update_va_mapping, 16, make_va_mapping },
    { __HYPERVISOR_update_va_mapping_otherdomain, 4, make_va_mapping },
    { __HYPERVISOR_memory_op, 16, make_memory_op },
    { __HYPERVISOR_grant_table_op, 20, make_grant_table_op },
    { __HYPERVISOR_event_channel_op, 16, make_event_channel_op },
    { __HYPERVISOR_vcpu_op, 8, make_vcpu_op },
    { __HYPERVISOR_sched_op, 3, make_sched_op },
    { __HYPERVISOR_set_gdt, 5, make_set_gdt },
    { __HYPERVISOR_update_descriptor, 5, make_update_descriptor },
    { __HYPERVISOR_set_trap_table, 2, make_trap_table },
    { __HYPERVISOR_platform_op, 2, make_platform_op },
    { __HYPERVISOR_physdev_op, 3, make_physdev_op },
    { __HYPERVISOR_console_io, 2, make_console_io },
    { __HYPERVISOR_xen_version, 2, make_command },
    { __HYPERVISOR_callback_op, 2, make_command },
    { __HYPERVISOR_nmi_op, 1, make_command },
    { __HYPERVISOR_vm_assist, 1, make_command },
    { __HYPERVISOR_set_segment_base, 1, make_noise },
    { __HYPERVISOR_stack_switch, 1, make_noise },
    { __HYPERVISOR_set_callbacks, 1, make_noise },
    { __HYPERVISOR_set_debugreg, 1, make_noise },
    { __HYPERVISOR_get_debugreg, 1, make_noise },
    { __HYPERVISOR_fpu_taskswitch, 1, make_noise },
    { __HYPERVISOR_set_timer_op, 1, make_noise },
    { __HYPERVISOR_sysctl, 2, make_noise },
    { __HYPERVISOR_domctl, 2, make_noise },
    { 63, 1, make_noise },
    { __HYPERVISOR_multicall, 10, make_multicall },
};

#define MAKERS (sizeof(makers) / sizeof(makers[0]))

static void make_any(struct call *call, bool may_nest)
{
    uint64_t total = 0, chosen;
    size_t count = may_nest ? MAKERS : MAKERS - 1; /* multicall is the last */
    size_t i = 0;

    for (size_t j = 0; j < count; j++)
        total += makers[j].weight;
    for (chosen = below(total); chosen >= makers[i].weight; i++)
        chosen -= makers[i].weight;
    memset(call, 0, sizeof(*call));
    call->number = makers[i].number;
    makers[i].make(call);
}

/* ---- a case ---- */

static void check_result(const struct call *call, long result)
{
    bool is_any = call->number == __HYPERVISOR_get_debugreg;

    FUZZ_CHECK(result != HYPERCALL_NO_RESULT && result != HYPERCALL_RESTART);
    FUZZ_CHECK(is_any || result >= -110);
    FUZZ_CHECK(result != -ERESTART);
}

static void one_call(void)
{
    struct domain *d = domains[below(DOMAINS)];
    struct call call;
    long result;

    world_run(d->vcpus[0]);
    make_any(&call, true);
    result = world_call(call.number, call.args[0], call.args[1], call.args[2], call.args[3],
                        call.args[4]);
    check_result(&call, result);
    world_check();
}

void fuzz_case(struct random *random)
{
    dice = random;
    world_start();
    for (unsigned id = 0; id < DOMAINS; id++)
        domains[id] = world_domain((uint16_t)id, VCPUS);
    world_preempt_one_in = one_in(2) ? 0 : (uint32_t)(1 + below(6));
    for (unsigned i = 0; i < CALLS_PER_CASE; i++)
        one_call();
    world_end();
}
