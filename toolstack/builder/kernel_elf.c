/* SPDX-License-Identifier: MIT */
#include "builder/kernel_elf.h"

#include <elf.h>
#include <string.h>

#include "hypercall-abi/elfnote.h"

#define PAGE_MASK     0xfffu
#define HEADERS_MAX   256u
#define NOTES_MAX     1024u
#define PHYSICAL_MAX  (1ULL << 40)
#define XEN_NAME      "Xen" /* with its zero byte: 4 bytes */
#define XEN_NAME_SIZE 4u

struct note {
    bool is_present;
    uint64_t number;
};

struct reader {
    const struct buffer *file;
    const char *name;
    struct kernel_elf *kernel;
    struct error *error;
    Elf64_Ehdr header;
    struct note notes[XEN_ELFNOTE_MAX + 1];
    unsigned xen_notes;
    unsigned notes_left;
};

/* The file is damaged, or made up. */
static int damaged(struct reader *r, const char *what)
{
    error_set(r->error, ERROR_INPUT, "PV-E0320", "%s: %s", r->name, what);
    return error_hint(r->error, "the kernel's file is damaged or cut off; install it again");
}

/* The file is in order, but no kernel that can be started here. */
static int unsuitable(struct reader *r, const char *what)
{
    error_set(r->error, ERROR_UNSUPPORTED, "PV-E0420", "%s: %s", r->name, what);
    return error_hint(r->error, "give a 64-bit kernel built for Xen PV, as Debian's "
                                "linux-image-amd64 is");
}

static bool is_in_file(const struct reader *r, uint64_t offset, uint64_t bytes)
{
    return offset <= r->file->bytes && bytes <= r->file->bytes - offset;
}

static int read_header(struct reader *r)
{
    Elf64_Ehdr *header = &r->header;

    if (!is_in_file(r, 0, sizeof(*header)))
        return damaged(r, "the ELF header is cut off");
    memcpy(header, r->file->data, sizeof(*header));
    if (memcmp(header->e_ident, ELFMAG, SELFMAG))
        return unsuitable(r, "it is no ELF file");
    if (header->e_ident[EI_CLASS] != ELFCLASS64 || header->e_ident[EI_DATA] != ELFDATA2LSB ||
        header->e_machine != EM_X86_64)
        return unsuitable(r, "it is not made for 64-bit x86");
    if (header->e_type != ET_EXEC && header->e_type != ET_DYN)
        return unsuitable(r, "it is no executable");
    if (header->e_phentsize != sizeof(Elf64_Phdr) || !header->e_phnum ||
        header->e_phnum > HEADERS_MAX)
        return damaged(r, "it has no sensible program headers");
    if (!is_in_file(r, header->e_phoff, header->e_phnum * sizeof(Elf64_Phdr)))
        return damaged(r, "its program headers lie outside the file");
    return 0;
}

static Elf64_Phdr program_header(const struct reader *r, unsigned index)
{
    Elf64_Phdr header;

    memcpy(&header, r->file->data + r->header.e_phoff + index * sizeof(header), sizeof(header));
    return header;
}

/* ---- notes ---- */

static bool text_is(const uint8_t *content, uint64_t bytes, const char *text)
{
    size_t length = strlen(text);

    return bytes >= length && !memcmp(content, text, length) &&
           (bytes == length || !content[length]);
}

static int take_note(struct reader *r, uint32_t type, const uint8_t *content, uint32_t bytes)
{
    struct note *note;

    r->xen_notes++;
    if (type > XEN_ELFNOTE_MAX)
        return 0;
    note = &r->notes[type];
    note->is_present = true;
    note->number = 0;
    if (bytes == 1 || bytes == 2 || bytes == 4 || bytes == 8)
        memcpy(&note->number, content, bytes);
    if (type == XEN_ELFNOTE_XEN_VERSION && !text_is(content, bytes, "xen-3.0"))
        return unsuitable(r, "its note XEN_VERSION is not xen-3.0");
    if (type == XEN_ELFNOTE_LOADER && !text_is(content, bytes, "generic"))
        return unsuitable(r, "its note LOADER is not generic");
    if (type == XEN_ELFNOTE_GUEST_OS) {
        size_t room = sizeof(r->kernel->guest_os) - 1;

        memset(r->kernel->guest_os, 0, room + 1);
        memcpy(r->kernel->guest_os, content, bytes < room ? bytes : room);
    }
    return 0;
}

static uint64_t padded(uint64_t bytes, uint64_t alignment)
{
    return (bytes + alignment - 1) & ~(alignment - 1);
}

/* Notes of other owners are in the same place, with types that mean something else. */
static int read_notes(struct reader *r, uint64_t offset, uint64_t bytes, uint64_t alignment)
{
    uint64_t end = offset + bytes;

    if (!is_in_file(r, offset, bytes))
        return damaged(r, "a note lies outside the file");
    alignment = alignment == 8 ? 8 : 4;
    while (end - offset >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        uint64_t name_bytes, content_bytes;
        const uint8_t *name;

        memcpy(&note, r->file->data + offset, sizeof(note));
        offset += sizeof(note);
        name = r->file->data + offset;
        /* The alignment counts from the note's start: a header has 12 bytes. */
        name_bytes = padded(sizeof(note) + note.n_namesz, alignment) - sizeof(note);
        content_bytes = padded(note.n_descsz, alignment);
        if (name_bytes > end - offset || note.n_descsz > end - offset - name_bytes)
            return damaged(r, "a note is cut off");
        if (!r->notes_left--)
            return damaged(r, "it has too many notes");
        if (note.n_namesz == XEN_NAME_SIZE && !memcmp(name, XEN_NAME, XEN_NAME_SIZE) &&
            take_note(r, note.n_type, name + name_bytes, note.n_descsz))
            return -1;
        offset += name_bytes;
        offset += content_bytes < end - offset ? content_bytes : end - offset;
    }
    return 0;
}

static int read_note_segments(struct reader *r)
{
    for (unsigned i = 0; i < r->header.e_phnum; i++) {
        Elf64_Phdr segment = program_header(r, i);

        if (segment.p_type == PT_NOTE &&
            read_notes(r, segment.p_offset, segment.p_filesz, segment.p_align))
            return -1;
    }
    return 0;
}

/* Small kernels have note sections, and no segment for them. */
static int read_note_sections(struct reader *r)
{
    const Elf64_Ehdr *header = &r->header;

    if (!header->e_shnum)
        return 0;
    if (header->e_shentsize != sizeof(Elf64_Shdr) || header->e_shnum > HEADERS_MAX ||
        !is_in_file(r, header->e_shoff, header->e_shnum * sizeof(Elf64_Shdr)))
        return damaged(r, "its section headers lie outside the file");
    for (unsigned i = 0; i < header->e_shnum; i++) {
        Elf64_Shdr section;

        memcpy(&section, r->file->data + header->e_shoff + i * sizeof(section), sizeof(section));
        if (section.sh_type == SHT_NOTE &&
            read_notes(r, section.sh_offset, section.sh_size, section.sh_addralign))
            return -1;
    }
    return 0;
}

/* ---- segments ---- */

/* Placed by physical address: Linux has a segment whose virtual address is 0. */
static int take_segment(struct reader *r, const Elf64_Phdr *header)
{
    struct kernel_elf *kernel = r->kernel;
    uint64_t paddr_offset = r->notes[XEN_ELFNOTE_PADDR_OFFSET].number;
    uint64_t physical = header->p_paddr - paddr_offset;

    if (!header->p_memsz)
        return 0;
    if (kernel->segment_count == KERNEL_SEGMENTS_MAX)
        return damaged(r, "it has too many segments to load");
    if (header->p_filesz > header->p_memsz)
        return damaged(r, "a segment is larger in the file than in memory");
    if (!is_in_file(r, header->p_offset, header->p_filesz))
        return damaged(r, "a segment lies outside the file");
    if (header->p_paddr < paddr_offset || physical > PHYSICAL_MAX ||
        header->p_memsz > PHYSICAL_MAX - physical)
        return damaged(r, "a segment has no sensible physical address");

    kernel->segments[kernel->segment_count++] = (struct kernel_segment){
        .content = r->file->data + header->p_offset,
        .content_bytes = header->p_filesz,
        .physical = physical,
        .memory_bytes = header->p_memsz,
    };
    if (physical + header->p_memsz > kernel->physical_end)
        kernel->physical_end = physical + header->p_memsz;
    return 0;
}

static int read_segments(struct reader *r)
{
    for (unsigned i = 0; i < r->header.e_phnum; i++) {
        Elf64_Phdr header = program_header(r, i);

        if (header.p_type == PT_LOAD && take_segment(r, &header))
            return -1;
    }
    return r->kernel->segment_count ? 0 : damaged(r, "it has no segment to load");
}

/* ---- what the notes mean ---- */

static bool is_in_segment(const struct kernel_elf *kernel, uint64_t address)
{
    uint64_t physical = address - kernel->virt_base;

    for (unsigned i = 0; i < kernel->segment_count; i++) {
        const struct kernel_segment *segment = &kernel->segments[i];

        if (physical >= segment->physical && physical - segment->physical < segment->memory_bytes)
            return true;
    }
    return false;
}

static int apply_notes(struct reader *r)
{
    struct kernel_elf *kernel = r->kernel;
    const struct note *notes = r->notes;

    kernel->virt_base = notes[XEN_ELFNOTE_VIRT_BASE].number;
    kernel->entry =
        notes[XEN_ELFNOTE_ENTRY].is_present ? notes[XEN_ELFNOTE_ENTRY].number : r->header.e_entry;
    kernel->has_hypercall_page = notes[XEN_ELFNOTE_HYPERCALL_PAGE].is_present;
    kernel->hypercall_page = notes[XEN_ELFNOTE_HYPERCALL_PAGE].number;
    kernel->has_init_p2m = notes[XEN_ELFNOTE_INIT_P2M].is_present;
    kernel->init_p2m = notes[XEN_ELFNOTE_INIT_P2M].number;
    kernel->ramdisk_may_be_unmapped = notes[XEN_ELFNOTE_MOD_START_PFN].number != 0;

    if (kernel->virt_base & PAGE_MASK)
        return damaged(r, "its note VIRT_BASE is not the address of a page");
    if (kernel->physical_end - 1 > UINT64_MAX - kernel->virt_base)
        return damaged(r, "its virtual addresses wrap around");
    if (!is_in_segment(kernel, kernel->entry))
        return damaged(r, "its entry point is in no segment");
    if (kernel->has_hypercall_page &&
        (!is_in_segment(kernel, kernel->hypercall_page) || kernel->hypercall_page & PAGE_MASK))
        return damaged(r, "its hypercall page is no page of the kernel");
    if (kernel->has_init_p2m && kernel->init_p2m & PAGE_MASK)
        return damaged(r, "its note INIT_P2M is not the address of a page");
    return 0;
}

int kernel_elf_read(const struct buffer *file, const char *name, struct kernel_elf *kernel,
                    struct error *error)
{
    struct reader r = {
        .file = file, .name = name, .kernel = kernel, .error = error, .notes_left = NOTES_MAX
    };

    *kernel = (struct kernel_elf){ 0 };
    if (read_header(&r) || read_note_segments(&r))
        return -1;
    if (!r.xen_notes && read_note_sections(&r))
        return -1;
    if (!r.xen_notes)
        return unsuitable(&r, "it has no Xen notes, so it is no paravirtual kernel");
    if (read_segments(&r))
        return -1;
    return apply_notes(&r);
}
