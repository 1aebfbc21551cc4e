/* SPDX-License-Identifier: MIT */
/*
 * The built-in programs: ELF files that the build puts into the kernel image (programs.S), and
 * the loader that makes one the image of a process.
 */
#include "kernel/page.h"
#include "kernel/process.h"
#include "kernel/string.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_size, program_entry_size, program_count;
};

struct elf_segment {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_bytes, memory_bytes, alignment;
};

#define SEGMENT_LOAD       1u
#define SEGMENT_EXECUTABLE 1u
#define SEGMENT_WRITABLE   2u

#define PROGRAM(name) extern const uint8_t program_##name[], program_##name##_end[];
#include "kernel/programs.def"
#undef PROGRAM

static const struct program programs[] = {
#define PROGRAM(name) { #name, program_##name, program_##name##_end },
#include "kernel/programs.def"
#undef PROGRAM
};

const struct program *program_find(const char *name)
{
    for (size_t i = 0; i < ARRAY_LENGTH(programs); i++) {
        if (!strcmp(programs[i].name, name))
            return &programs[i];
    }
    return NULL;
}

/* The part of a segment's file content that belongs to the page at @address. */
static void fill_page(uint64_t pfn, const uint8_t *image, const struct elf_segment *segment,
                      uint64_t address)
{
    uint64_t start = address > segment->address ? address : segment->address;
    uint64_t file_end = segment->address + segment->file_bytes;
    uint64_t end = address + PAGE_SIZE < file_end ? address + PAGE_SIZE : file_end;

    if (start < end)
        memcpy((uint8_t *)pfn_to_virt(pfn) + (start - address),
               image + segment->offset + (start - segment->address), end - start);
}

static int load_segment(struct process *process, const uint8_t *image,
                        const struct elf_segment *segment)
{
    struct region region = {
        .start = segment->address & PAGE_MASK,
        .end = (segment->address + segment->memory_bytes + PAGE_SIZE - 1) & PAGE_MASK,
        .is_writable = segment->flags & SEGMENT_WRITABLE,
        .is_executable = segment->flags & SEGMENT_EXECUTABLE,
    };
    uint64_t flags = PTE_PRESENT | PTE_USER | PTE_ACCESSED |
                     (region.is_writable ? PTE_WRITE | PTE_DIRTY : 0) |
                     (region.is_executable ? 0 : PTE_NX);
    struct pte_batch batch = { .count = 0 };
    int result = vm_region_add(process, region);

    for (uint64_t address = region.start; address < region.end && !result; address += PAGE_SIZE) {
        uint64_t pfn = page_alloc();

        if (!pfn)
            return -1;
        fill_page(pfn, image, segment, address);
        result = vm_map_page(process, &batch, address, pfn, flags);
    }
    bottom_pte_batch_flush(&batch);
    return result;
}

int program_load(struct process *process, const struct program *program, uint64_t *entry)
{
    struct elf_header header;
    int result = 0;

    memcpy(&header, program->start, sizeof(header));
    if (memcmp(header.ident, "\177ELF", 4))
        return -1;
    for (uint16_t i = 0; i < header.program_count && !result; i++) {
        struct elf_segment segment;

        memcpy(&segment,
               program->start + header.program_offset + (uint64_t)i * header.program_entry_size,
               sizeof(segment));
        if (segment.type == SEGMENT_LOAD && segment.memory_bytes)
            result = load_segment(process, program->start, &segment);
    }
    *entry = header.entry;
    return result;
}
