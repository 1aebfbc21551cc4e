/* SPDX-License-Identifier: MIT */
/*
 * The reader of kernel files: what good ones say, why bad ones are refused, and that no damage makes
 * it read beyond the file. Each file is read from a block of exactly its size, for ASan.
 */
#include "control/elf_image.h"

#include <stdlib.h>
#include <string.h>

#include "hypercall-abi/elfnote.h"
#include "hypercall-abi/features.h"
#include "lib/errno.h"
#include "support/unit.h"
#include "support/whole/kernel_file.h"

static struct kernel_file file;
static struct elf_image image;
static const char *why;

static int read_bytes(size_t bytes)
{
    uint8_t *exact = malloc(bytes ? bytes : 1);
    int error;

    memcpy(exact, file.bytes, bytes);
    error = elf_image_read(exact, bytes, &image, &why);
    free(exact);
    image.file = NULL;
    return error;
}

static int read_file(void)
{
    return read_bytes(file.size);
}

static void expect_refused(const char *reason)
{
    ck_assert_int_eq(read_file(), -EINVAL);
    ck_assert_msg(strstr(why, reason), "refused because \"%s\", not \"%s\"", why, reason);
}

TEST(elf_image, reads_a_good_file)
{
    kernel_file_make(&file);
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert_uint_eq(image.segment_count, 2);
    ck_assert_uint_eq(image.physical_start, KERNEL_FILE_TEXT);
    ck_assert_uint_eq(image.physical_end, KERNEL_FILE_END);
    ck_assert_uint_eq(image.virt_base, KERNEL_FILE_BASE);
    ck_assert_uint_eq(image.entry, KERNEL_FILE_ENTRY);
    ck_assert(!image.has_hypercall_page);
    ck_assert(!image.has_init_p2m);
    ck_assert(!image.module_may_be_unmapped);
    ck_assert(!image.has_supported_features);
    ck_assert_ptr_null(why);
}

TEST(elf_image, reads_optional_notes)
{
    uint32_t features = 1u << XENFEAT_dom0 | 1;

    kernel_file_make(&file);
    kernel_file_add_number(&file, XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_FILE_BASE + 0x5000);
    kernel_file_add_number(&file, XEN_ELFNOTE_INIT_P2M, 0x8000000000);
    kernel_file_add_number(&file, XEN_ELFNOTE_MOD_START_PFN, 1);
    kernel_file_add_note(&file, XEN_ELFNOTE_SUPPORTED_FEATURES, &features, sizeof(features));
    kernel_file_add_note(&file, XEN_ELFNOTE_GUEST_OS, "a-very-long-name-of-a-system", 29);
    kernel_file_add_note(&file, XEN_ELFNOTE_LOADER, "generic", 8);
    kernel_file_add_note(&file, 0x1000001, "future", 7);
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert(image.has_hypercall_page);
    ck_assert_uint_eq(image.hypercall_page, KERNEL_FILE_BASE + 0x5000);
    ck_assert(image.has_init_p2m);
    ck_assert_uint_eq(image.init_p2m, 0x8000000000);
    ck_assert(image.module_may_be_unmapped);
    ck_assert(image.has_supported_features);
    ck_assert_uint_eq(image.supported_features, features);
    ck_assert_str_eq(image.guest_os, "a-very-long-nam");
}

TEST(elf_image, takes_small_numbers_in_notes)
{
    uint8_t one = 1;

    kernel_file_make(&file);
    kernel_file_add_note(&file, XEN_ELFNOTE_MOD_START_PFN, &one, 1);
    ck_assert_int_eq(read_file(), 0);
    ck_assert(image.module_may_be_unmapped);
}

TEST(elf_image, places_segments_by_physical_address)
{
    kernel_file_make(&file);
    kernel_file_segment(&file, 1)->virtual_address = 0; /* as Linux's per-CPU segment has it */
    ck_assert_int_eq(read_file(), 0);
    ck_assert_uint_eq(image.segments[1].physical, KERNEL_FILE_DATA);
}

TEST(elf_image, subtracts_the_physical_offset)
{
    kernel_file_make(&file);
    kernel_file_add_number(&file, XEN_ELFNOTE_PADDR_OFFSET, 0x1000);
    kernel_file_add_number(&file, XEN_ELFNOTE_ENTRY, KERNEL_FILE_ENTRY - 0x1000);
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert_uint_eq(image.physical_start, KERNEL_FILE_TEXT - 0x1000);
    kernel_file_add_number(&file, XEN_ELFNOTE_PADDR_OFFSET, KERNEL_FILE_TEXT + 1);
    expect_refused("no sensible physical address");
}

TEST(elf_image, uses_the_elf_entry_without_an_entry_note)
{
    kernel_file_make(&file);
    file.notes_bytes = 0;
    kernel_file_add_note(&file, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    kernel_file_header(&file)->entry = KERNEL_FILE_TEXT + 8;
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert_uint_eq(image.virt_base, 0);
    ck_assert_uint_eq(image.entry, KERNEL_FILE_TEXT + 8);
}

TEST(elf_image, finds_notes_in_sections_too)
{
    struct elf_section_header section = { .type = ELF_SECTION_NOTE, .alignment = 4 };

    kernel_file_make(&file);
    section.offset = file.notes_offset;
    section.bytes = file.notes_bytes;
    kernel_file_segment(&file, 2)->type = 0;
    expect_refused("no Xen notes");
    kernel_file_header(&file)->section_header_count = 1;
    kernel_file_header(&file)->section_headers_offset = 0xd00;
    memcpy(file.bytes + 0xd00, &section, sizeof(section));
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert_uint_eq(image.entry, KERNEL_FILE_ENTRY);
}

/* As PV-GRUB's file has it: contents of any length, each note at a multiple of 8. */
TEST(elf_image, reads_notes_that_are_aligned_to_8)
{
    kernel_file_make(&file);
    file.notes_bytes = 0;
    kernel_file_add_note(&file, XEN_ELFNOTE_GUEST_OS, "GRUB", 5);
    kernel_file_add_note(&file, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    kernel_file_add_number(&file, XEN_ELFNOTE_ENTRY, KERNEL_FILE_TEXT + 16);
    kernel_file_segment(&file, 2)->alignment = 8;
    ck_assert_msg(read_file() == 0, "%s", why);
    ck_assert_uint_eq(image.entry, KERNEL_FILE_TEXT + 16);
}

TEST(elf_image, names_what_people_try_instead)
{
    kernel_file_make(&file);
    memcpy(file.bytes, "MZ", 2);
    memcpy(file.bytes + 0x202, "HdrS", 4);
    expect_refused("bzImage");
    memset(file.bytes, 0, sizeof(file.bytes));
    memcpy(file.bytes, "\x1f\x8b", 2);
    expect_refused("gzip");
    memcpy(file.bytes,
           "\xfd"
           "7zXZ",
           5);
    expect_refused("xz");
    memcpy(file.bytes, "#!/bi", 5);
    expect_refused("not an ELF file");
}

/* One change to a good file, and what the reader must say about it. */
struct damage {
    void (*apply)(struct elf_header *header, struct elf_program_header *segments);
    const char *reason;
};

#define DAMAGE(name, statement)                                                                    \
    static void name(struct elf_header *header, struct elf_program_header *segments)               \
    {                                                                                              \
        (void)header;                                                                              \
        (void)segments;                                                                            \
        statement;                                                                                 \
    }
DAMAGE(other_class, header->ident[ELF_IDENT_CLASS] = 1)
DAMAGE(other_order, header->ident[ELF_IDENT_DATA] = 2)
DAMAGE(other_machine, header->machine = 183)
DAMAGE(an_object, header->type = 1)
DAMAGE(no_segments, header->program_header_count = 0)
DAMAGE(many_segments, header->program_header_count = 0xffff)
DAMAGE(odd_segment_headers, header->program_header_bytes = 32)
DAMAGE(headers_outside, header->program_headers_offset = 0x2000)
DAMAGE(headers_far_outside, header->program_headers_offset = ~0UL - 8)
DAMAGE(segment_outside, segments[0].offset = 0x1001)
DAMAGE(segment_far_outside, segments[0].offset = ~0UL)
DAMAGE(segment_wraps, segments[0].file_bytes = segments[0].memory_bytes = ~0UL)
DAMAGE(file_larger, segments[1].file_bytes = segments[1].memory_bytes + 1)
DAMAGE(memory_huge, segments[1].memory_bytes = 1UL << 50)
DAMAGE(address_huge, segments[1].physical_address = 1UL << 50)
DAMAGE(address_wraps, segments[1].physical_address = ~0UL - 0x100)
DAMAGE(notes_outside, segments[2].offset = 0x1fff)
DAMAGE(notes_cut, segments[2].file_bytes -= 6)
DAMAGE(nothing_to_load, segments[0].type = segments[1].type = 6)
DAMAGE(entry_outside, segments[0].memory_bytes = segments[0].file_bytes = 8)

TEST(elf_image, says_what_is_wrong)
{
    static const struct damage damages[] = {
        { other_class, "64-bit x86" },
        { other_order, "64-bit x86" },
        { other_machine, "64-bit x86" },
        { an_object, "not an executable" },
        { no_segments, "no sensible program headers" },
        { many_segments, "no sensible program headers" },
        { odd_segment_headers, "no sensible program headers" },
        { headers_outside, "program headers lie outside" },
        { headers_far_outside, "program headers lie outside" },
        { segment_outside, "segment lies outside" },
        { segment_far_outside, "segment lies outside" },
        { segment_wraps, "segment lies outside" },
        { file_larger, "larger in the file" },
        { memory_huge, "no sensible physical address" },
        { address_huge, "no sensible physical address" },
        { address_wraps, "no sensible physical address" },
        { notes_outside, "note" },
        { notes_cut, "note is cut off" },
        { nothing_to_load, "no segment to load" },
        { entry_outside, "entry point" },
    };

    for (unsigned i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
        kernel_file_make(&file);
        damages[i].apply(kernel_file_header(&file), kernel_file_segment(&file, 0));
        expect_refused(damages[i].reason);
    }
}

static void expect_note_refused(uint32_t type, uint64_t number, const char *reason)
{
    kernel_file_make(&file);
    kernel_file_add_number(&file, type, number);
    expect_refused(reason);
}

TEST(elf_image, refuses_notes_that_cannot_be)
{
    kernel_file_make(&file);
    kernel_file_add_note(&file, XEN_ELFNOTE_XEN_VERSION, "xen-4.0", 8);
    expect_refused("XEN_VERSION");
    kernel_file_make(&file);
    kernel_file_add_note(&file, XEN_ELFNOTE_XEN_VERSION, "xen-3.0x", 9);
    expect_refused("XEN_VERSION");
    kernel_file_make(&file);
    kernel_file_add_note(&file, XEN_ELFNOTE_LOADER, "special", 8);
    expect_refused("LOADER");
    expect_note_refused(XEN_ELFNOTE_VIRT_BASE, KERNEL_FILE_BASE + 1, "VIRT_BASE");
    expect_note_refused(XEN_ELFNOTE_VIRT_BASE, ~0xfffUL, "wrap");
    expect_note_refused(XEN_ELFNOTE_ENTRY, 0, "entry point");
    expect_note_refused(XEN_ELFNOTE_ENTRY, KERNEL_FILE_BASE + KERNEL_FILE_END, "entry point");
    expect_note_refused(XEN_ELFNOTE_ENTRY, ~0UL, "entry point");
    expect_note_refused(XEN_ELFNOTE_HYPERCALL_PAGE, KERNEL_FILE_BASE + 0x2800, "hypercall page");
    expect_note_refused(XEN_ELFNOTE_HYPERCALL_PAGE, 0, "hypercall page");
    expect_note_refused(XEN_ELFNOTE_INIT_P2M, 0x8000000001, "INIT_P2M");
}

TEST(elf_image, survives_being_cut_anywhere)
{
    kernel_file_make(&file);
    for (size_t bytes = 0; bytes < file.size; bytes++)
        ck_assert_int_eq(read_bytes(bytes), -EINVAL);
    ck_assert_int_eq(read_bytes(file.size), 0);
}

static uint64_t random_state = 1;

static uint64_t next_random(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* What the rest of the builder relies on. */
static void check_accepted(void)
{
    ck_assert_uint_le(image.segment_count, ELF_IMAGE_MAX_SEGMENTS);
    ck_assert_uint_le(image.physical_end, ELF_IMAGE_MAX_PHYSICAL);
    for (unsigned i = 0; i < image.segment_count; i++) {
        const struct elf_segment *segment = &image.segments[i];

        ck_assert_uint_le(segment->file_bytes, segment->memory_bytes);
        ck_assert_uint_le(segment->file_offset, file.size);
        ck_assert_uint_le(segment->file_bytes, file.size - segment->file_offset);
        ck_assert_uint_ge(segment->physical, image.physical_start);
        ck_assert_uint_le(segment->physical + segment->memory_bytes, image.physical_end);
    }
    ck_assert_uint_eq(image.virt_base & 4095, 0);
    ck_assert_uint_ge(image.entry, image.virt_base);
}

TEST(elf_image, survives_random_damage)
{
    unsigned accepted = 0;

    for (unsigned round = 0; round < 60000; round++) {
        kernel_file_make(&file);
        kernel_file_add_number(&file, XEN_ELFNOTE_INIT_P2M, 0x8000000000);
        for (uint64_t changes = 1 + next_random() % 4; changes; changes--) {
            /* Mostly where the numbers are: headers and notes. */
            size_t at = next_random() % (next_random() % 2 ? 64 + 3 * 56 : 0x600 + 0x100);

            file.bytes[at] =
                next_random() % 2 ? (uint8_t)next_random() : (uint8_t)(0xff * (next_random() % 2));
        }
        if (read_file() == 0) {
            accepted++;
            check_accepted();
        } else {
            ck_assert_ptr_nonnull(why);
        }
    }
    ck_assert_uint_gt(accepted, 1000);
}
