/* SPDX-License-Identifier: MIT */
#include "support/whole/kernel_file.h"

#include <stdlib.h>
#include <string.h>

#include "hypercall-abi/elfnote.h"

#define TEXT_OFFSET  0x1000u
#define DATA_OFFSET  0x400u
#define NOTES_OFFSET 0x600u
#define NOTES_MAX    0x600u

struct elf_header *kernel_file_header(struct kernel_file *file)
{
    return (struct elf_header *)(void *)file->bytes;
}

struct elf_program_header *kernel_file_segment(struct kernel_file *file, unsigned index)
{
    return (struct elf_program_header *)(void *)(file->bytes + sizeof(struct elf_header)) + index;
}

static void add_owned_note(struct kernel_file *file, const char *owner, uint32_t type,
                           const void *content, size_t bytes)
{
    struct elf_note_header note = { (uint32_t)strlen(owner) + 1, (uint32_t)bytes, type };
    uint8_t *at = file->bytes + file->notes_offset + file->notes_bytes;
    size_t total = sizeof(note) + ((note.name_bytes + 3) & ~3u) + ((bytes + 3) & ~3UL);

    if (file->notes_bytes + total > NOTES_MAX)
        abort();
    memset(at, 0, total);
    memcpy(at, &note, sizeof(note));
    memcpy(at + sizeof(note), owner, note.name_bytes);
    memcpy(at + sizeof(note) + ((note.name_bytes + 3) & ~3u), content, bytes);
    file->notes_bytes += total;
    kernel_file_segment(file, 2)->file_bytes = file->notes_bytes;
    kernel_file_segment(file, 2)->memory_bytes = file->notes_bytes;
}

void kernel_file_add_note(struct kernel_file *file, uint32_t type, const void *content,
                          size_t bytes)
{
    add_owned_note(file, "Xen", type, content, bytes);
}

void kernel_file_add_number(struct kernel_file *file, uint32_t type, uint64_t number)
{
    kernel_file_add_note(file, type, &number, sizeof(number));
}

static void put_segment(struct kernel_file *file, unsigned index, uint32_t type, uint64_t offset,
                        uint64_t physical)
{
    *kernel_file_segment(file, index) = (struct elf_program_header){
        .type = type,
        .offset = offset,
        .physical_address = physical,
        .virtual_address = KERNEL_FILE_BASE + physical,
        .alignment = 4,
    };
}

void kernel_file_make(struct kernel_file *file)
{
    static const char build_id[] = "build id";

    memset(file, 0, sizeof(*file));
    file->size = TEXT_OFFSET + 0x1000;
    file->notes_offset = NOTES_OFFSET;
    *kernel_file_header(file) = (struct elf_header){
        .ident = { 0x7f, 'E', 'L', 'F', ELF_CLASS_64, ELF_DATA_LITTLE, 1 },
        .type = ELF_TYPE_EXECUTABLE,
        .machine = ELF_MACHINE_X86_64,
        .version = 1,
        .entry = 0x1000000, /* a native entry, which is not used */
        .program_headers_offset = sizeof(struct elf_header),
        .header_bytes = sizeof(struct elf_header),
        .program_header_bytes = sizeof(struct elf_program_header),
        .program_header_count = KERNEL_FILE_SEGMENTS,
        .section_header_bytes = sizeof(struct elf_section_header),
    };
    put_segment(file, 0, ELF_SEGMENT_LOAD, TEXT_OFFSET, KERNEL_FILE_TEXT);
    kernel_file_segment(file, 0)->file_bytes = 0x1000;
    kernel_file_segment(file, 0)->memory_bytes = 0x1000;
    put_segment(file, 1, ELF_SEGMENT_LOAD, DATA_OFFSET, KERNEL_FILE_DATA);
    kernel_file_segment(file, 1)->file_bytes = 16;
    kernel_file_segment(file, 1)->memory_bytes = KERNEL_FILE_END - KERNEL_FILE_DATA;
    put_segment(file, 2, ELF_SEGMENT_NOTE, NOTES_OFFSET, 0);
    for (unsigned i = 0; i < 0x1000; i++)
        file->bytes[TEXT_OFFSET + i] = (uint8_t)(i % 253);
    memset(file->bytes + DATA_OFFSET, 0xda, 16);

    /* Type 3 of another owner is no VIRT_BASE. */
    add_owned_note(file, "GNU", XEN_ELFNOTE_VIRT_BASE, build_id, sizeof(build_id));
    kernel_file_add_note(file, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    kernel_file_add_number(file, XEN_ELFNOTE_VIRT_BASE, KERNEL_FILE_BASE);
    kernel_file_add_number(file, XEN_ELFNOTE_ENTRY, KERNEL_FILE_ENTRY);
}
