/* SPDX-License-Identifier: MIT */
/* The parts of the ELF64 format that a kernel image is read by (System V ABI, chapters 4 and 5). */
#ifndef PARAPET_CONTROL_ELF_FORMAT_H
#define PARAPET_CONTROL_ELF_FORMAT_H

#include <stdint.h>

struct elf_header {
    uint8_t ident[16];
    uint16_t type;
    uint16_t machine;
    uint32_t version;
    uint64_t entry;
    uint64_t program_headers_offset;
    uint64_t section_headers_offset;
    uint32_t flags;
    uint16_t header_bytes;
    uint16_t program_header_bytes;
    uint16_t program_header_count;
    uint16_t section_header_bytes;
    uint16_t section_header_count;
    uint16_t section_names_index;
};
_Static_assert(sizeof(struct elf_header) == 64, "ELF64 file header");

#define ELF_IDENT_CLASS 4
#define ELF_IDENT_DATA  5
#define ELF_CLASS_64    2
#define ELF_DATA_LITTLE 1

#define ELF_TYPE_EXECUTABLE 2
#define ELF_TYPE_SHARED     3 /* a position-independent executable */
#define ELF_MACHINE_X86_64  62

struct elf_program_header {
    uint32_t type;
    uint32_t flags;
    uint64_t offset;
    uint64_t virtual_address;
    uint64_t physical_address;
    uint64_t file_bytes;
    uint64_t memory_bytes;
    uint64_t alignment;
};
_Static_assert(sizeof(struct elf_program_header) == 56, "ELF64 program header");

#define ELF_SEGMENT_LOAD 1
#define ELF_SEGMENT_NOTE 4

struct elf_section_header {
    uint32_t name;
    uint32_t type;
    uint64_t flags;
    uint64_t address;
    uint64_t offset;
    uint64_t bytes;
    uint32_t link;
    uint32_t info;
    uint64_t alignment;
    uint64_t entry_bytes;
};
_Static_assert(sizeof(struct elf_section_header) == 64, "ELF64 section header");

#define ELF_SECTION_NOTE 7

/* Followed by the owner's name and by the contents, each padded to the segment's alignment. */
struct elf_note_header {
    uint32_t name_bytes;
    uint32_t content_bytes;
    uint32_t type;
};
_Static_assert(sizeof(struct elf_note_header) == 12, "ELF note header");

#endif
