/* SPDX-License-Identifier: MIT */
/*
 * Computes the layout of a new domain. Pure arithmetic on numbers that are partly a hostile
 * image's; elf_image.c bounds the physical addresses, so that sums here do not wrap before
 * they are compared with the domain's size.
 */
#include "control/domain_layout.h"

#include "arch/pte.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "mm/address.h"

#define SPARE_BYTES   (512UL << 10)
#define END_ALIGNMENT (4UL << 20)

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes >> PAGE_SHIFT) + (bytes % PAGE_SIZE != 0);
}

static struct layout_piece take(uint64_t *next_pfn, uint64_t pages)
{
    struct layout_piece piece = { .pfn = *next_pfn, .pages = pages };

    *next_pfn += pages;
    return piece;
}

/* Page tables of levels 1 to 3 that map [virt, virt + bytes). */
static uint64_t tables_below_l4(uint64_t virt, uint64_t bytes)
{
    uint64_t count = 0;

    for (unsigned level = 1; level <= 3; level++) {
        uint64_t table_span = pte_span(level + 1);

        count += (virt + bytes - 1) / table_span - virt / table_span + 1;
    }
    return count;
}

/*
 * Page tables, stack and spare memory. The tables map themselves too, so their number depends
 * on where they end; more tables never need fewer, so trying upwards ends.
 */
static void place_tables(struct domain_layout *layout, uint64_t next_pfn)
{
    uint64_t tables = 1, needed;
    uint64_t start = next_pfn;

    for (;; tables = needed) {
        uint64_t end;

        next_pfn = start;
        layout->tables = take(&next_pfn, tables);
        layout->stack = take(&next_pfn, 1);
        end = align_up(layout->virt_base + (next_pfn << PAGE_SHIFT) + SPARE_BYTES, END_ALIGNMENT);
        layout->mapped_pages = (end - layout->virt_base) >> PAGE_SHIFT;
        needed = 1 + tables_below_l4(layout->virt_base, end - layout->virt_base);
        if (needed <= tables)
            return;
    }
}

/* The p2m list by itself: its tables hang off the same L4, in slots where nothing else is. */
static int place_p2m_apart(struct domain_layout *layout, uint64_t *next_pfn, const char **why)
{
    uint64_t bytes = layout->p2m.pages << PAGE_SHIFT;
    uint64_t kernel_end = layout->virt_base + (layout->mapped_pages << PAGE_SHIFT) - 1;

    if (!guest_range_ok(layout->p2m_virt, bytes)) {
        *why = "the p2m list does not fit where its note INIT_P2M wants it";
        return -EINVAL;
    }
    if (layout->p2m_virt >> L4_SHIFT <= kernel_end >> L4_SHIFT &&
        (layout->p2m_virt + bytes - 1) >> L4_SHIFT >= layout->virt_base >> L4_SHIFT) {
        *why = "its note INIT_P2M is within 512 GiB of the kernel";
        return -EINVAL;
    }
    layout->p2m = take(next_pfn, layout->p2m.pages);
    layout->p2m_tables = take(next_pfn, tables_below_l4(layout->p2m_virt, bytes));
    return 0;
}

int domain_layout_make(const struct layout_request *request, struct domain_layout *layout,
                       const char **why)
{
    const struct elf_image *image = request->image;
    uint64_t next_pfn = pages_of(image->physical_end);
    uint64_t module_pages = pages_of(request->module_bytes);
    uint64_t p2m_pages = pages_of(request->nr_pages * sizeof(uint64_t));
    int error = 0;

    *layout = (struct domain_layout){
        .virt_base = image->virt_base,
        .nr_pages = request->nr_pages,
        .module_is_mapped = module_pages && !image->module_may_be_unmapped,
        .p2m_is_apart = image->has_init_p2m,
        .p2m_virt = image->init_p2m,
        .p2m.pages = p2m_pages,
    };
    *why = "it does not fit into the domain's memory";
    if (next_pfn > request->nr_pages || module_pages > request->nr_pages)
        return -EINVAL;

    if (layout->module_is_mapped)
        layout->module = take(&next_pfn, module_pages);
    if (!layout->p2m_is_apart)
        layout->p2m = take(&next_pfn, p2m_pages);
    layout->start_info = take(&next_pfn, 1);
    if (request->has_ring_pages) {
        layout->store = take(&next_pfn, 1);
        layout->console = take(&next_pfn, 1);
    }
    if (!guest_range_ok(layout->virt_base, (next_pfn << PAGE_SHIFT) + END_ALIGNMENT)) {
        *why = "its virtual addresses reach into the hypervisor's";
        return -EINVAL;
    }
    place_tables(layout, next_pfn);
    if (!guest_range_ok(layout->virt_base, layout->mapped_pages << PAGE_SHIFT)) {
        *why = "its virtual addresses reach into the hypervisor's";
        return -EINVAL;
    }

    next_pfn = layout->mapped_pages;
    if (module_pages && !layout->module_is_mapped)
        layout->module = take(&next_pfn, module_pages);
    if (layout->p2m_is_apart)
        error = place_p2m_apart(layout, &next_pfn, why);
    if (error || next_pfn > request->nr_pages)
        return -EINVAL;
    *why = NULL;
    return 0;
}
