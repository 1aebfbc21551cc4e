/* SPDX-License-Identifier: MIT */
#include "support/whole/guest_memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arch/guest_words.h"
#include "arch/percpu.h"
#include "arch/pte.h"
#include "arch/x86.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "mm/guest_access.h"
#include "mm/ram.h"
#include "pvmmu/frame_type.h"
#include "support/fake_arch/fake_machine.h"
#include "support/whole/world.h"

#define CACHED_MAX 64u

/* As a TLB holds it: what it said when it was used. */
struct translation {
    bool is_there;
    uint64_t page;
    mfn_t frame;
    const struct domain *owner; /* of the frame */
    bool is_writable;
};

static struct translation cached[WORLD_CPUS][CACHED_MAX];

static void forget_all(uint32_t cpu)
{
    if (cpu < WORLD_CPUS)
        memset(cached[cpu], 0, sizeof(cached[cpu]));
}

static struct translation *place_for(uint64_t page)
{
    return &cached[this_cpu()->id][(page >> PAGE_SHIFT) % CACHED_MAX];
}

static NORETURN void complain(const char *what, uint64_t va, uint64_t entry)
{
    fprintf(stderr, "the CPU's walk for %#lx comes upon %s: %#lx\n", va, what, entry);
    abort();
}

/* ---- the walk ---- */

static uint64_t *entry_of(uint64_t table, uint64_t va, unsigned level)
{
    unsigned index = va >> (PAGE_SHIFT + 9 * (level - 1)) & 511;

    return (uint64_t *)maddr_to_virt(maddr(table & PTE_ADDRESS_MASK)) + index;
}

/* The type of the table that @entry, in a table of type @above, leads to. An L4 entry may lead to an
 * L4 again: then all below it are of one level more, and the "page" is a table. */
static enum frame_type check_table(uint64_t va, uint64_t entry, enum frame_type above)
{
    const struct frame *frame = frame_lookup(maddr_to_mfn(maddr(entry & PTE_ADDRESS_MASK)));
    enum frame_type type;

    if (entry & PTE_LARGE)
        complain("a large page", va, entry);
    if (!frame || frame->state != FRAME_STATE_USED)
        complain("a table that is no frame", va, entry);
    type = type_of(type_word(frame));
    if (!type_is_valid(type_word(frame), type) ||
        (type != above - 1 && !(above == FRAME_TYPE_L4 && type == above)))
        complain("a table of the wrong type", va, entry);
    return type;
}

static void check_leaf(uint64_t va, uint64_t entry, bool is_writable)
{
    const struct frame *frame = frame_lookup(maddr_to_mfn(maddr(entry & PTE_ADDRESS_MASK)));

    if (frame->state != FRAME_STATE_USED || !frame_owner(frame))
        complain("a page of the hypervisor's", va, entry);
    if (is_writable && !type_is_valid(type_word(frame), FRAME_TYPE_WRITABLE))
        complain("a writable page of another type", va, entry);
}

/* Translates as the hypervisor's accesses are: in ring 0, with CR0.WP. */
static bool walk(uint64_t va, bool for_writing, struct translation *result)
{
    uint64_t *entries[5];
    uint64_t entry = this_cpu()->cr3;
    enum frame_type type = FRAME_TYPE_L4;
    bool is_writable = true;

    for (unsigned level = 4; level >= 1; level--) {
        if (level < 4)
            type = check_table(va, entry, type);
        entries[level] = entry_of(entry, va, level);
        entry = *entries[level];
        if (!(entry & PTE_PRESENT))
            return false;
        is_writable = is_writable && (entry & PTE_WRITE);
    }
    if ((for_writing && !is_writable) ||
        !frame_lookup(maddr_to_mfn(maddr(entry & PTE_ADDRESS_MASK))))
        return false; /* device memory is not to be touched here */
    check_leaf(va, entry, is_writable);

    for (unsigned level = 4; level >= 1; level--)
        *entries[level] |= PTE_ACCESSED;
    if (for_writing)
        *entries[1] |= PTE_DIRTY;
    result->is_there = true;
    result->page = va & PAGE_MASK;
    result->frame = maddr_to_mfn(maddr(entry & PTE_ADDRESS_MASK));
    result->owner = frame_owner(frame_lookup(result->frame));
    result->is_writable = for_writing; /* else a write would walk again, to set Dirty */
    return true;
}

static uint8_t *resolve(uint64_t address, bool for_writing)
{
    struct translation *place = place_for(address & PAGE_MASK);

    if ((!place->is_there || place->page != (address & PAGE_MASK) ||
         (for_writing && !place->is_writable)) &&
        !walk(address, for_writing, place))
        return NULL;
    return (uint8_t *)mfn_to_virt(place->frame) + (address & ~PAGE_MASK);
}

/* ---- mm/guest_access.h ---- */

static size_t within_page(uint64_t address, size_t bytes)
{
    size_t left = PAGE_SIZE - (address & ~PAGE_MASK);

    return bytes < left ? bytes : left;
}

int copy_from_guest(void *to, uint64_t guest_address, size_t bytes)
{
    uint8_t *at = to;

    if (!guest_range_ok(guest_address, bytes))
        return -EFAULT;
    while (bytes) {
        size_t piece = within_page(guest_address, bytes);
        const uint8_t *page = resolve(guest_address, false);

        if (!page)
            return -EFAULT;
        memcpy(at, page, piece);
        at += piece;
        guest_address += piece;
        bytes -= piece;
    }
    return 0;
}

int copy_to_guest(uint64_t guest_address, const void *from, size_t bytes)
{
    const uint8_t *at = from;

    if (!guest_range_ok(guest_address, bytes))
        return -EFAULT;
    while (bytes) {
        size_t piece = within_page(guest_address, bytes);
        uint8_t *page = resolve(guest_address, true);

        if (!page)
            return -EFAULT;
        memcpy(page, at, piece);
        at += piece;
        guest_address += piece;
        bytes -= piece;
    }
    return 0;
}

int fake_guest_load(uint64_t *into, uint64_t address)
{
    return copy_from_guest(into, address, sizeof(*into)) != 0;
}

int fake_guest_store(uint64_t address, uint64_t value)
{
    return copy_to_guest(address, &value, sizeof(value)) != 0;
}

int clear_guest(uint64_t guest_address, size_t bytes)
{
    static const uint8_t zeros[PAGE_SIZE];

    while (bytes) {
        size_t piece = within_page(guest_address, bytes);

        if (copy_to_guest(guest_address, zeros, piece))
            return -EFAULT;
        guest_address += piece;
        bytes -= piece;
    }
    return 0;
}

int exchange_guest(uint64_t guest_address, uint64_t *expected, uint64_t replacement)
{
    uint64_t found;

    if (!guest_range_ok(guest_address, 8) || guest_address % 8 ||
        copy_from_guest(&found, guest_address, 8))
        return -EFAULT;
    if (found != *expected) {
        *expected = found;
        return -EAGAIN;
    }
    return copy_to_guest(guest_address, &replacement, 8);
}

/* ---- oracle ---- */

static void check_translation(uint32_t cpu, const struct translation *t)
{
    const struct frame *frame = frame_lookup(t->frame);
    uint32_t word = type_word(frame);
    const char *wrong = NULL;

    if (frame->state != FRAME_STATE_USED)
        return; /* it is flushed when the frame is given to somebody */
    if (frame_owner(frame) != t->owner)
        wrong = "is somebody else's";
    else if (t->is_writable && type_count(word) && type_of(word) != FRAME_TYPE_WRITABLE)
        wrong = "is not writable";
    if (!wrong)
        return;
    fprintf(stderr, "CPU %u was not flushed: %#lx was frame %#lx, which %s\n", cpu, t->page,
            t->frame.number, wrong);
    abort();
}

void guest_memory_check(void)
{
    for (uint32_t cpu = 0; cpu < WORLD_CPUS; cpu++) {
        for (unsigned i = 0; i < CACHED_MAX; i++) {
            if (cached[cpu][i].is_there)
                check_translation(cpu, &cached[cpu][i]);
        }
    }
}

void guest_memory_start(void)
{
    fake_tlb_flushed = forget_all;
}
