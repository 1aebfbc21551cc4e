/* SPDX-License-Identifier: MIT */
/* Page tables, descriptors and the domain's memory. */
#include <string.h>

#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/xen.h"
#include "support/whole/world.h"

void make_mmu_update(struct call *call)
{
    struct mmu_update list[LIST_MAX];
    uint64_t count = 1 + below(LIST_MAX);

    for (unsigned i = 0; i < count; i++) {
        list[i].ptr = any_mfn() << PAGE_SHIFT | below(512) * 8 | (one_in(4) ? below(8) : 0);
        list[i].val = one_in(8) ? below(WORLD_DOMAIN_PAGES) : any_entry();
    }
    call->args[0] = put_list(list, sizeof(list));
    call->args[1] = one_in(30) ? any_edge() % 4096 : count;
    call->args[2] = one_in(2) ? 0 : noise_argument();
    call->args[3] = any_domid() | (one_in(8) ? below(DOMAINS + 2) << 16 : 0);
}

void make_mmuext_op(struct call *call)
{
    struct mmuext_op list[LIST_MAX];
    uint64_t count = 1 + below(4);

    memset(list, 0, sizeof(list));
    for (unsigned i = 0; i < count; i++) {
        list[i].cmd = (uint32_t)(one_in(20) ? any_edge() : below(21));
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

void make_va_mapping(struct call *call)
{
    call->args[0] = any_va();
    call->args[1] = any_entry();
    call->args[2] = one_in(3) ? any_edge() : below(8);
    call->args[3] = any_domid();
}

void make_set_gdt(struct call *call)
{
    uint64_t frames[14];

    for (unsigned i = 0; i < 14; i++)
        frames[i] = any_mfn();
    call->args[0] = put(frames, sizeof(frames));
    call->args[1] = one_in(3) ? 0 : below(7200);
}

void make_update_descriptor(struct call *call)
{
    call->args[0] = any_mfn() << PAGE_SHIFT | below(512) * 8;
    call->args[1] = one_in(2) ? 0x00cff3000000ffffUL : any_edge();
}

static struct xen_memory_reservation any_reservation(bool is_pfn_list)
{
    uint64_t list[LIST_MAX];
    struct xen_memory_reservation op = {
        .nr_extents = one_in(20) ? any_edge() : below(LIST_MAX),
        .extent_order = (uint32_t)(one_in(6) ? any_edge() : below(3)),
        .mem_flags = (uint32_t)(one_in(4) ? any_edge() : 0),
        .domid = any_domid(),
    };

    for (unsigned i = 0; i < LIST_MAX; i++)
        list[i] = is_pfn_list ? 1024 + below(200) : any_mfn();
    op.extent_start = put_list(list, sizeof(list));
    return op;
}

void make_memory_op(struct call *call)
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
