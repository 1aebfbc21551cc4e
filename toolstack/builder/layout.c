/* SPDX-License-Identifier: MIT */
#include "builder/layout.h"

#include "builder/page_tables.h"

#define PAGE_SHIFT    12u
#define PAGE_BYTES    (1ULL << PAGE_SHIFT)
#define SPARE_BYTES   (512ULL << 10)
#define END_ALIGNMENT (4ULL << 20)

static uint64_t pages_of(uint64_t bytes)
{
    return (bytes >> PAGE_SHIFT) + (bytes % PAGE_BYTES != 0);
}

static struct layout_piece take(uint64_t *next_pfn, uint64_t pages)
{
    struct layout_piece piece = { .pfn = *next_pfn, .pages = pages };

    *next_pfn += pages;
    return piece;
}

/* The hole of the hypervisor is not the guest's, nor are addresses that are not canonical. */
static bool is_guest_range(uint64_t virt, uint64_t bytes)
{
    uint64_t last = virt + bytes - 1;
    bool is_low = last < 0x0000800000000000ULL;
    bool is_high = virt >= 0xffff880000000000ULL;

    return bytes && last >= virt && (is_low || is_high);
}

static int fail(const struct layout_request *request, const char *what, struct error *error)
{
    return error_set(error, ERROR_GUEST, "PV-E1101", "%s: %s", request->kernel_name, what);
}

static int too_little_memory(const struct layout_request *request, uint64_t needed_pages,
                             struct error *error)
{
    error_set(error, ERROR_GUEST, "PV-E1102",
              "%s: kernel, ramdisk and page tables do not fit into the domain's %llu MiB",
              request->kernel_name, (unsigned long long)(request->pages >> 8));
    return error_hint(error, "give it at least %llu MiB <memory>",
                      (unsigned long long)(needed_pages >> 8) + 1);
}

/* The tables map themselves too, so their number depends on where they end. */
static void place_tables(struct layout *layout, uint64_t start)
{
    uint64_t tables = 1, needed = 1;

    do {
        uint64_t next_pfn = start, end;

        tables = needed;
        layout->tables = take(&next_pfn, tables);
        layout->stack = take(&next_pfn, 1);
        end = layout->virt_base + (next_pfn << PAGE_SHIFT) + SPARE_BYTES;
        end = (end + END_ALIGNMENT - 1) & ~(END_ALIGNMENT - 1);
        layout->mapped_pages = (end - layout->virt_base) >> PAGE_SHIFT;
        needed = 1 + page_tables_needed(layout->virt_base, end - layout->virt_base);
    } while (needed > tables);
}

/* The p2m list by itself: its tables hang off the same root, in slots where nothing else is. */
static int place_p2m_apart(const struct layout_request *request, struct layout *layout,
                           uint64_t *next_pfn, struct error *error)
{
    uint64_t bytes = layout->p2m.pages << PAGE_SHIFT;
    uint64_t kernel_last = layout->virt_base + (layout->mapped_pages << PAGE_SHIFT) - 1;

    if (!is_guest_range(layout->p2m_virt, bytes))
        return fail(request, "the p2m list does not fit where the note INIT_P2M wants it", error);
    if (layout->p2m_virt >> PAGE_TABLE_ROOT_SHIFT <= kernel_last >> PAGE_TABLE_ROOT_SHIFT &&
        (layout->p2m_virt + bytes - 1) >> PAGE_TABLE_ROOT_SHIFT >= layout->virt_base >>
            PAGE_TABLE_ROOT_SHIFT)
        return fail(request, "its note INIT_P2M is within 512 GiB of the kernel", error);
    layout->p2m = take(next_pfn, layout->p2m.pages);
    layout->p2m_tables = take(next_pfn, page_tables_needed(layout->p2m_virt, bytes));
    return 0;
}

/* Everything that is mapped, from the end of the kernel on. */
static int place_mapped(const struct layout_request *request, struct layout *layout,
                        struct error *error)
{
    uint64_t next_pfn = pages_of(request->kernel->physical_end);
    uint64_t ramdisk_pages = pages_of(request->ramdisk_bytes);

    if (next_pfn > request->pages || ramdisk_pages > request->pages)
        return too_little_memory(request, next_pfn + ramdisk_pages, error);
    if (layout->ramdisk_is_mapped)
        layout->ramdisk = take(&next_pfn, ramdisk_pages);
    if (!layout->p2m_is_apart)
        layout->p2m = take(&next_pfn, layout->p2m.pages);
    layout->start_info = take(&next_pfn, 1);
    layout->store = take(&next_pfn, 1);
    layout->console = take(&next_pfn, 1);
    /* What place_tables() adds is less than a tenth more, and rounded up. */
    if (!is_guest_range(layout->virt_base,
                        (next_pfn << PAGE_SHIFT) + (next_pfn << (PAGE_SHIFT - 3)) + END_ALIGNMENT))
        return fail(request, "its virtual addresses reach into the hypervisor's", error);
    place_tables(layout, next_pfn);
    return 0;
}

int layout_make(const struct layout_request *request, struct layout *layout, struct error *error)
{
    const struct kernel_elf *kernel = request->kernel;
    uint64_t next_pfn;

    *layout = (struct layout){
        .virt_base = kernel->virt_base,
        .pages = request->pages,
        .ramdisk_is_mapped = request->ramdisk_bytes && !kernel->ramdisk_may_be_unmapped,
        .p2m_is_apart = kernel->has_init_p2m,
        .p2m_virt = kernel->init_p2m,
        .p2m.pages = pages_of(request->pages * sizeof(uint64_t)),
    };
    if (place_mapped(request, layout, error))
        return -1;
    next_pfn = layout->mapped_pages;
    if (request->ramdisk_bytes && !layout->ramdisk_is_mapped)
        layout->ramdisk = take(&next_pfn, pages_of(request->ramdisk_bytes));
    if (layout->p2m_is_apart && place_p2m_apart(request, layout, &next_pfn, error))
        return -1;
    if (next_pfn > request->pages)
        return too_little_memory(request, next_pfn, error);
    return 0;
}
