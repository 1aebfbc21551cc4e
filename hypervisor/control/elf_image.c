/* SPDX-License-Identifier: MIT */
/*
 * Reads the ELF file of a paravirtual kernel (abi-facts 1.1 and 1.2).
 *
 * Every number of the file is hostile. An offset is used only after range_in_file() or a
 * comparison with what is left has accepted it; headers are copied, never read in place, so
 * that alignment does not matter either. Segments are placed by their physical address:
 * Linux has one whose virtual address is zero.
 */
#include "control/elf_image.h"

#include "control/elf_format.h"
#include "hypercall-abi/elfnote.h"
#include "lib/errno.h"
#include "lib/string.h"

#define PAGE_OFFSET_MASK 0xfffUL

/* Values of notes, before they are put together with the segments. */
struct note_values {
    uint64_t number[XEN_ELFNOTE_MAX + 1];
    bool is_present[XEN_ELFNOTE_MAX + 1];
    bool any;
};

struct reader {
    struct elf_image *image;
    struct elf_header header;
    struct note_values notes;
    uint32_t notes_left;
    const char *why;
};

static int fail(struct reader *r, const char *why)
{
    r->why = why;
    return -EINVAL;
}

static bool range_in_file(const struct elf_image *image, uint64_t offset, uint64_t bytes)
{
    return offset <= image->file_bytes && bytes <= image->file_bytes - offset;
}

static bool starts_with(const struct elf_image *image, uint64_t offset, const char *magic,
                        size_t bytes)
{
    return range_in_file(image, offset, bytes) && !memcmp(image->file + offset, magic, bytes);
}

/* What people try first instead of an unpacked ELF file, for a message that helps. */
static const char *name_other_format(const struct elf_image *image)
{
    if (starts_with(image, 0x202, "HdrS", 4))
        return "it is a bzImage; unpack the vmlinux in it first";
    if (starts_with(image, 0, "\x1f\x8b", 2))
        return "it is compressed by gzip; unpack it first";
    if (starts_with(image, 0,
                    "\xfd"
                    "7zXZ",
                    5))
        return "it is compressed by xz; unpack it first";
    return "it is not an ELF file";
}

static int read_header(struct reader *r)
{
    const struct elf_image *image = r->image;

    if (!starts_with(image, 0,
                     "\x7f"
                     "ELF",
                     4))
        return fail(r, name_other_format(image));
    if (!range_in_file(image, 0, sizeof(r->header)))
        return fail(r, "the ELF header is cut off");
    memcpy(&r->header, image->file, sizeof(r->header));

    if (r->header.ident[ELF_IDENT_CLASS] != ELF_CLASS_64 ||
        r->header.ident[ELF_IDENT_DATA] != ELF_DATA_LITTLE ||
        r->header.machine != ELF_MACHINE_X86_64)
        return fail(r, "it is not an ELF file for 64-bit x86");
    if (r->header.type != ELF_TYPE_EXECUTABLE && r->header.type != ELF_TYPE_SHARED)
        return fail(r, "the ELF file is not an executable");
    if (r->header.program_header_bytes != sizeof(struct elf_program_header) ||
        r->header.program_header_count == 0 ||
        r->header.program_header_count > ELF_IMAGE_MAX_HEADERS)
        return fail(r, "the ELF file has no sensible program headers");
    if (!range_in_file(image, r->header.program_headers_offset,
                       (uint64_t)r->header.program_header_count *
                           sizeof(struct elf_program_header)))
        return fail(r, "the program headers lie outside the file");
    return 0;
}

static struct elf_program_header program_header(const struct reader *r, uint32_t index)
{
    struct elf_program_header header;

    memcpy(&header,
           r->image->file + r->header.program_headers_offset + (uint64_t)index * sizeof(header),
           sizeof(header));
    return header;
}

/* ---- notes ---- */

/* Numbers are stored in 1, 2, 4 or 8 bytes. */
static uint64_t note_number(const uint8_t *content, uint32_t bytes)
{
    uint64_t number = 0;

    if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)
        memcpy(&number, content, bytes);
    return number;
}

static bool note_text_is(const uint8_t *content, uint32_t bytes, const char *text)
{
    size_t length = strlen(text);

    return bytes >= length && !memcmp(content, text, length) &&
           (bytes == length || content[length] == 0);
}

static int take_note(struct reader *r, uint32_t type, const uint8_t *content, uint32_t bytes)
{
    struct elf_image *image = r->image;

    r->notes.any = true;
    if (type > XEN_ELFNOTE_MAX)
        return 0;
    r->notes.number[type] = note_number(content, bytes);
    r->notes.is_present[type] = true;

    if (type == XEN_ELFNOTE_XEN_VERSION && !note_text_is(content, bytes, "xen-3.0"))
        return fail(r, "its note XEN_VERSION is not xen-3.0");
    if (type == XEN_ELFNOTE_LOADER && !note_text_is(content, bytes, "generic"))
        return fail(r, "its note LOADER is not generic");
    if (type == XEN_ELFNOTE_GUEST_OS) {
        uint32_t length = bytes < sizeof(image->guest_os) ? bytes : sizeof(image->guest_os) - 1;

        memset(image->guest_os, 0, sizeof(image->guest_os));
        memcpy(image->guest_os, content, length);
    }
    return 0;
}

static uint64_t note_padded(uint64_t bytes, uint64_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

/* All notes of one segment or section. Other owners' types mean something else. */
static int read_notes(struct reader *r, uint64_t offset, uint64_t bytes, uint64_t alignment)
{
    const uint8_t *at;

    if (!range_in_file(r->image, offset, bytes))
        return fail(r, "a note lies outside the file");
    at = r->image->file + offset;
    alignment = alignment == 8 ? 8 : 4;

    while (bytes >= sizeof(struct elf_note_header)) {
        struct elf_note_header note;
        uint64_t name_bytes, content_bytes;
        int error;

        memcpy(&note, at, sizeof(note));
        at += sizeof(note);
        bytes -= sizeof(note);
        /* The alignment counts from the note's start: a header has 12 bytes. */
        name_bytes = note_padded(sizeof(note) + note.name_bytes, alignment) - sizeof(note);
        content_bytes = note_padded(note.content_bytes, alignment);
        if (name_bytes > bytes || note.content_bytes > bytes - name_bytes)
            return fail(r, "a note is cut off");
        if (content_bytes > bytes - name_bytes) /* the last one may lack its padding */
            content_bytes = bytes - name_bytes;

        if (note.name_bytes == 4 && !memcmp(at, "Xen", 4)) {
            error = take_note(r, note.type, at + name_bytes, note.content_bytes);
            if (error)
                return error;
        }
        at += name_bytes + content_bytes;
        bytes -= name_bytes + content_bytes;
        if (--r->notes_left == 0)
            return fail(r, "it has too many notes");
    }
    return 0;
}

static int read_note_segments(struct reader *r)
{
    for (uint32_t i = 0; i < r->header.program_header_count; i++) {
        struct elf_program_header segment = program_header(r, i);

        if (segment.type == ELF_SEGMENT_NOTE) {
            int error = read_notes(r, segment.offset, segment.file_bytes, segment.alignment);

            if (error)
                return error;
        }
    }
    return 0;
}

/* Small kernels are linked without a note segment, but with note sections. */
static int read_note_sections(struct reader *r)
{
    const struct elf_header *header = &r->header;
    struct elf_section_header section;

    if (header->section_header_count == 0)
        return 0;
    if (header->section_header_bytes != sizeof(section) ||
        header->section_header_count > ELF_IMAGE_MAX_HEADERS ||
        !range_in_file(r->image, header->section_headers_offset,
                       (uint64_t)header->section_header_count * sizeof(section)))
        return fail(r, "the section headers lie outside the file");

    for (uint32_t i = 0; i < header->section_header_count; i++) {
        memcpy(&section,
               r->image->file + header->section_headers_offset + (uint64_t)i * sizeof(section),
               sizeof(section));
        if (section.type == ELF_SECTION_NOTE) {
            int error = read_notes(r, section.offset, section.bytes, section.alignment);

            if (error)
                return error;
        }
    }
    return 0;
}

/* ---- segments ---- */

static int take_segment(struct reader *r, const struct elf_program_header *header)
{
    struct elf_image *image = r->image;
    uint64_t paddr_offset = r->notes.number[XEN_ELFNOTE_PADDR_OFFSET];
    struct elf_segment segment = {
        .file_offset = header->offset,
        .file_bytes = header->file_bytes,
        .physical = header->physical_address - paddr_offset,
        .memory_bytes = header->memory_bytes,
    };

    if (segment.memory_bytes == 0)
        return 0;
    if (image->segment_count == ELF_IMAGE_MAX_SEGMENTS)
        return fail(r, "it has too many segments to load");
    if (segment.file_bytes > segment.memory_bytes)
        return fail(r, "a segment is larger in the file than in memory");
    if (!range_in_file(image, segment.file_offset, segment.file_bytes))
        return fail(r, "a segment lies outside the file");
    if (header->physical_address < paddr_offset || segment.physical > ELF_IMAGE_MAX_PHYSICAL ||
        segment.memory_bytes > ELF_IMAGE_MAX_PHYSICAL - segment.physical)
        return fail(r, "a segment has no sensible physical address");

    if (segment.physical < image->physical_start)
        image->physical_start = segment.physical;
    if (segment.physical + segment.memory_bytes > image->physical_end)
        image->physical_end = segment.physical + segment.memory_bytes;
    image->segments[image->segment_count++] = segment;
    return 0;
}

static int read_segments(struct reader *r)
{
    r->image->physical_start = ~0UL;
    for (uint32_t i = 0; i < r->header.program_header_count; i++) {
        struct elf_program_header header = program_header(r, i);

        if (header.type == ELF_SEGMENT_LOAD) {
            int error = take_segment(r, &header);

            if (error)
                return error;
        }
    }
    return r->image->segment_count ? 0 : fail(r, "it has no segment to load");
}

/* ---- what the notes mean for the image ---- */

static bool address_in_segment(const struct elf_image *image, uint64_t address)
{
    uint64_t physical = address - image->virt_base;

    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];

        if (physical >= segment->physical && physical - segment->physical < segment->memory_bytes)
            return true;
    }
    return false;
}

static int apply_notes(struct reader *r)
{
    struct elf_image *image = r->image;
    const struct note_values *notes = &r->notes;

    image->virt_base = notes->number[XEN_ELFNOTE_VIRT_BASE];
    if (image->virt_base & PAGE_OFFSET_MASK)
        return fail(r, "its note VIRT_BASE is not a page's address");
    if (image->physical_end - 1 > ~0UL - image->virt_base)
        return fail(r, "its virtual addresses wrap around");

    image->entry =
        notes->is_present[XEN_ELFNOTE_ENTRY] ? notes->number[XEN_ELFNOTE_ENTRY] : r->header.entry;
    if (!address_in_segment(image, image->entry))
        return fail(r, "its entry point is not in a segment");

    image->has_hypercall_page = notes->is_present[XEN_ELFNOTE_HYPERCALL_PAGE];
    image->hypercall_page = notes->number[XEN_ELFNOTE_HYPERCALL_PAGE];
    if (image->has_hypercall_page && (!address_in_segment(image, image->hypercall_page) ||
                                      image->hypercall_page & PAGE_OFFSET_MASK))
        return fail(r, "its hypercall page is not a page of the image");

    image->has_init_p2m = notes->is_present[XEN_ELFNOTE_INIT_P2M];
    image->init_p2m = notes->number[XEN_ELFNOTE_INIT_P2M];
    if (image->has_init_p2m && image->init_p2m & PAGE_OFFSET_MASK)
        return fail(r, "its note INIT_P2M is not a page's address");

    image->module_may_be_unmapped = notes->number[XEN_ELFNOTE_MOD_START_PFN] != 0;
    image->has_supported_features = notes->is_present[XEN_ELFNOTE_SUPPORTED_FEATURES];
    image->supported_features = (uint32_t)notes->number[XEN_ELFNOTE_SUPPORTED_FEATURES];
    return 0;
}

static int read_all(struct reader *r)
{
    int error = read_header(r);

    if (!error)
        error = read_note_segments(r);
    if (!error && !r->notes.any)
        error = read_note_sections(r);
    if (!error && !r->notes.any)
        error = fail(r, "it has no Xen notes, so it is not a paravirtual kernel");
    if (!error)
        error = read_segments(r);
    if (!error)
        error = apply_notes(r);
    return error;
}

int elf_image_read(const void *file, uint64_t bytes, struct elf_image *image, const char **why)
{
    struct reader reader = { .image = image, .notes_left = ELF_IMAGE_MAX_NOTES };
    int error;

    *image = (struct elf_image){ .file = file, .file_bytes = bytes };
    error = read_all(&reader);
    *why = reader.why;
    return error;
}
