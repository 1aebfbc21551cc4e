/* SPDX-License-Identifier: MIT */
/*
 * A kernel's ELF file in memory, for tests that load, damage or refuse it.
 */
#ifndef PARAPET_TESTS_WHOLE_KERNEL_FILE_H
#define PARAPET_TESTS_WHOLE_KERNEL_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "control/elf_format.h"

#define KERNEL_FILE_MAX      8192u
#define KERNEL_FILE_BASE     0xffffffff80000000UL
#define KERNEL_FILE_TEXT     0x2000u /* physical, page aligned, one page in the file */
#define KERNEL_FILE_DATA     0x4000u /* 16 bytes in the file, 0x1800 in memory */
#define KERNEL_FILE_END      0x5800u
#define KERNEL_FILE_ENTRY    (KERNEL_FILE_BASE + KERNEL_FILE_TEXT + 0x10)
#define KERNEL_FILE_SEGMENTS 3u /* text, data, notes */

struct kernel_file {
    uint8_t bytes[KERNEL_FILE_MAX];
    size_t size;
    size_t notes_offset;
    size_t notes_bytes;
};

/* A good file with the notes XEN_VERSION, VIRT_BASE and ENTRY, and one of another owner. */
void kernel_file_make(struct kernel_file *file);

/* One more note, owner "Xen". */
void kernel_file_add_note(struct kernel_file *file, uint32_t type, const void *content,
                          size_t bytes);
void kernel_file_add_number(struct kernel_file *file, uint32_t type, uint64_t number);

struct elf_header *kernel_file_header(struct kernel_file *file);
struct elf_program_header *kernel_file_segment(struct kernel_file *file, unsigned index);

#endif
