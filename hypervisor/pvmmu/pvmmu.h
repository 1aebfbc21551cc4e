/* SPDX-License-Identifier: MIT */
/*
 * The PV MMU as the rest of the hypervisor sees it: frame references and types, guest page
 * tables, descriptor pages, roots.
 *
 * -ERESTART means: progress is kept in the frame types, restart the call with the same arguments.
 * Functions that may return it are called with no spinlock held.
 *
 * A page table whose last reference went is only put on a list of its owner's; mmu_settle() takes
 * those apart. Every hypercall that can drop or take page tables calls it before each element
 * of its batch and once more after the last, before it returns 0:
 *
 *     for (i = done;; i++) {
 *         if (mmu_settle(target))
 *             restart with i elements done;
 *         if (i == count)
 *             return 0;
 *         error = mmu_update_one(...);    // -ERESTART: restart with i elements done
 *     }
 */
#ifndef PARAPET_PVMMU_PVMMU_H
#define PARAPET_PVMMU_PVMMU_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/tlb.h"
#include "arch/x86.h"
#include "domain/domain.h"
#include "domain/vcpu.h"
#include "lib/assert.h"
#include "lib/compiler.h"
#include "mm/frame.h"

/* Types of the type word; pvmmu/frame_type.h has the rest of it. */
enum frame_type {
    FRAME_TYPE_NONE = 0,
    FRAME_TYPE_L1 = 1,
    FRAME_TYPE_L2 = 2,
    FRAME_TYPE_L3 = 3,
    FRAME_TYPE_L4 = 4,
    FRAME_TYPE_WRITABLE = 5,
    FRAME_TYPE_SEGDESC = 6,
};

/* ---- general references (frame_ref.c) ---- */

/* frame_lookup - the frame of a number from a guest; NULL when it is no RAM a domain can own. */
struct frame *frame_lookup(mfn_t number);

/* frame_get - a reference to a frame of @owner; false when it is not its, or it is dying. */
MUST_CHECK bool frame_get(struct frame *frame, struct domain *owner);

/* The rest of frame_put() for the last reference; @before is the count before it went. */
void frame_last_reference_went(struct frame *frame, uint32_t before);

/* frame_put - drop one; the last one gives the frame back to the allocator. */
static inline void frame_put(struct frame *frame)
{
    uint32_t before = atomic_fetch_sub_explicit(&frame->count, 1, memory_order_acq_rel);

    ASSERT((before & FRAME_COUNT_MASK) != 0);
    if (unlikely((before & FRAME_COUNT_MASK) == 1))
        frame_last_reference_went(frame, before);
}

/*
 * frame_assign - a fresh frame (from frame_alloc) becomes RAM of @owner, who has one allocation
 * reference. The M2P is the caller's.
 */
void frame_assign(struct frame *frame, struct domain *owner);

/*
 * frame_release_allocation - the owner gives the frame back: drops the allocation reference,
 * once (false: it was dropped before, or the page is the hypervisor's). Mapped or typed, the frame lives on, and counts as the
 * owner's, until the last reference goes. The caller holds a reference.
 */
MUST_CHECK bool frame_release_allocation(struct frame *frame);

/*
 * frame_steal - take the frame from @owner, if nothing but its allocation and the caller's one
 * reference refers to it; false: something does, nothing changed and the caller still has its
 * reference. Then nobody can reach it until frame_unsteal() (gives it back as it was, the
 * caller's reference gone) or frame_free_stolen(). total_pages counts it until then.
 */
MUST_CHECK bool frame_steal(struct frame *frame, struct domain *owner);
void frame_unsteal(struct frame *frame, struct domain *owner);
void frame_free_stolen(struct frame *frame, struct domain *owner);

/*
 * frame_share_special - let @owner (and who may map its frames) map a page of the hypervisor
 * (from page_alloc: shared_info, grant frames). It is freed by the last of frame_unshare_special()
 * and its mappings, not by page_free().
 */
void frame_share_special(struct frame *frame, struct domain *owner, bool writable);
void frame_unshare_special(struct frame *frame);

/* ---- types (frame_type.c) ---- */

/*
 * frame_get_and_type - a general and a type reference; the frame gets the type first if it has no
 * other, which for a page table means to validate it. 0, -EINVAL, -EBUSY, -ERESTART.
 *
 * FRAME_TYPE_WRITABLE and SEGDESC never restart: locks may be held. They answer -EBUSY while a
 * page table that the frame was is not yet taken apart.
 */
MUST_CHECK int frame_get_and_type(struct frame *frame, struct domain *owner, enum frame_type type);
void frame_put_and_type(struct frame *frame);

/* The type now; stable only while the caller holds a reference to it. NONE: count is 0. */
enum frame_type frame_type_of(const struct frame *frame);
bool frame_is_pinned(const struct frame *frame);

/* mmu_settle - take apart the page tables of @d that nothing refers to. 0 or -ERESTART. */
MUST_CHECK int mmu_settle_slowly(struct domain *d);

#define MMU_GOING_MFN_MASK 0xffffffffUL /* of domain->mmu.going: the first table, 0: none */

MUST_CHECK static inline int mmu_settle(struct domain *d)
{
    if (likely(!(atomic_load_explicit(&d->mmu.going, memory_order_acquire) & MMU_GOING_MFN_MASK)))
        return 0;
    return mmu_settle_slowly(d);
}

/* ---- page-table operations ---- */

/*
 * Owners of frames that are no domain: device memory, and what the hypervisor shows to the
 * privileged (M2P). They own nothing a counter counts, and live for ever.
 */
extern struct domain mmu_io_domain;  /* DOMID_IO */
extern struct domain mmu_xen_domain; /* DOMID_XEN */

/*
 * mmu_resolve_domains - the domains that mmu_update's fourth argument names: low half whose
 * frames are mapped, high half minus 1 (if not 0) whose page tables are written. With
 * references if they are not both the caller's own, for mmu_release_domains. 0, -ESRCH or -EPERM.
 */
struct mmu_domains {
    struct domain *table_owner;
    struct domain *frame_owner;
    bool are_held;
};
MUST_CHECK int mmu_resolve_others(struct vcpu *caller, uint32_t domids, struct mmu_domains *out);
void mmu_release_others(const struct mmu_domains *domains);

MUST_CHECK static inline int mmu_resolve_domains(struct vcpu *caller, uint32_t domids,
                                                 struct mmu_domains *out)
{
    if (unlikely(domids != DOMID_SELF))
        return mmu_resolve_others(caller, domids, out);
    *out = (struct mmu_domains){ caller->domain, caller->domain, false };
    return 0;
}

static inline void mmu_release_domains(const struct mmu_domains *domains)
{
    if (unlikely(domains->are_held))
        mmu_release_others(domains);
}

/* One mmu_update entry. 0, -EINVAL, -EPERM, -EBUSY, -ENOSYS or -ERESTART. */
MUST_CHECK int mmu_update_one(struct domain *table_owner, struct domain *frame_owner,
                              const struct mmu_update *update);

/*
 * The first of @updates, at least one of @count (which is not 0), in one go: how many in *@done.
 * An error is that of the update after those. Then settle, and go on.
 */
MUST_CHECK int mmu_update_some(const struct mmu_domains *domains, const struct mmu_update *updates,
                               uint32_t count, uint32_t *done);

/* One mmuext_op for @target (the caller's domain or a foreign one). */
MUST_CHECK int mmuext_op_one(struct vcpu *caller, struct domain *target,
                             const struct mmuext_op *op);

/* update_va_mapping, and with @frame_owner another one, its _otherdomain form. */
MUST_CHECK int mmu_update_va_mapping(struct vcpu *caller, uint64_t va, uint64_t entry,
                                     uint64_t flags, struct domain *frame_owner);

/*
 * Writable page tables: a guest kernel's write at @va faulted; the entry there changes from
 * @expected to @value. 0, -EAGAIN (it was not @expected, or a wait: execute the instruction
 * again), -EINVAL (@va is no read-only mapping of a validated L1, or the value is refused:
 * the guest gets its fault).
 */
MUST_CHECK int mmu_emulate_pte_write(struct vcpu *v, uint64_t va, uint64_t expected,
                                     uint64_t value);

/* The same for a whole entry whatever it was, which is in *@old. False: nothing was done, ask
 * mmu_emulate_pte_write(). */
MUST_CHECK bool mmu_write_pte_quick(struct vcpu *v, uint64_t va, uint64_t value, uint64_t *old);

/*
 * mmu_walk - where @v's kernel root has the L1 entry of @va, and its value at this moment.
 * 0, or -EINVAL if there is no L1 table (the entry itself may be absent).
 */
MUST_CHECK int mmu_walk(struct vcpu *v, uint64_t va, maddr_t *entry_address, uint64_t *entry);

/* ---- for grants: an L1 entry of @v's domain ---- */

/* The entry's place: @host_addr itself (machine address), or that of the VA in the kernel root. */
MUST_CHECK int mmu_grant_entry(struct vcpu *v, uint64_t host_addr, bool contains_pte,
                               maddr_t *entry_address);

/*
 * mmu_grant_map - write @value there; its frame must be ordinary RAM of @frame_owner: no device
 * memory, and nothing that the hypervisor shares with it. The entry holds the references it
 * needs; those of the old entry are dropped. Locks may be held. 0, -EINVAL, -EBUSY.
 */
MUST_CHECK int mmu_grant_map(struct vcpu *v, maddr_t entry_address, uint64_t value,
                             struct domain *frame_owner);

/*
 * mmu_grant_unmap - if the entry there maps @frame, writable or not as said, put @replacement
 * (0, or an entry taken by mmu_grant_take) and drop the old one's references. 0 or -EINVAL. The
 * caller flushes (mmu_flush_domain) before it tells anybody that the mapping is gone.
 */
MUST_CHECK int mmu_grant_unmap(struct vcpu *v, maddr_t entry_address, mfn_t frame, bool writable,
                               uint64_t replacement);

/* mmu_grant_take - clear the entry and hand its value and references to the caller. 0, -EINVAL. */
MUST_CHECK int mmu_grant_take(struct vcpu *v, maddr_t entry_address, uint64_t *taken);

/* mmu_entry_drop - drop the references of a taken entry that was not put anywhere. */
void mmu_entry_drop(uint64_t taken);

/* ---- TLB ---- */

/* Flush those CPUs that may hold translations of @d older than @stamp (tlb_stamp_now()). */
void mmu_flush_domain(struct domain *d, uint32_t stamp);

/* ---- device memory, start (mmio.c) ---- */

/*
 * Boot: [first, last] is not for guests (LAPIC, IO-APICs, unusable RAM), or only for reading. No
 * domain can map any device memory before pvmmu_start(), and nothing is registered after it.
 */
void mmio_forbid(mfn_t first, mfn_t last);
void mmio_read_only(mfn_t first, mfn_t last);
void pvmmu_start(void);

/* Which domain but the control domain may map a frame of device memory; NULL: none. */
extern bool (*mmio_permitted)(const struct domain *d, mfn_t frame);

/* ---- descriptors ---- */

/* @frames: as many as @entries need, 512 in each. 0 or -EINVAL. Flushes. */
MUST_CHECK int descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries);
/* Records the LDT; its pages are mapped when they are touched. 0 or -EINVAL. */
MUST_CHECK int descriptors_set_ldt(struct vcpu *v, uint64_t base, uint32_t entries);
MUST_CHECK int descriptors_update(struct vcpu *caller, uint64_t address, uint64_t descriptor);
/* A fault at this offset of the LDT window. True: try the access again. False: it is the guest's,
   at ldt_base + offset. */
bool descriptors_ldt_fault(struct vcpu *v, uint64_t window_offset);

/* ---- roots ---- */

/* control/, after vcpu_create: @v's roots and window. 0 or -ENOMEM. */
MUST_CHECK int mmu_vcpu_create(struct vcpu *v);
/* After mmu_domain_teardown (or when the vCPU never had anything). */
void mmu_vcpu_destroy(struct vcpu *v);

/*
 * Take L4 @l4 as kernel root (MFN_INVALID as user root: none); @v is the running vCPU, or is
 * paused. The running one's kernel root is loaded again. 0, -EINVAL, -EBUSY, -ERESTART. The old L4
 * may be left to mmu_settle().
 */
MUST_CHECK int mmu_set_kernel_l4(struct vcpu *v, mfn_t l4);
MUST_CHECK int mmu_set_user_l4(struct vcpu *v, mfn_t l4);

/* Give back both roots' L4s, the GDT and the LDT (setvcpucontext's reset; teardown). Paused. */
void mmu_vcpu_reset(struct vcpu *v);

/* Load @v's root for its mode on this CPU (context switch). A CPU that idled since @v ran on it, with
   @v nowhere else meanwhile, still has it and need not call this. */
void mmu_load_root(struct vcpu *v);
/* The boot root instead of any vCPU's, on this CPU. */
void mmu_unload_root(void);
/* Loads a root and notes that this CPU's TLB is empty. */
static inline void mmu_write_root(struct cpu *cpu, uint64_t cr3)
{
    uint32_t clock = tlb_flush_begin_quick(cpu);

    write_cr3(cr3);
    cpu->counters.root_loaded++;
    tlb_flush_end(cpu, clock);
}

/* Mode changes of the running vCPU: write CR3, nothing else. In line, for they are part of every
 * system call of every guest. */
static inline void mmu_enter_kernel(struct vcpu *v)
{
    mmu_write_root(this_cpu(), v->kernel_cr3);
}

static inline void mmu_enter_user(struct vcpu *v)
{
    mmu_write_root(this_cpu(), v->user_cr3);
}

/* ---- teardown and checks ---- */

/*
 * mmu_domain_teardown - drop all roots, descriptor tables, pins and page-table types of a dying
 * domain whose vCPUs will not run again; no CPU has a root of it afterwards. Every CPU has been
 * at a quiet point since it began to die, so no MMU call for it is under way. 0 or -ERESTART.
 */
MUST_CHECK int mmu_domain_teardown(struct domain *d);

/*
 * pvmmu_check - recount every reference and type of every frame of every domain from what
 * refers to it, and compare all roots with what they were made from. False: the log says what
 * differs. No vCPU but the caller's runs. Other subsystems report what they hold: they register a function that calls
 * pvmmu_check_count() for each frame.
 */
bool pvmmu_check(void);

struct pvmmu_check_source {
    struct pvmmu_check_source *next;
    void (*count)(void);
};
void pvmmu_check_register(struct pvmmu_check_source *source);
void pvmmu_check_count(struct frame *frame, uint32_t references, uint32_t type_references);

#endif
