/* SPDX-License-Identifier: MIT */
/* Event channels and grants, that is, what two domains do with each other. */
#include <string.h>

#include "arch/pte.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "grant/grant_table.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/grant_table.h"
#include "support/whole/world.h"

static domid_t any_other_domain(void)
{
    return one_in(12) ? any_domid() : domains[below(DOMAINS)]->id;
}

/* ---- events ---- */

void make_event_channel_op(struct call *call)
{
    static const uint8_t common[] = { EVTCHNOP_alloc_unbound, EVTCHNOP_bind_interdomain,
                                      EVTCHNOP_bind_pirq, EVTCHNOP_send, EVTCHNOP_send };
    union {
        struct evtchn_bind_interdomain interdomain;
        struct evtchn_bind_virq virq;
        struct evtchn_alloc_unbound unbound;
        struct evtchn_init_control init;
        struct evtchn_expand_array expand;
        uint32_t words[8];
    } op = { .words = { any_port(), any_vcpu(), any_vcpu() } };

    call->args[0] = one_in(2) ? common[below(sizeof(common))] : below(15);
    switch (call->args[0]) {
    case EVTCHNOP_bind_interdomain:
        op.interdomain.remote_dom = any_other_domain();
        op.interdomain.remote_port = any_port();
        break;
    case EVTCHNOP_bind_virq:
        op.virq.virq = (uint32_t)below(26);
        op.virq.vcpu = any_vcpu();
        break;
    case EVTCHNOP_status:
        op.words[0] = one_in(8) ? any_domid() : DOMID_SELF;
        op.words[1] = any_port();
        break;
    case EVTCHNOP_set_priority:
        op.words[1] = (uint32_t)below(18);
        break;
    case EVTCHNOP_bind_pirq:
        op.words[0] = any_pirq();
        op.words[1] = one_in(6) ? (uint32_t)any_edge() : (uint32_t)below(2);
        break;
    case EVTCHNOP_alloc_unbound:
        op.unbound.dom = one_in(8) ? any_domid() : DOMID_SELF;
        op.unbound.remote_dom = any_other_domain();
        break;
    case EVTCHNOP_init_control:
        op.init.control_gfn = any_plain_mfn();
        op.init.offset = (uint32_t)(one_in(4) ? below(4100) : 8 * below(500));
        op.init.vcpu = any_vcpu();
        break;
    case EVTCHNOP_expand_array:
        op.expand.array_gfn = any_plain_mfn();
        break;
    default:
        break;
    }
    call->args[1] = PUT(op);
}

/* ---- grants ---- */

#define REFS   8u /* few, so that both sides mean the same ones */
#define PLACES 16u

/* Where something was mapped: handles are numbered from 0 on, so the place may be that of one. */
static uint64_t places[PLACES];
static unsigned place_count;

void forget_shares(void)
{
    place_count = 0;
}

static uint64_t any_handle(void)
{
    return one_in(10) ? any_edge() : below(8);
}

/* A page in the middle of a table, where nothing else is, or the address of a table's entry. */
static uint64_t any_place(uint32_t flags)
{
    uint64_t first;

    if (!(flags & GNTMAP_contains_pte))
        return one_in(4) ? any_va() : WORLD_VIRT_BASE + (300 + below(24)) * PAGE_SIZE;
    (void)world_tables(self(), &first);
    if (one_in(4))
        return any_mfn() << PAGE_SHIFT | below(512) * 8;
    return world_mfn(self(), first + 3 + below(2)).number << PAGE_SHIFT | (300 + below(24)) * 8;
}

static void fill_map(struct gnttab_map_grant_ref *map)
{
    map->flags = GNTMAP_host_map;
    if (one_in(6))
        map->flags ^= (uint32_t)(one_in(3) ? any_edge() : below(32));
    if (one_in(3))
        map->flags |= GNTMAP_readonly;
    map->host_addr = any_place(map->flags);
    map->ref = (uint32_t)below(REFS + 1);
    map->dom = any_other_domain();
    places[place_count++ % PLACES] = map->host_addr;
}

static void fill_unmap(struct gnttab_unmap_grant_ref *unmap)
{
    unmap->host_addr = one_in(8) ? any_place((uint32_t)any_edge()) : places[below(PLACES)];
    unmap->dev_bus_addr = one_in(12) ? any_mfn() << PAGE_SHIFT : 0;
    unmap->handle = (uint32_t)any_handle();
}

static void fill_replace(struct gnttab_unmap_and_replace *replace)
{
    replace->host_addr = places[below(PLACES)];
    replace->new_addr = any_place(0);
    replace->handle = (uint32_t)any_handle();
}

static void fill_copy(struct gnttab_copy *copy)
{
    copy->flags = (uint16_t)(one_in(8) ? any_edge() : below(4));
    copy->source.domid = any_other_domain();
    copy->source.offset = (uint16_t)below(4100);
    copy->dest.domid = any_other_domain();
    copy->dest.offset = (uint16_t)below(4100);
    copy->len = (uint16_t)(one_in(4) ? any_edge() : below(200));
    if (copy->flags & GNTCOPY_source_gref)
        copy->source.u.ref = (uint32_t)below(REFS + 1);
    else
        copy->source.u.gmfn = any_mfn();
    if (copy->flags & GNTCOPY_dest_gref)
        copy->dest.u.ref = (uint32_t)below(REFS + 1);
    else
        copy->dest.u.gmfn = any_mfn();
}

static void fill_noise(uint32_t words[8])
{
    for (unsigned i = 0; i < 8; i++)
        words[i] = (uint32_t)any_edge();
}

static void fill_setup(struct gnttab_setup_table *setup)
{
    setup->dom = any_domid();
    setup->nr_frames = (uint32_t)below(6);
    setup->frame_list = WORLD_ARGUMENTS;
}

static void fill_flush(struct gnttab_cache_flush *flush)
{
    flush->op = (uint32_t)(one_in(2) ? GNTTAB_CACHE_SOURCE_GREF : 0) | (uint32_t)below(4);
    if (flush->op & GNTTAB_CACHE_SOURCE_GREF)
        flush->a.ref = (uint32_t)below(REFS + 1);
    else
        flush->a.dev_bus_addr = any_mfn() << PAGE_SHIFT;
    flush->offset = (uint16_t)below(4100);
    flush->length = (uint16_t)below(4100);
}

static void fill_operation(uint32_t command, void *operation)
{
    switch (command) {
    case GNTTABOP_map_grant_ref:
        fill_map(operation);
        break;
    case GNTTABOP_unmap_grant_ref:
        fill_unmap(operation);
        break;
    case GNTTABOP_unmap_and_replace:
        fill_replace(operation);
        break;
    case GNTTABOP_copy:
        fill_copy(operation);
        break;
    case GNTTABOP_setup_table:
        fill_setup(operation);
        break;
    case GNTTABOP_cache_flush:
        fill_flush(operation);
        break;
    default:
        fill_noise(operation);
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
    for (unsigned i = 0; i < 3; i++) {
        table[below(REFS)] = (struct grant_entry_v1){
            .flags = (uint16_t)(one_in(8) ? any_edge() : GTF_permit_access),
            .domid = any_other_domain(),
            .frame = (uint32_t)any_plain_mfn(),
        };
    }
}

void make_grant_table_op(struct call *call)
{
    static const uint8_t common[] = {
        GNTTABOP_map_grant_ref,   GNTTABOP_map_grant_ref, GNTTABOP_unmap_grant_ref,
        GNTTABOP_unmap_grant_ref, GNTTABOP_copy,          GNTTABOP_unmap_and_replace
    };
    static const uint8_t sizes[] = { 32, 24, 24, 8, 24, 40, 16, 24, 4, 16, 8, 12, 16 };
    uint64_t list[LIST_MAX * 5];
    uint32_t command = one_in(4) ? (uint32_t)below(14) : common[below(sizeof(common))];
    uint64_t count = 1 + below(4);

    if (one_in(2))
        write_grants();
    memset(list, 0, sizeof(list));
    for (unsigned i = 0; i < count && command < sizeof(sizes); i++)
        fill_operation(command, (uint8_t *)list + i * sizes[command]);
    call->args[0] = command;
    call->args[1] = put_list(list, sizeof(list));
    call->args[2] = one_in(30) ? any_edge() % 4096 : count;
}
