/* SPDX-License-Identifier: MIT */
/* Frames for a domain that is being built, and access to them by page-frame number. */
#include "control/build_memory.h"

#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/string.h"
#include "mm/frame_alloc.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"

static uint32_t runs_capacity(const struct build_memory *memory)
{
    return (uint32_t)((PAGE_SIZE << memory->runs_order) / sizeof(struct frame_run));
}

/* The list moves to a block of twice the size. */
static int grow_runs(struct build_memory *memory)
{
    unsigned order = memory->runs ? memory->runs_order + 1 : 0;
    struct frame *block = frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
    struct frame_run *runs;

    if (!block)
        return -ENOMEM;
    runs = mfn_to_virt(frame_to_mfn(block));
    if (memory->runs)
        memcpy(runs, memory->runs, memory->run_count * sizeof(*runs));
    build_memory_forget(memory);
    memory->runs = runs;
    memory->runs_order = order;
    return 0;
}

void build_memory_forget(struct build_memory *memory)
{
    if (memory->runs)
        frame_free(mfn_to_frame(virt_to_mfn(memory->runs)), memory->runs_order);
    memory->runs = NULL;
}

static int add_run(struct build_memory *memory, mfn_t first, uint64_t count)
{
    struct frame_run *last = memory->run_count ? &memory->runs[memory->run_count - 1] : NULL;

    if (last && mfn_equal(mfn_add(last->first, last->count), first)) {
        last->count += count;
    } else {
        if (!memory->runs || memory->run_count == runs_capacity(memory)) {
            int error = grow_runs(memory);

            if (error)
                return error;
        }
        memory->runs[memory->run_count++] =
            (struct frame_run){ .pfn = memory->nr_pages, .count = count, .first = first };
    }
    memory->nr_pages += count;
    return 0;
}

/* A block, the domain's; the run that lists it is what can fail. */
static int take_block(struct build_memory *memory, struct domain *d, struct frame *block,
                      unsigned order)
{
    uint64_t pfn = memory->nr_pages;

    for (uint64_t i = 0; i < BIT(order); i++) {
        frame_assign(&block[i], d);
        m2p_set(frame_to_mfn(&block[i]), pfn + i);
    }
    return add_run(memory, frame_to_mfn(block), BIT(order));
}

int build_memory_take(struct build_memory *memory, struct domain *d, uint64_t nr_pages)
{
    unsigned order = FRAME_ORDER_MAX;

    *memory = (struct build_memory){ 0 };
    while (memory->nr_pages < nr_pages) {
        struct frame *block = NULL;
        int error;

        if (BIT(order) <= nr_pages - memory->nr_pages)
            block = frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
        if (!block) {
            if (order == 0)
                return -ENOMEM;
            order--;
            continue;
        }
        error = take_block(memory, d, block, order);
        if (error)
            return error;
    }
    return 0;
}

/* The last run that begins at or below @pfn. */
mfn_t build_memory_mfn(const struct build_memory *memory, uint64_t pfn)
{
    uint32_t low = 0, high = memory->run_count;

    MUST(pfn < memory->nr_pages);
    while (high - low > 1) {
        uint32_t middle = low + (high - low) / 2;

        if (memory->runs[middle].pfn <= pfn)
            low = middle;
        else
            high = middle;
    }
    return mfn_add(memory->runs[low].first, pfn - memory->runs[low].pfn);
}

void *build_memory_page(const struct build_memory *memory, uint64_t pfn)
{
    return mfn_to_virt(build_memory_mfn(memory, pfn));
}

/* NULL for @from clears. Page by page, since the next page may be anywhere. */
static void fill(const struct build_memory *memory, uint64_t address, const uint8_t *from,
                 uint64_t bytes)
{
    while (bytes) {
        uint64_t offset = address & (PAGE_SIZE - 1);
        uint64_t piece = PAGE_SIZE - offset < bytes ? PAGE_SIZE - offset : bytes;
        uint8_t *to = (uint8_t *)build_memory_page(memory, address >> PAGE_SHIFT) + offset;

        if (from) {
            memcpy(to, from, piece);
            from += piece;
        } else {
            memset(to, 0, piece);
        }
        address += piece;
        bytes -= piece;
    }
}

void build_memory_write(const struct build_memory *memory, uint64_t address, const void *from,
                        uint64_t bytes)
{
    fill(memory, address, from, bytes);
}

void build_memory_clear(const struct build_memory *memory, uint64_t address, uint64_t bytes)
{
    fill(memory, address, NULL, bytes);
}
