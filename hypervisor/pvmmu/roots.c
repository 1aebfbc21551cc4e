/* SPDX-License-Identifier: MIT */
/*
 * The root page tables of vCPUs (plain flavour: one for each mode, CR3 is written each way).
 *
 * A guest's L4 is never in CR3. Each vCPU has two pages of its own, one filled from its kernel L4
 * and one from its user L4; the hypervisor's slots in them never change. A guest's L4 that is
 * in use may be written by any vCPU of the domain at any time, so:
 *
 *   the writer    holds the L4's write lock, changes the entry and the summary, then looks which
 *                 vCPUs have this L4, and for each writes the slot under the vCPU's root_lock;
 *   the filler    holds its root_lock, notes the new L4 in the vCPU, then reads summary and
 *                 entries.
 *
 * Between its store and its loads each has a full barrier: if the writer does not see the
 * vCPU's new L4 yet, the filler sees the new entry.
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

/* One of a vCPU's two roots. */
struct root {
    uint64_t *page;
    uint64_t *slots; /* which slots of the page are the guest's */
    uint8_t *groups; /* bit n: slots[n] may be other than 0 */
    mfn_t *l4;       /* what it was made from */
};

static struct root kernel_root(struct vcpu *v)
{
    return (struct root){ v->mmu.kernel_root, v->mmu.kernel_slots, &v->mmu.kernel_groups,
                          &v->mmu.kernel_l4 };
}

static struct root user_root(struct vcpu *v)
{
    return (struct root){ v->mmu.user_root, v->mmu.user_slots, &v->mmu.user_groups,
                          &v->mmu.user_l4 };
}

/* By group of 64 slots: those that are the guest's. No summary, however wrong, touches others. */
static const uint64_t guest_bits[L4_SUMMARY_GROUPS] = {
    ~0UL, ~0UL, ~0UL, ~0UL, ~0xffffUL, ~0UL, ~0UL, ~0UL,
};
_Static_assert(HOLE_FIRST_SLOT == 4 * 64 && HOLE_LAST_SLOT == HOLE_FIRST_SLOT + 15, "guest_bits");

static ALWAYS_INLINE void copy_group(const struct root *root, const uint64_t *table, unsigned group,
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
static void copy_slots(const struct root *root, const uint64_t *table)
{
    uint32_t groups = table ? l4_groups(table) : 0;

    for (uint32_t rest = groups | *root->groups; rest; rest &= rest - 1) {
        unsigned group = bit_lowest(rest);

        copy_group(root, table, group, table ? l4_summary(table, group) & guest_bits[group] : 0);
    }
    *root->groups = (uint8_t)groups;
}

/* @l4 has the type and stays validated (or is MFN_INVALID). Gives back what was there before. */
static mfn_t fill(struct vcpu *v, const struct root *root, mfn_t l4)
{
    mfn_t old;

    spin_lock(&v->mmu.root_lock);
    old = *root->l4;
    WRITE_ONCE(root->l4->number, l4.number);
    barrier_full();
    copy_slots(root, mfn_equal(l4, MFN_INVALID) ? NULL : mfn_to_virt(l4));
    spin_unlock(&v->mmu.root_lock);
    return old;
}

static void sync_root(struct vcpu *v, const struct root *root, mfn_t l4, unsigned slot,
                      uint64_t entry)
{
    if (READ_ONCE(root->l4->number) != l4.number)
        return;
    spin_lock(&v->mmu.root_lock);
    if (mfn_equal(*root->l4, l4)) {
        WRITE_ONCE(root->page[slot], entry);
        if (entry)
            bitmap_set(root->slots, slot);
        else
            bitmap_clear(root->slots, slot);
        *root->groups |= (uint8_t)(1u << slot / 64);
    }
    spin_unlock(&v->mmu.root_lock);
}

void roots_sync(struct domain *d, mfn_t l4, unsigned slot, uint64_t entry)
{
    uint64_t stored = (entry & PTE_PRESENT) ? entry : 0;

    barrier_full();
    for (uint32_t i = 0; i < d->vcpu_count; i++) {
        struct vcpu *v = d->vcpus[i];
        const struct root kernel = kernel_root(v), user = user_root(v);

        sync_root(v, &kernel, l4, slot, stored);
        sync_root(v, &user, l4, slot, stored);
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
    return frame_get_and_type(frame, v->domain, FRAME_TYPE_L4);
}

int mmu_set_kernel_l4(struct vcpu *v, mfn_t l4)
{
    const struct root root = kernel_root(v);
    mfn_t old = MFN_INVALID;
    int error;

    if (!mfn_equal(l4, v->mmu.kernel_l4)) {
        error = get_l4(v, l4);
        if (error)
            return error;
        old = fill(v, &root, l4);
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
    const struct root root = user_root(v);
    int error;

    if (mfn_equal(l4, v->mmu.user_l4))
        return 0;
    if (!mfn_equal(l4, MFN_INVALID)) {
        error = get_l4(v, l4);
        if (error)
            return error;
    }

    mfn_t old = fill(v, &root, l4);

    v->user_cr3 = mfn_equal(l4, MFN_INVALID) ? 0 : virt_to_maddr(v->mmu.user_root).value;
    /* The running vCPU is in kernel mode, with the other root: the way to user mode flushes. */
    if (v != current_vcpu())
        roots_flush_vcpu(v);
    put_l4(old);
    return 0;
}

void mmu_vcpu_reset(struct vcpu *v)
{
    const struct root kernel = kernel_root(v), user = user_root(v);
    mfn_t old_kernel, old_user;

    if (!v->mmu.kernel_root)
        return;
    old_kernel = fill(v, &kernel, MFN_INVALID);
    old_user = fill(v, &user, MFN_INVALID);
    v->user_cr3 = 0;
    roots_flush_vcpu(v);
    put_l4(old_kernel);
    put_l4(old_user);
    descriptors_reset(v);
}

/* ---- creation ---- */

static void free_pages(struct vcpu *v)
{
    page_free(v->mmu.kernel_root);
    page_free(v->mmu.user_root);
    descriptors_free_window(v);
    v->mmu.kernel_root = NULL;
    v->mmu.user_root = NULL;
    v->kernel_cr3 = 0;
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
    v->mmu.kernel_root = page_alloc();
    v->mmu.user_root = page_alloc();
    if (!v->mmu.kernel_root || !v->mmu.user_root || descriptors_alloc_window(v, &window_entry)) {
        free_pages(v);
        return -ENOMEM;
    }
    set_hypervisor_slots(v->mmu.kernel_root, window_entry);
    set_hypervisor_slots(v->mmu.user_root, window_entry);
    /* The M2P is for the guest's kernel; what is below is shared with the other root. */
    v->mmu.user_root[pte_index(4, M2P_VIRT)] &= ~PTE_USER;
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
