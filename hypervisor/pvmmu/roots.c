/* SPDX-License-Identifier: MIT */
/*
 * The root page tables of vCPUs (plain flavour: one for each mode, CR3 is written each way).
 *
 * A guest's L4 is never in CR3. Each vCPU has pages of its own, filled from its kernel and user
 * L4s, the ones in use and the last ones before; the hypervisor's slots in them never change. A guest's
 * L4 may be written by any vCPU of the domain at any time, so:
 *
 *   the writer    holds the L4's write lock, changes the entry and the summary, then looks which
 *                 roots have this L4, and for each writes the slot under the vCPU's root_lock;
 *   the filler    holds its root_lock, notes the new L4 in the root, then reads summary and
 *                 entries.
 *
 * Between its store and its loads each has a full barrier: if the writer does not see the
 * root's new L4 yet, the filler sees the new entry.
 *
 * A root that is not in use holds no reference to its L4, but is kept like its L4 by the writers as
 * long as that is validated. Before an L4 is taken apart roots_forget() empties what is filled from it:
 * an idle CPU may still have such a page in CR3, and walk it at any time. So a root that says it
 * has an L4, asked by whoever has a type reference to that L4, is up to date: the L4 has been
 * validated all the time.
 *
 * No flush belongs to it. An entry that was absent is cached nowhere (SDM 3A 4.10.2.3 and
 * 4.10.3.1); for one that was present the guest has to flush as on a real machine, and what it may
 * still reach by not doing so keeps its type until it is flushed by the frames' stamps, which
 * are taken after the roots are changed (frame_type.c).
 *
 * cpu->root_vcpu says whose root is in CR3. It and the bit in the domain's dirty_cpus are set
 * before CR3 is written and cleared after: who does not see them changed the tables before this CPU
 * could cache anything of them.
 */
#include "pvmmu/roots.h"

#include "arch/arch.h"
#include "arch/pte.h"
#include "console/trace.h"
#include "lib/assert.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "pvmmu/descriptor_window.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/l4_summary.h"
#include "pvmmu/pvmmu.h"

/* ---- contents ---- */

/* By group of 64 slots: those that are the guest's. No summary, however wrong, touches others. */
static const uint64_t guest_bits[L4_SUMMARY_GROUPS] = {
    ~0UL, ~0UL, ~0UL, ~0UL, ~0xffffUL, ~0UL, ~0UL, ~0UL,
};
_Static_assert(HOLE_FIRST_SLOT == 4 * 64 && HOLE_LAST_SLOT == HOLE_FIRST_SLOT + 15, "guest_bits");

static ALWAYS_INLINE void copy_group(struct mmu_root *root, const uint64_t *table, unsigned group,
                                     uint64_t present)
{
    uint64_t first = group * 64UL;
    uint64_t *page = &root->page[first];

    for (uint64_t rest = root->slots[group] & ~present; rest; rest &= rest - 1)
        WRITE_ONCE(page[bit_lowest(rest)], 0);
    for (uint64_t rest = present; rest; rest &= rest - 1)
        WRITE_ONCE(page[bit_lowest(rest)], READ_ONCE(table[first + bit_lowest(rest)]));
    root->slots[group] = present;
}

/* The root's page gets what @table has (NULL: nothing), in as few steps as there are entries. */
static void copy_slots(struct mmu_root *root, const uint64_t *table)
{
    uint32_t groups = table ? l4_groups(table) : 0;

    for (uint32_t rest = groups | root->groups; rest; rest &= rest - 1) {
        unsigned group = bit_lowest(rest);

        copy_group(root, table, group, table ? l4_summary(table, group) & guest_bits[group] : 0);
    }
    root->groups = (uint8_t)groups;
}

/* @l4 has the type and stays validated (or is MFN_INVALID). Lock held. */
static void fill(struct mmu_root *root, mfn_t l4)
{
    if (mfn_equal(root->l4, l4))
        return;
    WRITE_ONCE(root->l4.number, l4.number);
    barrier_full();
    copy_slots(root, mfn_equal(l4, MFN_INVALID) ? NULL : mfn_to_virt(l4));
}

/*
 * Which of the roots @l4 is to be in: the one that is filled from it, or else the next after the one
 * in use. Only the running vCPU changes over; for another one the page may be in some CPU's
 * CR3, and stays the one in use.
 */
static uint8_t choose_root(const struct mmu_root *roots, uint8_t in_use, mfn_t l4)
{
    for (uint8_t i = 0; i < MMU_ROOTS_KEPT; i++) {
        if (mfn_equal(roots[i].l4, l4))
            return i;
    }
    return (uint8_t)(in_use + 1) % MMU_ROOTS_KEPT;
}

/* Both give back the L4 that was in use before. */
static mfn_t use_kernel_root(struct vcpu *v, mfn_t l4)
{
    struct vcpu_mmu *mmu = &v->mmu;
    mfn_t old;

    spin_lock(&mmu->root_lock);
    old = mmu->kernel_l4;
    if (v == current_vcpu() && !mfn_equal(l4, MFN_INVALID))
        mmu->kernel_in_use = choose_root(mmu->kernel_roots, mmu->kernel_in_use, l4);
    fill(&mmu->kernel_roots[mmu->kernel_in_use], l4);
    mmu->kernel_root = mmu->kernel_roots[mmu->kernel_in_use].page;
    v->kernel_cr3 = virt_to_maddr(mmu->kernel_root).value;
    WRITE_ONCE(mmu->kernel_l4.number, l4.number);
    spin_unlock(&mmu->root_lock);
    return old;
}

static mfn_t use_user_root(struct vcpu *v, mfn_t l4)
{
    struct vcpu_mmu *mmu = &v->mmu;
    mfn_t old;

    spin_lock(&mmu->root_lock);
    old = mmu->user_l4;
    if (v == current_vcpu() && !mfn_equal(l4, MFN_INVALID))
        mmu->user_in_use = choose_root(mmu->user_roots, mmu->user_in_use, l4);
    fill(&mmu->user_roots[mmu->user_in_use], l4);
    mmu->user_root = mmu->user_roots[mmu->user_in_use].page;
    v->user_cr3 = mfn_equal(l4, MFN_INVALID) ? 0 : virt_to_maddr(mmu->user_root).value;
    WRITE_ONCE(mmu->user_l4.number, l4.number);
    spin_unlock(&mmu->root_lock);
    return old;
}

static void sync_root(struct vcpu *v, struct mmu_root *root, mfn_t l4, unsigned slot,
                      uint64_t entry)
{
    spin_lock(&v->mmu.root_lock);
    if (mfn_equal(root->l4, l4)) {
        WRITE_ONCE(root->page[slot], entry);
        if (entry)
            bitmap_set(root->slots, slot);
        else
            bitmap_clear(root->slots, slot);
        root->groups |= (uint8_t)(1u << slot / 64);
    }
    spin_unlock(&v->mmu.root_lock);
}

void roots_sync(struct domain *d, mfn_t l4, unsigned slot, uint64_t entry)
{
    uint64_t stored = (entry & PTE_PRESENT) ? entry : 0;

    barrier_full();
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu_mmu *mmu = &d->vcpus[i]->mmu;

        for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
            if (READ_ONCE(mmu->kernel_roots[n].l4.number) == l4.number)
                sync_root(d->vcpus[i], &mmu->kernel_roots[n], l4, slot, stored);
            if (READ_ONCE(mmu->user_roots[n].l4.number) == l4.number)
                sync_root(d->vcpus[i], &mmu->user_roots[n], l4, slot, stored);
        }
    }
}

static void forget_root(struct vcpu *v, struct mmu_root *root, mfn_t l4)
{
    spin_lock(&v->mmu.root_lock);
    if (mfn_equal(root->l4, l4))
        fill(root, MFN_INVALID);
    spin_unlock(&v->mmu.root_lock);
}

void roots_forget(struct domain *d, mfn_t l4)
{
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu_mmu *mmu = &d->vcpus[i]->mmu;

        for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
            if (READ_ONCE(mmu->kernel_roots[n].l4.number) == l4.number)
                forget_root(d->vcpus[i], &mmu->kernel_roots[n], l4);
            if (READ_ONCE(mmu->user_roots[n].l4.number) == l4.number)
                forget_root(d->vcpus[i], &mmu->user_roots[n], l4);
        }
    }
}

/* ---- CR3 ---- */

static void set_root_vcpu(struct cpu *cpu, struct vcpu *v, uint64_t cr3)
{
    struct vcpu *old = atomic_load_explicit(&cpu->root_vcpu, memory_order_relaxed);
    struct domain *old_domain = old ? old->domain : NULL;
    struct domain *new_domain = v ? v->domain : NULL;

    if (new_domain && new_domain != old_domain)
        atomic_fetch_or(&new_domain->dirty_cpus, CPU_MASK(cpu->id));
    atomic_store(&cpu->root_vcpu, v);
    mmu_write_root(cpu, cr3);
    cpu->cr3 = cr3;
    if (old_domain && old_domain != new_domain)
        atomic_fetch_and(&old_domain->dirty_cpus, ~CPU_MASK(cpu->id));
    trace(TRACE_CR3, cr3, v ? v->in_kernel : 0, 0);
}

void mmu_load_root(struct vcpu *v)
{
    /* Even if it is loaded: the vCPU may have run elsewhere since, and been flushed there only. */
    set_root_vcpu(this_cpu(), v, v->in_kernel ? v->kernel_cr3 : v->user_cr3);
}

void mmu_unload_root(void)
{
    set_root_vcpu(this_cpu(), NULL, hypervisor_root.value);
}

cpu_mask_t roots_cpus_of(const struct vcpu *v)
{
    cpu_mask_t loaded = 0;

    for (cpu_mask_t rest = atomic_load(&v->domain->dirty_cpus); rest; rest &= rest - 1) {
        unsigned id = bit_lowest(rest);

        if (atomic_load(&cpu_by_id(id)->root_vcpu) == v)
            loaded |= CPU_MASK(id);
    }
    return loaded;
}

void roots_flush_vcpu(const struct vcpu *v)
{
    cpu_mask_t cpus;

    barrier_full();
    cpus = roots_cpus_of(v);
    if (cpus)
        tlb_flush_cpus(cpus);
}

static void unload_if_of(void *domain)
{
    const struct vcpu *v = atomic_load(&this_cpu()->root_vcpu);

    if (v && v->domain == domain)
        mmu_unload_root();
}

void roots_unload_everywhere(struct domain *d)
{
    cpu_mask_t cpus = atomic_load(&d->dirty_cpus) & cpu_mask_online();

    if (cpus)
        cpu_call(cpus, unload_if_of, d);
}

/* ---- which L4 ---- */

static void put_l4(mfn_t l4)
{
    if (!mfn_equal(l4, MFN_INVALID))
        frame_type_put(mfn_to_frame(l4));
}

static int get_l4(struct vcpu *v, mfn_t l4)
{
    struct frame *frame = frame_lookup(l4);

    if (!frame)
        return refuse(-EINVAL, "frame %#lx is no RAM", l4.number);
    /* The domain of the running vCPU is alive. */
    if (likely(v == current_vcpu()) && likely(frame_get_quick(frame, v->domain)))
        return frame_type_get(frame, FRAME_TYPE_L4, TYPE_GET_RESTARTABLE);
    return frame_get_and_type(frame, v->domain, FRAME_TYPE_L4);
}

int mmu_set_kernel_l4(struct vcpu *v, mfn_t l4)
{
    mfn_t old = MFN_INVALID;
    int error;

    if (!mfn_equal(l4, v->mmu.kernel_l4)) {
        error = get_l4(v, l4);
        if (error)
            return error;
        old = use_kernel_root(v, l4);
    }
    descriptors_unmap_ldt(v);
    if (v == current_vcpu())
        mmu_enter_kernel(v);
    else
        roots_flush_vcpu(v);
    put_l4(old);
    return 0;
}

int mmu_set_user_l4(struct vcpu *v, mfn_t l4)
{
    mfn_t old;
    int error;

    if (mfn_equal(l4, v->mmu.user_l4))
        return 0;
    if (!mfn_equal(l4, MFN_INVALID)) {
        error = get_l4(v, l4);
        if (error)
            return error;
    }
    old = use_user_root(v, l4);
    /* The running vCPU is in kernel mode, with the other root: the way to user mode flushes. */
    if (v != current_vcpu())
        roots_flush_vcpu(v);
    put_l4(old);
    return 0;
}

void mmu_vcpu_reset(struct vcpu *v)
{
    mfn_t old_kernel, old_user;

    if (!v->mmu.kernel_root)
        return;
    old_kernel = use_kernel_root(v, MFN_INVALID);
    old_user = use_user_root(v, MFN_INVALID);
    roots_flush_vcpu(v);
    put_l4(old_kernel);
    put_l4(old_user);
    descriptors_reset(v);
}

/* ---- creation ---- */

static void free_pages(struct vcpu *v)
{
    for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
        page_free(v->mmu.kernel_roots[n].page);
        page_free(v->mmu.user_roots[n].page);
        v->mmu.kernel_roots[n].page = v->mmu.user_roots[n].page = NULL;
    }
    descriptors_free_window(v);
    v->mmu.kernel_root = NULL;
    v->mmu.user_root = NULL;
    v->kernel_cr3 = 0;
}

static bool alloc_roots(struct mmu_root *roots)
{
    for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
        roots[n].l4 = MFN_INVALID;
        roots[n].page = page_alloc();
        if (!roots[n].page)
            return false;
    }
    return true;
}

static void set_hypervisor_slots(uint64_t *root, uint64_t window_entry)
{
    const uint64_t *boot_root = hypervisor_root_entries();

    for (unsigned slot = HOLE_FIRST_SLOT; slot <= HOLE_LAST_SLOT; slot++)
        root[slot] = boot_root[slot];
    root[VCPU_WINDOW_SLOT] = window_entry;
}

int mmu_vcpu_create(struct vcpu *v)
{
    uint64_t window_entry;

    spin_init(&v->mmu.root_lock, LOCK_VCPU_ROOT);
    if (!alloc_roots(v->mmu.kernel_roots) || !alloc_roots(v->mmu.user_roots) ||
        descriptors_alloc_window(v, &window_entry)) {
        free_pages(v);
        return -ENOMEM;
    }
    for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
        set_hypervisor_slots(v->mmu.kernel_roots[n].page, window_entry);
        set_hypervisor_slots(v->mmu.user_roots[n].page, window_entry);
        /* The M2P is for the guest's kernel; what is below is shared with the other root. */
        v->mmu.user_roots[n].page[pte_index(4, M2P_VIRT)] &= ~PTE_USER;
    }
    v->mmu.kernel_root = v->mmu.kernel_roots[0].page;
    v->mmu.user_root = v->mmu.user_roots[0].page;
    v->kernel_cr3 = virt_to_maddr(v->mmu.kernel_root).value;
    return 0;
}

void mmu_vcpu_destroy(struct vcpu *v)
{
    if (!v->mmu.kernel_root)
        return;
    MUST(mfn_equal(v->mmu.kernel_l4, MFN_INVALID) && mfn_equal(v->mmu.user_l4, MFN_INVALID));
    MUST(!roots_cpus_of(v));
    free_pages(v);
}
