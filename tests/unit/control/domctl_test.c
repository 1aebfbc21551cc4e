/* SPDX-License-Identifier: MIT */
/* Creation and destruction by the toolstack: failures leave nothing, interruptions change nothing. */
#include <string.h>

#include "control/domain_create.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/guest_context.h"
#include "hypercall-abi/memory.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "support/whole/world.h"

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
ALLOCATOR_THAT_CAN_FAIL(struct frame *, frame_alloc,
                        (unsigned order, unsigned address_bits, unsigned flags),
                        (order, address_bits, flags), NULL)

#define LIST_ADDRESS (WORLD_ARGUMENTS + PAGE_SIZE)

static struct domain *control;

static void start(void)
{
    world_start();
    control = world_domain(0, 1);
    world_run(control->vcpus[0]);
}

static uint64_t *list(void)
{
    return world_page(control, (LIST_ADDRESS - WORLD_VIRT_BASE) >> PAGE_SHIFT);
}

static long domctl(uint32_t command, uint16_t id, struct xen_domctl *op)
{
    long result;

    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = id;
    memcpy(world_arguments(control), op, sizeof(*op));
    result = world_call(__HYPERVISOR_domctl, WORLD_ARGUMENTS, 0, 0, 0, 0);
    memcpy(op, world_arguments(control), sizeof(*op));
    return result;
}

static long create(uint32_t vcpus, uint16_t *id)
{
    struct xen_domctl op = { .u.createdomain = { .max_vcpus = vcpus,
                                                 .max_evtchn_port = 100,
                                                 .max_grant_frames = -1,
                                                 .max_maptrack_frames = -1,
                                                 .grant_opts = 1 } };
    long result = domctl(XEN_DOMCTL_createdomain, DOMID_INVALID, &op);

    *id = op.domain;
    return result;
}

static long destroy(uint16_t id)
{
    struct xen_domctl op = { .cmd = 0 };

    return domctl(XEN_DOMCTL_destroydomain, id, &op);
}

static long populate(uint16_t id, uint64_t pages)
{
    struct xen_memory_reservation op = { .extent_start = LIST_ADDRESS,
                                         .nr_extents = pages,
                                         .domid = id };

    for (uint64_t i = 0; i < pages; i++)
        list()[i] = i;
    memcpy(world_arguments(control), &op, sizeof(op));
    return world_call(__HYPERVISOR_memory_op, XENMEM_populate_physmap, WORLD_ARGUMENTS, 0, 0, 0);
}

/* ---- creation ---- */

static int create_with_vcpus(void *unused)
{
    struct xen_domctl op = { .u.max_vcpus.max = 2 };
    uint16_t id;
    long result = create(2, &id);

    (void)unused;
    if (result == 0) {
        result = domctl(XEN_DOMCTL_max_vcpus, id, &op);
        ck_assert_int_eq(destroy(id), 0);
    }
    world_settle();
    ck_assert(result == 0 || result == -ENOMEM);
    ck_assert_ptr_null(domain_next(1));
    return (int)result;
}

TEST(domctl, creation_that_finds_no_memory_leaves_nothing)
{
    uint64_t before;

    start();
    /* The first time for what the heap keeps. */
    ck_assert_uint_gt(sweep_allocation_failures(create_with_vcpus, NULL), 8);
    before = frames_free_total();
    (void)sweep_allocation_failures(create_with_vcpus, NULL);
    ck_assert_uint_eq(frames_free_total(), before);
}

/* ---- destruction ---- */

static void fill_and_destroy(uint32_t preempt_one_in)
{
    struct xen_domctl op = { .u.max_mem.max_memkb = 1600 };
    uint64_t before;
    uint16_t id;

    start();
    before = frames_free_total();
    ck_assert_int_eq(create(1, &id), 0);
    ck_assert_int_eq(domctl(XEN_DOMCTL_max_mem, id, &op), 0);
    ck_assert_int_eq(populate(id, 400), 400);
    ck_assert_uint_eq(domain_find(id)->total_pages, 400);
    world_preempt_one_in = preempt_one_in;
    ck_assert_int_eq(destroy(id), 0);
    world_settle();
    ck_assert_ptr_null(domain_find(id));
    ck_assert_uint_ge(frames_free_total() + 8, before); /* the heap may keep some */
    world_preempt_one_in = 0;
    world_check();
}

TEST(domctl, destruction_gives_everything_back)
{
    fill_and_destroy(0);
}

TEST(domctl, destruction_goes_on_where_it_was_interrupted)
{
    fill_and_destroy(1);
    ck_assert_uint_gt(world_restarts, 7); /* more than there are stages to stop between */
}

/* The control domain has a page of @d in a page table of its own. */
static void map_page_of(uint16_t id, uint64_t number)
{
    uint64_t entry = number << PAGE_SHIFT | 7;

    ck_assert_int_eq(world_call(__HYPERVISOR_update_va_mapping_otherdomain,
                                WORLD_VIRT_BASE + 500 * PAGE_SIZE, entry, 0, id, 0),
                     0);
}

TEST(domctl, a_domain_whose_page_is_mapped_is_dying_until_it_is_not)
{
    struct xen_domctl op = { .u.max_mem.max_memkb = 40 };
    uint16_t id;

    start();
    ck_assert_int_eq(create(1, &id), 0);
    ck_assert_int_eq(domctl(XEN_DOMCTL_max_mem, id, &op), 0);
    ck_assert_int_eq(populate(id, 10), 10);
    map_page_of(id, list()[3]);
    ck_assert_int_eq(destroy(id), 0);
    ck_assert_int_eq(destroy(id), 0);
    ck_assert_int_eq(domctl(XEN_DOMCTL_getdomaininfo, id, &op), 0);
    ck_assert_uint_eq(op.domain, id);
    ck_assert_uint_eq(op.u.getdomaininfo.flags, XEN_DOMINF_dying | XEN_DOMINF_paused);
    ck_assert_uint_eq(op.u.getdomaininfo.tot_pages, 1);
    ck_assert_int_eq(domctl(XEN_DOMCTL_pausedomain, id, &op), -ESRCH);
    ck_assert_int_eq(domctl(XEN_DOMCTL_max_mem, id, &op), -ESRCH);

    ck_assert_int_eq(world_call(__HYPERVISOR_update_va_mapping, WORLD_VIRT_BASE + 500 * PAGE_SIZE,
                                0, 0, 0, 0),
                     0);
    world_settle();
    ck_assert_int_eq(destroy(id), -ESRCH);
    world_check();
}

/* ---- states of vCPUs ---- */

static long set_context(struct domain *d, const struct vcpu_guest_context *context)
{
    struct xen_domctl op = { .u.vcpucontext.ctxt = LIST_ADDRESS };

    /* Two pages, behind each other in memory as well as for the guest. */
    for (uint64_t done = 0; done < sizeof(*context); done += PAGE_SIZE) {
        uint64_t left = sizeof(*context) - done;
        void *page = world_page(control, (LIST_ADDRESS + done - WORLD_VIRT_BASE) >> PAGE_SHIFT);

        memcpy(page, (const uint8_t *)context + done, left < PAGE_SIZE ? left : PAGE_SIZE);
    }
    return domctl(XEN_DOMCTL_setvcpucontext, d->id, &op);
}

TEST(domctl, a_state_that_is_refused_when_the_old_one_is_gone_leaves_the_vcpu_down)
{
    struct vcpu_guest_context context = { .flags = VGCF_in_kernel | VGCF_online, .gdt_ents = 1 };
    uint64_t tables;
    struct domain *d;

    start();
    d = world_domain(1, 1);
    (void)world_tables(d, &tables);
    ck_assert(d->vcpus[0]->is_initialised);
    context.ctrlreg[3] = world_mfn(d, tables).number << PAGE_SHIFT;
    context.gdt_frames[0] = world_mfn(d, tables).number; /* a page table is no GDT */
    ck_assert_int_lt(set_context(d, &context), 0);
    ck_assert(!d->vcpus[0]->is_initialised);
    ck_assert(atomic_load(&d->vcpus[0]->blocked_by) & VCPU_DOWN);
    world_check();
    context.gdt_ents = 0;
    ck_assert_int_eq(set_context(d, &context), 0);
    ck_assert(d->vcpus[0]->is_initialised);
    ck_assert_int_eq(atomic_load(&d->vcpus[0]->blocked_by), 0);
    world_check();
}

TEST(domctl, a_state_that_cannot_be_leaves_the_old_one)
{
    struct vcpu_guest_context context = { .flags = VGCF_in_kernel, .gdt_ents = 100000 };
    struct domain *d;
    uint64_t rip;

    start();
    d = world_domain(1, 1);
    rip = d->vcpus[0]->regs.rip;
    ck_assert_int_eq(set_context(d, &context), -EINVAL);
    ck_assert(d->vcpus[0]->is_initialised);
    ck_assert_uint_eq(d->vcpus[0]->regs.rip, rip);
    ck_assert_int_eq(atomic_load(&d->vcpus[0]->blocked_by), 0);
}
