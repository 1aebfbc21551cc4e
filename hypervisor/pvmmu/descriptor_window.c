/* SPDX-License-Identifier: MIT */
/*
 * The descriptor tables of a vCPU, mapped where the CPU's GDTR and LDTR point.
 *
 * Guest frames are mapped for the supervisor, writable (the CPU sets accessed bits), and hold a
 * SEGDESC type reference each. A GDT page without a guest frame shows a page of zeros, so that
 * any selector is a #GP and never a page fault. LDT pages are absent until they are touched.
 *
 * Only the vCPU's own CPU changes the windows, or anybody while it is paused. An entry is
 * cleared before its reference is dropped; the type's stamp does the rest (frame_type.c).
 */
#include "pvmmu/descriptor_window.h"

#include "arch/arch.h"
#include "arch/pte.h"
#include "domain/domain.h"
#include "domain/vcpu_state.h"
#include "lib/barrier.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"
#include "mm/hypervisor_map.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"
#include "pvmmu/roots.h"
#include "pvmmu/walk.h"

#define DESCRIPTOR_BYTES     8u
#define DESCRIPTORS_PER_PAGE (unsigned)(PAGE_SIZE / DESCRIPTOR_BYTES)
#define GDT_ENTRIES_MAX      (GDT_WINDOW_GUEST_PAGES * DESCRIPTORS_PER_PAGE)
#define LDT_ENTRIES_MAX      (LDT_WINDOW_PAGES * DESCRIPTORS_PER_PAGE)
#define LDT_FIRST_SLOT       16u

_Static_assert(LDT_WINDOW_VIRT - VCPU_WINDOW_VIRT == LDT_FIRST_SLOT * PAGE_SIZE, "window layout");

static unsigned pages_of(uint32_t entries)
{
    return (entries + DESCRIPTORS_PER_PAGE - 1) / DESCRIPTORS_PER_PAGE;
}

static void set_slot(struct vcpu *v, unsigned slot, uint64_t entry)
{
    WRITE_ONCE(v->mmu.window_l1[slot], entry);
}

static uint64_t data_entry(mfn_t frame)
{
    return mfn_to_maddr(frame).value | PTE_HYPERVISOR_DATA;
}

/* ---- the window's tables ---- */

int descriptors_alloc_window(struct vcpu *v, uint64_t *entry)
{
    uint64_t *l3 = page_alloc(), *l2 = page_alloc(), *l1 = page_alloc();

    v->mmu.window_tables[0] = l3;
    v->mmu.window_tables[1] = l2;
    v->mmu.window_l1 = l1;
    if (!l3 || !l2 || !l1)
        return -ENOMEM;

    for (unsigned slot = 0; slot < GDT_WINDOW_GUEST_PAGES; slot++)
        l1[slot] = zero_page_maddr().value | PTE_HYPERVISOR_READ_ONLY;
    l1[GDT_WINDOW_HYPERVISOR_PAGE] = hypervisor_gdt_maddr().value | PTE_HYPERVISOR_DATA;
    l2[0] = virt_to_maddr(l1).value | PTE_HYPERVISOR_TABLE;
    l3[0] = virt_to_maddr(l2).value | PTE_HYPERVISOR_TABLE;
    *entry = virt_to_maddr(l3).value | PTE_HYPERVISOR_TABLE;
    return 0;
}

void descriptors_free_window(struct vcpu *v)
{
    page_free(v->mmu.window_tables[0]);
    page_free(v->mmu.window_tables[1]);
    page_free(v->mmu.window_l1);
    v->mmu.window_tables[0] = NULL;
    v->mmu.window_tables[1] = NULL;
    v->mmu.window_l1 = NULL;
}

/* ---- GDT ---- */

/* Puts @count frames into the GDT's slots, zeros into the others; the old ones into @old. */
static void exchange_gdt(struct vcpu *v, const uint64_t *frames, unsigned count, mfn_t *old)
{
    for (unsigned i = 0; i < GDT_WINDOW_GUEST_PAGES; i++) {
        bool is_used = i < count;

        old[i] = v->descriptors.gdt_frames[i];
        v->descriptors.gdt_frames[i] = is_used ? mfn(frames[i]) : MFN_INVALID;
        set_slot(v, i,
                 is_used ? data_entry(mfn(frames[i]))
                         : zero_page_maddr().value | PTE_HYPERVISOR_READ_ONLY);
    }
}

static void put_frames(const mfn_t *frames, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        if (!mfn_equal(frames[i], MFN_INVALID))
            frame_put_and_type(mfn_to_frame(frames[i]));
    }
}

static int get_gdt_frames(struct vcpu *v, const uint64_t *frames, unsigned count)
{
    unsigned taken = 0;

    for (; taken < count; taken++) {
        struct frame *frame = frame_lookup(mfn(frames[taken]));

        if (!frame || frame_get_and_type(frame, v->domain, FRAME_TYPE_SEGDESC))
            goto undo;
    }
    return 0;

undo:
    refuse(-EINVAL, "frame %#lx cannot be a GDT page", frames[taken]);
    while (taken-- > 0)
        frame_put_and_type(mfn_to_frame(mfn(frames[taken])));
    return -EINVAL;
}

int descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries)
{
    mfn_t old[GDT_WINDOW_GUEST_PAGES];
    int error;

    if (entries > GDT_ENTRIES_MAX)
        return refuse(-EINVAL, "a GDT of %u entries", entries);
    error = get_gdt_frames(v, frames, pages_of(entries));
    if (error)
        return error;
    exchange_gdt(v, frames, pages_of(entries), old);
    v->descriptors.gdt_entries = entries;
    roots_flush_vcpu(v);
    put_frames(old, GDT_WINDOW_GUEST_PAGES);
    return 0;
}

/* ---- LDT ---- */

void descriptors_unmap_ldt(struct vcpu *v)
{
    uint32_t mapped = v->descriptors.ldt_mapped_pages;

    v->descriptors.ldt_mapped_pages = 0;
    for (; mapped; mapped &= mapped - 1) {
        unsigned slot = LDT_FIRST_SLOT + bit_lowest(mapped);
        uint64_t entry = v->mmu.window_l1[slot];

        set_slot(v, slot, 0);
        frame_put_and_type(mfn_to_frame(entry_mfn(entry)));
    }
}

int descriptors_set_ldt(struct vcpu *v, uint64_t base, uint32_t entries)
{
    if (entries > LDT_ENTRIES_MAX || !is_aligned(base, PAGE_SIZE) ||
        (entries && !guest_range_ok(base, (uint64_t)entries * DESCRIPTOR_BYTES)))
        return refuse(-EINVAL, "an LDT of %u entries at %#lx", entries, base);

    if (v->descriptors.ldt_mapped_pages) {
        descriptors_unmap_ldt(v);
        roots_flush_vcpu(v);
    }
    v->descriptors.ldt_base = entries ? base : 0;
    v->descriptors.ldt_entries = entries;
    if (v == current_vcpu())
        vcpu_state_load_ldt(v);
    return 0;
}

bool descriptors_ldt_fault(struct vcpu *v, uint64_t window_offset)
{
    unsigned page = (unsigned)(window_offset >> PAGE_SHIFT);
    struct frame *frame;
    uint64_t entry;
    int error;

    if (window_offset >= (uint64_t)v->descriptors.ldt_entries * DESCRIPTOR_BYTES)
        return false;
    /* Somebody mapped it since: no entry goes from present to absent without a flush. */
    if (v->descriptors.ldt_mapped_pages & BIT(page))
        return false;
    if (walk_to_entry(v->domain, v->mmu.kernel_l4, v->descriptors.ldt_base + window_offset,
                      &entry) ||
        !entry_is_present(entry))
        return false;
    frame = frame_lookup(entry_mfn(entry));
    error = frame ? frame_get_and_type(frame, v->domain, FRAME_TYPE_SEGDESC) : -EINVAL;
    if (error)
        return false;
    v->descriptors.ldt_mapped_pages |= (uint16_t)BIT(page);
    set_slot(v, LDT_FIRST_SLOT + page, data_entry(entry_mfn(entry)));
    return true;
}

void descriptors_reset(struct vcpu *v)
{
    MUST(descriptors_set_ldt(v, 0, 0) == 0);
    MUST(descriptors_set_gdt(v, NULL, 0) == 0);
}
