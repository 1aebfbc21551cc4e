/* SPDX-License-Identifier: MIT */
#include "grant_world.h"

#include "domain/handlers.h"
#include "domain/quiet.h"
#include "domain/shared_info.h"
#include "hypercall-abi/xen.h"
#include "mm/heap.h"

struct actor control, granter, mapper;
uint64_t frame_list[LIST_ENTRIES];
void (*on_flush)(void);
void (*on_take)(void);
unsigned flushes;
unsigned domains_released;

void __real_mmu_flush_domain(struct domain *d, uint32_t stamp);
void __wrap_mmu_flush_domain(struct domain *d, uint32_t stamp);
void __wrap_mmu_flush_domain(struct domain *d, uint32_t stamp)
{
    flushes++;
    if (on_flush)
        on_flush();
    __real_mmu_flush_domain(d, stamp);
}

int __real_mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken);
int __wrap_mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken);
int __wrap_mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken)
{
    int error = __real_mmu_grant_take(v, entry_address, taken);

    if (on_take)
        on_take();
    return error;
}

static void release_domain(struct domain *d)
{
    domains_released++;
    grant_domain_free(d);
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        mmu_vcpu_destroy(d->vcpus[i]);
        vcpu_free(d->vcpus[i]);
    }
    domain_free(d);
}

/* ---- start ---- */

void run(const struct actor *actor)
{
    fake_cpu_become(actor->cpu);
}

static void make_tables(struct actor *actor)
{
    tree_build(&actor->tree, actor->d, 1, 2, 1);
    guest_run(actor->v, actor->cpu);
    ck_assert_int_eq(mmu_set_kernel_l4(actor->v, actor->tree.l4), 0);
}

static void make_grant_frame(struct actor *actor)
{
    mfn_t frame;

    ck_assert_int_eq(grant_domain_create(actor->d, FRAME_LIMIT, HANDLE_FRAME_LIMIT), 0);
    ck_assert_int_eq(grant_table_frame(actor->d, 0, &frame), 0);
    actor->entries = mfn_to_virt(frame);
}

static void start_actor(struct actor *actor, uint16_t id)
{
    actor->d = guest_create(id, 1);
    frame_share_special(mfn_to_frame(actor->d->shared_frame), actor->d, true);
    actor->v = actor->d->vcpus[0];
    actor->cpu = id;
    make_tables(actor);
    make_grant_frame(actor);
}

void world_start(void)
{
    static bool is_registered;

    mmu_machine_start(4);
    if (!is_registered)
        grant_init();
    is_registered = true;
    domain_handlers.domain_released = release_domain;
    fake_guest_map(LIST_ADDRESS, frame_list, sizeof(frame_list), true);
    start_actor(&control, 0);
    start_actor(&granter, 1);
    start_actor(&mapper, 2);
    EXPECT_ALL_CONSISTENT();
}

/* ---- memory as the guests see it ---- */

uint64_t slot_va(unsigned slot)
{
    return (uint64_t)slot << PAGE_SHIFT;
}

uint64_t slot_entry(const struct actor *actor, unsigned slot)
{
    return entry_at(actor->tree.l1[0][0], slot);
}

uint64_t slot_machine_address(const struct actor *actor, unsigned slot)
{
    return mfn_to_maddr(actor->tree.l1[0][0]).value + slot * sizeof(uint64_t);
}

void grant_to(const struct actor *from, grant_ref_t ref, const struct actor *to, mfn_t page,
              uint16_t flags)
{
    from->entries[ref] = (struct grant_entry_v1){ .flags = flags,
                                                  .domid = to->d->id,
                                                  .frame = (uint32_t)page.number };
}

bool revoke(const struct actor *from, grant_ref_t ref)
{
    _Atomic uint16_t *flags = (_Atomic uint16_t *)&from->entries[ref].flags;
    uint16_t seen = atomic_load(flags);

    do {
        if (seen & (GTF_reading | GTF_writing))
            return false;
    } while (!atomic_compare_exchange_weak(flags, &seen, 0));
    return true;
}

/* ---- operations ---- */

int do_map(const struct actor *actor, struct gnttab_map_grant_ref *op)
{
    op->status = 77;
    ck_assert_int_eq(gnttab_op_map_grant_ref(actor->v, op, 1), 0);
    EXPECT_ALL_CONSISTENT();
    return op->status;
}

int do_unmap(const struct actor *actor, struct gnttab_unmap_grant_ref *op)
{
    op->status = 77;
    ck_assert_int_eq(gnttab_op_unmap_grant_ref(actor->v, op, 1), 0);
    EXPECT_ALL_CONSISTENT();
    return op->status;
}

int do_replace(const struct actor *actor, struct gnttab_unmap_and_replace *op)
{
    op->status = 77;
    ck_assert_int_eq(gnttab_op_unmap_and_replace(actor->v, op, 1), 0);
    EXPECT_ALL_CONSISTENT();
    return op->status;
}

int do_copy(const struct actor *actor, struct gnttab_copy *op)
{
    op->status = 77;
    ck_assert_int_eq(gnttab_op_copy(actor->v, op, 1), 0);
    EXPECT_ALL_CONSISTENT();
    return op->status;
}

grant_handle_t map_at(const struct actor *actor, const struct actor *from, grant_ref_t ref,
                      unsigned slot, uint32_t flags)
{
    struct gnttab_map_grant_ref op = {
        .host_addr = slot_va(slot), .flags = GNTMAP_host_map | flags, .ref = ref, .dom = from->d->id
    };

    ck_assert_int_eq(do_map(actor, &op), GNTST_okay);
    return op.handle;
}

int unmap_at(const struct actor *actor, grant_handle_t handle, unsigned slot)
{
    struct gnttab_unmap_grant_ref op = { .host_addr = slot_va(slot), .handle = handle };

    return do_unmap(actor, &op);
}

/* ---- death ---- */

void close_grants(struct actor *actor)
{
    atomic_store(&actor->d->life, DOMAIN_DYING);
    while (grant_domain_close(actor->d))
        EXPECT_ALL_CONSISTENT();
    EXPECT_ALL_CONSISTENT();
}

void forget_memory(struct actor *actor)
{
    while (mmu_domain_teardown(actor->d))
        EXPECT_ALL_CONSISTENT();
    for (uint64_t number = 0; number < frame_count; number++) {
        struct frame *frame = frame_lookup(mfn(number));
        bool was_allocated;

        if (!frame || !frame_get_quick(frame, actor->d))
            continue;
        was_allocated = frame_release_allocation(frame);
        frame_put(frame);
        if (was_allocated)
            EXPECT_ALL_CONSISTENT();
    }
}

void pass_quiet_points(void)
{
    uint32_t here = this_cpu()->id;

    /* What is asked for during a period waits for the next one. */
    for (uint32_t i = 0; i < 3 * cpu_count; i++) {
        fake_cpu_become(i % cpu_count);
        domain_quiet_point();
    }
    fake_cpu_become(here);
}

void kill_actor(struct actor *actor)
{
    close_grants(actor);
    forget_memory(actor);
    shared_info_retire(actor->d);
    frame_unshare_special(mfn_to_frame(actor->d->shared_frame));
    atomic_store(&actor->d->life, DOMAIN_DEAD);
    domain_put(actor->d);
    pass_quiet_points();
}
