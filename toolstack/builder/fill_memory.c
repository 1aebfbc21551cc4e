/* SPDX-License-Identifier: MIT */
/*
 * Writes what a new domain finds in its memory. Frames come cleared from the hypervisor, so zeros
 * are not written. A mapping is ended before the next is made: page tables that are mapped
 * writable could not be pinned.
 */
#include <stdlib.h>
#include <string.h>

#include "builder/build.h"
#include "builder/page_tables.h"
#include "hypercall-abi/start_info.h"

#define PAGE_BYTES 4096u
#define MAP_PAGES  1024u /* at a time */
#define MAGIC      "xen-3.0-x86_64"

int build_write(struct build *build, uint64_t pfn, const void *from, uint64_t bytes)
{
    const uint8_t *next = from;

    while (bytes) {
        uint64_t part = bytes < MAP_PAGES * PAGE_BYTES ? bytes : MAP_PAGES * PAGE_BYTES;
        uint64_t pages = (part + PAGE_BYTES - 1) / PAGE_BYTES;
        void *mapping;
        int result =
            control_map(build->control, build->built->domid, build->p2m + pfn, pages, &mapping);

        if (result)
            return build_refused(build, "mapping its memory", result);
        memcpy(mapping, next, part);
        control_unmap(build->control, mapping, pages);
        next += part;
        bytes -= part;
        pfn += pages;
    }
    return 0;
}

/* A segment may begin within a page, and the page may hold the end of another segment. */
static int write_head(struct build *build, const struct kernel_segment *segment, uint64_t *head)
{
    uint64_t offset = segment->physical % PAGE_BYTES;
    uint64_t pfn = segment->physical / PAGE_BYTES;
    void *mapping;
    int result;

    *head = 0;
    if (!offset || !segment->content_bytes)
        return 0;
    *head =
        PAGE_BYTES - offset < segment->content_bytes ? PAGE_BYTES - offset : segment->content_bytes;
    result = control_map(build->control, build->built->domid, build->p2m + pfn, 1, &mapping);
    if (result)
        return build_refused(build, "mapping its memory", result);
    memcpy((uint8_t *)mapping + offset, segment->content, *head);
    control_unmap(build->control, mapping, 1);
    return 0;
}

static int write_kernel(struct build *build)
{
    for (unsigned i = 0; i < build->kernel.segment_count; i++) {
        const struct kernel_segment *segment = &build->kernel.segments[i];
        uint64_t head;

        if (write_head(build, segment, &head) ||
            build_write(build, (segment->physical + head) / PAGE_BYTES, segment->content + head,
                        segment->content_bytes - head))
            return -1;
    }
    return 0;
}

static uint64_t piece_mfn(const struct build *build, struct layout_piece piece)
{
    return build->p2m[piece.pfn];
}

static void describe_ramdisk(const struct build *build, struct start_info *info)
{
    const struct layout *layout = &build->layout;

    if (!build->ramdisk.bytes)
        return;
    info->mod_len = build->ramdisk.bytes;
    info->mod_start = layout_virt(layout, layout->ramdisk);
    if (!layout->ramdisk_is_mapped) {
        info->mod_start = layout->ramdisk.pfn;
        info->flags |= SIF_MOD_START_PFN;
    }
}

static int write_start_info(struct build *build)
{
    const struct layout *layout = &build->layout;
    const char *command_line = build->request->command_line ? build->request->command_line : "";
    struct start_info info = {
        .magic = MAGIC,
        .nr_pages = layout->pages,
        .shared_info = build->shared_info_mfn * PAGE_BYTES,
        .store_mfn = piece_mfn(build, layout->store),
        .store_evtchn = build->built->store_port,
        .pt_base = layout_virt(layout, layout->tables),
        .nr_pt_frames = layout->tables.pages,
        .mfn_list = layout->p2m_is_apart ? layout->p2m_virt : layout_virt(layout, layout->p2m),
    };

    info.console.domU.mfn = piece_mfn(build, layout->console);
    info.console.domU.evtchn = build->built->console_port;
    if (layout->p2m_is_apart) {
        info.first_p2m_pfn = layout->p2m.pfn;
        info.nr_p2m_frames = layout->p2m.pages + layout->p2m_tables.pages;
    }
    describe_ramdisk(build, &info);
    memcpy(info.cmd_line, command_line, strlen(command_line)); /* build_domain() limits it */
    return build_write(build, layout->start_info.pfn, &info, sizeof(info));
}

static int write_tables(struct build *build, uint64_t *tables, uint64_t *p2m_tables)
{
    const struct layout *layout = &build->layout;

    page_tables_make(layout, build->p2m, tables, p2m_tables);
    if (build_write(build, layout->tables.pfn, tables, layout->tables.pages * PAGE_BYTES))
        return -1;
    return build_write(build, layout->p2m_tables.pfn, p2m_tables,
                       layout->p2m_tables.pages * PAGE_BYTES);
}

static int make_tables(struct build *build)
{
    const struct layout *layout = &build->layout;
    uint64_t *tables = calloc(layout->tables.pages + layout->p2m_tables.pages, PAGE_BYTES);
    int result;

    if (!tables)
        return error_set(build->error, ERROR_RESOURCES, "PV-E0706",
                         "no memory for the domain's page tables");
    result = write_tables(build, tables, tables + layout->tables.pages * PAGE_TABLE_ENTRIES);
    free(tables);
    return result;
}

int build_fill_memory(struct build *build)
{
    const struct layout *layout = &build->layout;

    if (write_kernel(build) ||
        build_write(build, layout->ramdisk.pfn, build->ramdisk.data, build->ramdisk.bytes) ||
        build_write(build, layout->p2m.pfn, build->p2m, layout->pages * sizeof(*build->p2m)) ||
        write_start_info(build))
        return -1;
    return make_tables(build);
}
