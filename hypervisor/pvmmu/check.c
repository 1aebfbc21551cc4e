/* SPDX-License-Identifier: MIT */
/*
 * Recounting: does what refers to each frame add up to its counts?
 *
 * The recount is done in place, so that it needs no memory: everything that holds references is
 * walked once and takes its references off the frames' counts, which must all come out at zero;
 * then it is walked again and puts them back. No vCPU but the caller's runs, and it holds
 * no reference. The walks look at states and types, never at counts.
 */
#include "console/printk.h"
#include "domain/domain.h"
#include "lib/barrier.h"
#include "mm/hypervisor_map.h"
#include "pvmmu/entry_rules.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/l4_summary.h"
#include "pvmmu/pvmmu.h"

#define COMPLAINTS_MAX 16u
#define COUNT_TO_TOP   8 /* from FRAME_COUNT_MASK, as a factor, so that its sign is the word's */
_Static_assert(FRAME_COUNT_MASK *COUNT_TO_TOP + COUNT_TO_TOP - 1 == UINT32_MAX, "none is lost");

static struct pvmmu_check_source *sources;

/* The check under way. */
static int32_t step; /* -1: taking off, +1: putting back */
static unsigned complaints;

#define COMPLAIN(...)                                                                              \
    do {                                                                                           \
        if (step < 0 && complaints++ < COMPLAINTS_MAX)                                             \
            log_error("pvmmu_check: " __VA_ARGS__);                                                \
    } while (0)

void pvmmu_check_register(struct pvmmu_check_source *source)
{
    source->next = sources;
    sources = source;
}

void pvmmu_check_count(struct frame *frame, uint32_t references, uint32_t type_references)
{
    atomic_fetch_add_explicit(&frame->count, (uint32_t)step * references, memory_order_relaxed);
    if (!(type_word(frame) & (TYPE_PARTIAL | TYPE_GOING)))
        atomic_fetch_add_explicit(&frame->type, (uint32_t)step * type_references * TYPE_COUNT_ONE,
                                  memory_order_relaxed);
}

/* ---- what holds references ---- */

static void count_typed(mfn_t number, enum frame_type type, const char *what)
{
    struct frame *frame = frame_lookup(number);

    if (!frame) {
        COMPLAIN("%s refers to frame %#lx, which is no RAM", what, number.number);
        return;
    }
    if (!type_is_valid(type_word(frame), type))
        COMPLAIN("%s refers to frame %#lx, whose type word is %#x, not type %u", what,
                 number.number, type_word(frame), (unsigned)type);
    pvmmu_check_count(frame, 1, 1);
}

static void count_l1_entry(uint64_t entry)
{
    struct frame *frame = frame_lookup(entry_mfn(entry));

    if (!frame)
        return; /* device memory */
    if (entry & PTE_WRITE)
        count_typed(entry_mfn(entry), FRAME_TYPE_WRITABLE, "a writable L1 entry");
    else
        pvmmu_check_count(frame, 1, 0);
}

static void count_entry(const struct frame *table, unsigned level, uint64_t entry)
{
    if (!entry_is_present(entry))
        return;
    if (!(entry & PTE_USER) || (entry & PTE_GLOBAL) || (level > 1 && (entry & PTE_LARGE)))
        COMPLAIN("L%u table %#lx has entry %#lx", level, frame_to_mfn(table).number, entry);
    if (level == 1)
        count_l1_entry(entry);
    else if (level < 4 || entry_mfn(entry).number != frame_to_mfn(table).number)
        count_typed(entry_mfn(entry), (enum frame_type)(level - 1), "a table entry");
    else if (entry & PTE_WRITE)
        COMPLAIN("linear entry %#lx is writable", entry);
}

static void check_summary(const struct frame *table, unsigned slot, uint64_t entry)
{
    const uint64_t *entries = frame_table_entries(table);
    bool noted = l4_summary(entries, slot / 64) >> slot % 64 & 1;

    if (noted && !(l4_groups(entries) >> slot / 64 & 1))
        COMPLAIN("L4 %#lx slot %u: its group is noted as empty", frame_to_mfn(table).number, slot);
    if (noted != entry_is_present(entry))
        COMPLAIN("L4 %#lx slot %u: entry %#lx, noted as %s", frame_to_mfn(table).number, slot,
                 entry, noted ? "present" : "absent");
}

static void count_table(const struct frame *frame, uint32_t word)
{
    const uint64_t *entries = frame_table_entries(frame);
    unsigned level = (unsigned)type_of(word);
    unsigned count = (word & TYPE_VALIDATED) ? PTES_PER_TABLE : type_index(word);

    for (unsigned slot = 0; slot < count; slot++) {
        if (level == 4 && !l4_slot_is_guests(slot))
            continue;
        count_entry(frame, level, entries[slot]);
        if (level == 4)
            check_summary(frame, slot, entries[slot]);
    }
}

/* What the frame holds: of others, if it is a table, and of itself. */
static void count_frame(struct frame *frame)
{
    uint32_t word = type_word(frame);
    uint32_t count = atomic_load_explicit(&frame->count, memory_order_relaxed);

    if (type_is_table(type_of(word)) && (word & (TYPE_VALIDATED | TYPE_PARTIAL | TYPE_GOING)))
        count_table(frame, word);
    if (word & TYPE_LOCKED)
        COMPLAIN("frame %#lx is locked", frame_to_mfn(frame).number);
    if (word & (TYPE_PINNED | TYPE_PARTIAL | TYPE_GOING))
        pvmmu_check_count(frame, 1, 1);
    if (count & FRAME_ALLOCATED)
        pvmmu_check_count(frame, 1, (count & FRAME_RAM_SPECIAL) ? 1 : 0);
}

/* Also while it waits to be taken apart. */
static bool is_or_was_just_l4(const struct frame *frame)
{
    uint32_t word = type_word(frame);

    return type_of(word) == FRAME_TYPE_L4 && (word & (TYPE_VALIDATED | TYPE_GOING));
}

static void check_root(const struct vcpu *v, const struct mmu_root *of, bool is_users)
{
    const uint64_t *root = of->page;
    const uint64_t *table = mfn_equal(of->l4, MFN_INVALID) ? NULL : mfn_to_virt(of->l4);

    for (unsigned slot = 0; slot < PTES_PER_TABLE; slot++) {
        uint64_t expected = table && entry_is_present(table[slot]) ? table[slot] : 0;
        bool is_noted = bitmap_test(of->slots, slot);

        if (!l4_slot_is_guests(slot))
            expected = slot == VCPU_WINDOW_SLOT ? root[slot] : hypervisor_root_entries()[slot];
        else if (expected && !is_noted)
            COMPLAIN("%s vCPU %u: root slot %u is not noted", v->domain->name, v->id, slot);
        if (slot == pte_index(4, M2P_VIRT) && is_users)
            expected &= ~PTE_USER;
        if ((root[slot] ^ expected) & ~PTE_ACCESSED)
            COMPLAIN("%s vCPU %u: root slot %u is %#lx, not %#lx", v->domain->name, v->id, slot,
                     root[slot], expected);
    }
    if (table && !is_or_was_just_l4(mfn_to_frame(of->l4)))
        COMPLAIN("%s vCPU %u: a root is kept of %#lx, which is no L4", v->domain->name, v->id,
                 of->l4.number);
}

static void count_roots(const struct vcpu *v)
{
    const struct vcpu_mmu *mmu = &v->mmu;

    for (unsigned n = 0; n < MMU_ROOTS_KEPT; n++) {
        check_root(v, &mmu->kernel_roots[n], false);
        check_root(v, &mmu->user_roots[n], true);
    }
    if (!mfn_equal(mmu->kernel_l4, mmu->kernel_roots[mmu->kernel_in_use].l4) ||
        !mfn_equal(mmu->user_l4, mmu->user_roots[mmu->user_in_use].l4))
        COMPLAIN("%s vCPU %u: the roots in use are of other L4s", v->domain->name, v->id);
    if (!mfn_equal(mmu->kernel_l4, MFN_INVALID))
        count_typed(mmu->kernel_l4, FRAME_TYPE_L4, "a vCPU");
    if (!mfn_equal(mmu->user_l4, MFN_INVALID))
        count_typed(mmu->user_l4, FRAME_TYPE_L4, "a vCPU");
}

static void count_vcpu(const struct vcpu *v)
{
    if (!mfn_equal(v->info_frame, MFN_INVALID))
        count_typed(v->info_frame, FRAME_TYPE_WRITABLE, "a vcpu_info");
    if (!v->mmu.kernel_root)
        return;
    count_roots(v);
    for (unsigned i = 0; i < GDT_WINDOW_GUEST_PAGES; i++) {
        if (!mfn_equal(v->descriptors.gdt_frames[i], MFN_INVALID))
            count_typed(v->descriptors.gdt_frames[i], FRAME_TYPE_SEGDESC, "a GDT");
    }
    for (unsigned i = 0; i < LDT_WINDOW_PAGES; i++) {
        if (v->descriptors.ldt_mapped_pages & (1u << i))
            count_typed(entry_mfn(v->mmu.window_l1[16 + i]), FRAME_TYPE_SEGDESC, "an LDT");
    }
}

/* ---- the check ---- */

static void for_each_owned_frame(void (*function)(struct frame *frame))
{
    for (uint64_t number = 0; number < frame_count; number++) {
        struct frame *frame = frame_lookup(mfn(number));

        if (frame && frame_owner(frame))
            function(frame);
    }
}

static void walk_everything(int32_t direction)
{
    step = direction;
    for_each_owned_frame(count_frame);
    for (struct domain *d = domain_next(0); d; d = domain_next((uint16_t)(d->id + 1))) {
        for (uint32_t i = 0; i < d->vcpu_count; i++)
            count_vcpu(d->vcpus[i]);
    }
    for (struct pvmmu_check_source *source = sources; source; source = source->next)
        source->count();
}

static void expect_nothing_left(struct frame *frame)
{
    uint32_t word = type_word(frame);
    int32_t references = (int32_t)(atomic_load(&frame->count) * COUNT_TO_TOP) / COUNT_TO_TOP;
    int32_t type_references = (int32_t)(word & TYPE_COUNT_MASK) / (int32_t)TYPE_COUNT_ONE;

    if (word & (TYPE_PARTIAL | TYPE_GOING))
        type_references = 0;

    if (references || type_references)
        COMPLAIN("frame %#lx (type word %#x): %d references and %d of its type are not accounted",
                 frame_to_mfn(frame).number, word, references, type_references);
}

bool pvmmu_check(void)
{
    complaints = 0;
    walk_everything(-1);
    for_each_owned_frame(expect_nothing_left);
    walk_everything(1);
    return complaints == 0;
}
