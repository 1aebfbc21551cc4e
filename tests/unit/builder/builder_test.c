/* SPDX-License-Identifier: MIT */
/*
 * The domain builder: what a guest finds, read back from the fake's frames as a processor would,
 * hostile kernels, and that every failure leaves nothing behind.
 */
#include "builder/builder.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hypercall-abi/elfnote.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/xen.h"
#include "support/fake_control/fake_control.h"
#include "support/unit.h"

#define MIB           (1ULL << 20)
#define VIRT_BASE     0xffffffff80000000ULL
#define KERNEL_START  0x100000ULL
#define HYPER_PAGE    (VIRT_BASE + KERNEL_START + 0x1000)
#define P2M_ADDRESS   0x8000000000ULL
#define CONTENT_BYTES 0x2345u
#define PTE_ADDRESS   0x000ffffffffff000ULL
#define PTE_WRITE     2u

/* ---- kernels ---- */

struct kernel_file {
    uint8_t bytes[0x4000];
    size_t size;
    size_t notes; /* offset of the next note */
};

static Elf64_Phdr *headers(struct kernel_file *file)
{
    return (Elf64_Phdr *)(void *)(file->bytes + sizeof(Elf64_Ehdr));
}

static void add_note(struct kernel_file *file, uint32_t type, const void *content, uint32_t bytes)
{
    Elf64_Nhdr note = { .n_namesz = 4, .n_descsz = bytes, .n_type = type };

    memcpy(file->bytes + file->notes, &note, sizeof(note));
    memcpy(file->bytes + file->notes + sizeof(note), "Xen", 4);
    memcpy(file->bytes + file->notes + sizeof(note) + 4, content, bytes);
    file->notes += sizeof(note) + 4 + (bytes + 3) / 4 * 4;
    headers(file)[1].p_filesz = file->notes - headers(file)[1].p_offset;
}

static void add_number(struct kernel_file *file, uint32_t type, uint64_t number)
{
    add_note(file, type, &number, sizeof(number));
}

/* One segment that begins within a page, and the notes that every kernel has. */
static struct kernel_file make_kernel(void)
{
    struct kernel_file file = { .size = sizeof(file.bytes), .notes = 0x200 };
    Elf64_Ehdr header = { .e_type = ET_EXEC,
                          .e_machine = EM_X86_64,
                          .e_version = 1,
                          .e_phoff = sizeof(Elf64_Ehdr),
                          .e_ehsize = sizeof(Elf64_Ehdr),
                          .e_phentsize = sizeof(Elf64_Phdr),
                          .e_phnum = 2 };

    memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    memcpy(file.bytes, &header, sizeof(header));
    headers(&file)[0] = (Elf64_Phdr){ .p_type = PT_LOAD,
                                      .p_offset = 0x1100,
                                      .p_paddr = KERNEL_START + 0x100,
                                      .p_filesz = CONTENT_BYTES,
                                      .p_memsz = 0x10000 };
    headers(&file)[1] = (Elf64_Phdr){ .p_type = PT_NOTE, .p_offset = 0x200, .p_align = 4 };
    for (unsigned i = 0; i < CONTENT_BYTES; i++)
        file.bytes[0x1100 + i] = (uint8_t)(i * 7 + 1);
    add_note(&file, XEN_ELFNOTE_XEN_VERSION, "xen-3.0", 8);
    add_note(&file, XEN_ELFNOTE_GUEST_OS, "test", 5);
    add_number(&file, XEN_ELFNOTE_VIRT_BASE, VIRT_BASE);
    add_number(&file, XEN_ELFNOTE_ENTRY, VIRT_BASE + KERNEL_START + 0x200);
    return file;
}

static char *write_temporary(const void *bytes, size_t count)
{
    char *path = strdup("/tmp/builder_test.XXXXXX");
    int fd = mkstemp(path);

    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, bytes, count), (ssize_t)count);
    close(fd);
    return path;
}

/* ---- building ---- */

struct world {
    struct fake_control *fake;
    struct build_request request;
    struct built_domain built;
    struct error error;
    char *kernel, *ramdisk;
    int result;
};

static struct world make_world(const struct kernel_file *file, size_t ramdisk_bytes)
{
    struct world w = { .fake = fake_control_open() };

    w.kernel = write_temporary(file->bytes, file->size);
    if (ramdisk_bytes) {
        char *content = malloc(ramdisk_bytes);

        memset(content, 'r', ramdisk_bytes);
        w.ramdisk = write_temporary(content, ramdisk_bytes);
        free(content);
    }
    w.request = (struct build_request){
        .kernel = w.kernel,
        .ramdisk = w.ramdisk,
        .command_line = "console=hvc0 quiet",
        .uuid = { 1, 2, 3 },
        .memory_bytes = 24 * MIB,
        .memory_max_bytes = 32 * MIB,
        .vcpus = 2,
        .event_channels_max = 1023,
        .grant_frames_max = 64,
        .maptrack_frames_max = 1024,
    };
    return w;
}

static void build(struct world *w)
{
    w->result = build_domain(&w->fake->control, &w->request, &w->built, &w->error);
}

static void end_world(struct world *w)
{
    ck_assert_uint_eq(w->fake->pages_mapped, 0);
    control_close(&w->fake->control);
    unlink(w->kernel);
    free(w->kernel);
    if (w->ramdisk)
        unlink(w->ramdisk);
    free(w->ramdisk);
}

static void must_fail_with(struct world *w, enum error_class class)
{
    build(w);
    ck_assert_int_eq(w->result, -1);
    ck_assert_msg(w->error.class == class, "%s", w->error.message);
    ck_assert_uint_eq(fake_domains_alive(w->fake), 0);
    ck_assert_uint_eq(fake_frames_used(w->fake), 0);
}

/* ---- what the guest sees ---- */

static const struct fake_domain *domain_of(const struct world *w)
{
    return &w->fake->domains[w->built.domid];
}

/* The entry of level 1 for an address, by the walk that a processor does; 0 if there is none. */
static uint64_t entry_at(struct world *w, uint64_t virt)
{
    uint64_t table = domain_of(w)->context.ctrlreg[3] >> 12;
    uint64_t entry = 0;

    for (unsigned level = 4; level >= 1; level--) {
        memcpy(&entry, fake_frame(w->fake, table) + ((virt >> (3 + 9 * level)) & 0x1ff) * 8, 8);
        if (!(entry & 1))
            return 0;
        table = (entry & PTE_ADDRESS) >> 12;
    }
    return entry;
}

static void *page_at(struct world *w, uint64_t virt)
{
    uint64_t entry = entry_at(w, virt);

    ck_assert_msg(entry != 0, "%lx is not mapped", virt);
    return fake_frame(w->fake, (entry & PTE_ADDRESS) >> 12);
}

static struct start_info start_info_of(struct world *w)
{
    struct start_info info;

    memcpy(&info, page_at(w, domain_of(w)->context.user_regs.rsi), sizeof(info));
    return info;
}

static uint64_t mfn_of_pfn(struct world *w, uint64_t pfn)
{
    struct start_info info = start_info_of(w);
    uint64_t mfn;

    memcpy(&mfn, (uint8_t *)page_at(w, info.mfn_list + pfn * 8) + pfn * 8 % 4096, 8);
    return mfn;
}

TEST(builder, starts_the_first_vcpu_as_the_contract_says)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);
    const struct vcpu_guest_context *context;

    build(&w);
    ck_assert_msg(w.result == 0, "%s", w.error.message);
    context = &domain_of(&w)->context;
    ck_assert_uint_eq(context->user_regs.rip, VIRT_BASE + KERNEL_START + 0x200);
    ck_assert_uint_eq(context->user_regs.cs, FLAT_KERNEL_CS);
    ck_assert_uint_eq(context->flags & VGCF_in_kernel, VGCF_in_kernel);
    ck_assert_uint_eq(context->ctrlreg[3] >> 12, domain_of(&w)->pinned_mfn);
    ck_assert(entry_at(&w, context->user_regs.rsp - 8) & PTE_WRITE);
    ck_assert_uint_eq(context->user_regs.rsp % 4096, 0);
    ck_assert_str_eq(w.built.guest_os, "test");
    ck_assert_uint_eq(domain_of(&w)->pauses, 1);
    end_world(&w);
}

TEST(builder, gives_the_kernel_where_its_notes_say)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);
    const uint8_t *first, *second;

    build(&w);
    first = page_at(&w, VIRT_BASE + KERNEL_START);
    second = page_at(&w, VIRT_BASE + KERNEL_START + 0x1000);
    ck_assert_mem_eq(first + 0x100, file.bytes + 0x1100, 0xf00);
    ck_assert_mem_eq(second, file.bytes + 0x2000, 0x1000);
    ck_assert_uint_eq(first[0xff], 0);
    end_world(&w);
}

TEST(builder, describes_the_domain_in_start_info)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 5000);
    struct start_info info;

    build(&w);
    info = start_info_of(&w);
    ck_assert_str_eq(info.magic, "xen-3.0-x86_64");
    ck_assert_uint_eq(info.nr_pages, 24 * MIB / 4096);
    ck_assert_uint_eq(info.shared_info, domain_of(&w)->shared_info_mfn << 12);
    ck_assert_uint_eq(info.flags, 0);
    ck_assert_uint_eq(info.store_mfn, w.built.store_mfn);
    ck_assert_uint_eq(info.store_evtchn, w.built.store_port);
    ck_assert_uint_eq(info.console.domU.mfn, w.built.console_mfn);
    ck_assert_uint_eq(info.console.domU.evtchn, w.built.console_port);
    ck_assert_str_eq((const char *)info.cmd_line, "console=hvc0 quiet");
    ck_assert_uint_eq(info.mod_len, 5000);
    ck_assert_mem_eq(page_at(&w, info.mod_start), "rrrr", 4);
    end_world(&w);
}

TEST(builder, maps_page_tables_read_only_and_the_rest_writable)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);
    struct start_info info;
    uint64_t virt = VIRT_BASE, mapped = 0, read_only = 0;

    build(&w);
    info = start_info_of(&w);
    for (; entry_at(&w, virt); virt += 4096, mapped++) {
        bool is_table = virt - info.pt_base < info.nr_pt_frames * 4096;

        ck_assert_uint_eq(entry_at(&w, virt) & PTE_WRITE, is_table ? 0 : PTE_WRITE);
        ck_assert_uint_eq((entry_at(&w, virt) & PTE_ADDRESS) >> 12, mfn_of_pfn(&w, mapped));
        read_only += is_table;
    }
    ck_assert_uint_eq(read_only, info.nr_pt_frames);
    ck_assert_uint_eq(virt % (4 * MIB), 0);
    ck_assert_uint_ge(virt - domain_of(&w)->context.user_regs.rsp, MIB / 2);
    end_world(&w);
}

TEST(builder, puts_p2m_and_ramdisk_apart_for_a_kernel_that_can)
{
    struct kernel_file file = make_kernel();
    struct world w;
    struct start_info info;

    add_number(&file, XEN_ELFNOTE_INIT_P2M, P2M_ADDRESS);
    add_number(&file, XEN_ELFNOTE_MOD_START_PFN, 1);
    w = make_world(&file, 70000);
    build(&w);
    ck_assert_msg(w.result == 0, "%s", w.error.message);
    info = start_info_of(&w);
    ck_assert_uint_eq(info.mfn_list, P2M_ADDRESS);
    ck_assert_uint_eq(info.flags, SIF_MOD_START_PFN);
    ck_assert_mem_eq(fake_frame(w.fake, mfn_of_pfn(&w, info.mod_start)), "rrrr", 4);
    /* Data and tables of the list are one run of frames, mapped nowhere else. */
    ck_assert_uint_eq((entry_at(&w, P2M_ADDRESS) & PTE_ADDRESS) >> 12,
                      mfn_of_pfn(&w, info.first_p2m_pfn));
    ck_assert_uint_eq(info.nr_p2m_frames, 24 * MIB / 4096 * 8 / 4096 + 3);
    ck_assert_uint_eq(entry_at(&w, VIRT_BASE + (info.first_p2m_pfn << 12)), 0);
    end_world(&w);
}

TEST(builder, grants_its_rings_to_the_control_domain_and_masks_events)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);
    const struct grant_entry_v1 *grants;
    const struct shared_info *shared;

    build(&w);
    grants = (const void *)fake_frame(w.fake, domain_of(&w)->grant_mfn);
    ck_assert_uint_eq(grants[0].flags, GTF_permit_access);
    ck_assert_uint_eq(grants[0].domid, 0);
    ck_assert_uint_eq(grants[0].frame, w.built.console_mfn);
    ck_assert_uint_eq(grants[1].frame, w.built.store_mfn);
    shared = (const void *)fake_frame(w.fake, domain_of(&w)->shared_info_mfn);
    for (unsigned i = 0; i < 32; i++)
        ck_assert_uint_eq(shared->vcpu_info[i].evtchn_upcall_mask, 1);
    end_world(&w);
}

TEST(builder, fills_the_hypercall_page_only_where_asked)
{
    struct kernel_file file = make_kernel();
    struct world w;

    add_number(&file, XEN_ELFNOTE_HYPERCALL_PAGE, HYPER_PAGE);
    w = make_world(&file, 0);
    build(&w);
    ck_assert_uint_eq(domain_of(&w)->hypercall_mfn, mfn_of_pfn(&w, (HYPER_PAGE - VIRT_BASE) >> 12));
    end_world(&w);
}

TEST(builder, takes_small_pages_where_large_ones_are_not_to_be_had)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);

    w.fake->large_extents_fail = true;
    build(&w);
    ck_assert_int_eq(w.result, 0);
    ck_assert_uint_eq(domain_of(&w)->pages, 24 * MIB / 4096);
    ck_assert_uint_ne(mfn_of_pfn(&w, 24 * MIB / 4096 - 1), 0);
    end_world(&w);
}

/* ---- failures ---- */

TEST(builder, leaves_nothing_behind_wherever_the_hypervisor_refuses)
{
    struct kernel_file file = make_kernel();
    unsigned failures = 0;

    add_number(&file, XEN_ELFNOTE_HYPERCALL_PAGE, HYPER_PAGE);
    for (unsigned at = 1;; at++) {
        struct world w = make_world(&file, 5000);

        w.fake->fail_at = at;
        build(&w);
        if (w.fake->calls < at) {
            ck_assert_int_eq(w.result, 0);
            end_world(&w);
            break;
        }
        ck_assert_int_eq(w.result, -1);
        ck_assert_uint_eq(fake_domains_alive(w.fake), 0);
        ck_assert_uint_eq(fake_frames_used(w.fake), 0);
        ck_assert_str_ne(w.error.message, "");
        failures++;
        end_world(&w);
    }
    ck_assert_uint_gt(failures, 15);
}

TEST(builder, says_when_memory_is_short)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);

    w.request.memory_bytes = w.request.memory_max_bytes = (FAKE_PAGES + 100) * 4096ULL;
    must_fail_with(&w, ERROR_RESOURCES);
    end_world(&w);
}

TEST(builder, says_when_the_domain_is_too_small_for_its_kernel)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 3 * MIB);

    w.request.memory_bytes = 4 * MIB;
    must_fail_with(&w, ERROR_GUEST);
    ck_assert_ptr_nonnull(strstr(w.error.hint, "MiB"));
    end_world(&w);
}

TEST(builder, refuses_kernels_that_are_none)
{
    struct kernel_file plain = make_kernel(), other = make_kernel();
    struct kernel_file text = { .size = 20 };
    struct world w = make_world(&text, 0);

    must_fail_with(&w, ERROR_UNSUPPORTED);
    end_world(&w);

    headers(&plain)[1].p_type = PT_NULL;
    w = make_world(&plain, 0);
    must_fail_with(&w, ERROR_UNSUPPORTED);
    end_world(&w);

    add_note(&other, XEN_ELFNOTE_XEN_VERSION, "xen-2.0", 8);
    w = make_world(&other, 0);
    must_fail_with(&w, ERROR_UNSUPPORTED);
    end_world(&w);
}

/* As in PV-GRUB's file. */
TEST(builder, reads_notes_that_are_aligned_to_8)
{
    struct kernel_file file = make_kernel();
    struct world w;

    headers(&file)[1].p_align = 8;
    w = make_world(&file, 0);
    build(&w);
    ck_assert_int_eq(w.result, 0);
    ck_assert_str_eq(w.built.guest_os, "test");
    end_world(&w);
}

TEST(builder, survives_a_kernel_cut_off_anywhere)
{
    struct kernel_file file = make_kernel();

    for (size_t size = 0; size < 0x1100 + CONTENT_BYTES; size += size < 0x400 ? 13 : 997) {
        struct kernel_file part = file;
        struct world w;

        part.size = size;
        w = make_world(&part, 0);
        build(&w);
        ck_assert_int_eq(w.result, -1);
        ck_assert_uint_eq(fake_domains_alive(w.fake), 0);
        end_world(&w);
    }
}

/* Headers and notes with a byte changed: refused, or built into some domain, but never worse. */
TEST(builder, survives_a_kernel_with_any_byte_damaged)
{
    struct kernel_file file = make_kernel();

    for (size_t at = 0; at < file.notes; at++) {
        struct kernel_file damaged = file;
        struct world w;

        damaged.bytes[at] ^= (uint8_t)(1u << at % 8);
        w = make_world(&damaged, 0);
        build(&w);
        ck_assert_uint_eq(fake_domains_alive(w.fake), w.result ? 0 : 1);
        end_world(&w);
    }
}

TEST(builder, refuses_addresses_in_the_hypervisors_hole)
{
    struct kernel_file file = make_kernel();
    struct world w;

    add_number(&file, XEN_ELFNOTE_VIRT_BASE, 0xffff800000000000ULL);
    add_number(&file, XEN_ELFNOTE_ENTRY, 0xffff800000000000ULL + KERNEL_START + 0x200);
    w = make_world(&file, 0);
    must_fail_with(&w, ERROR_GUEST);
    end_world(&w);
}

TEST(builder, refuses_a_command_line_that_is_too_long)
{
    struct kernel_file file = make_kernel();
    struct world w = make_world(&file, 0);
    char line[1025];

    memset(line, 'a', 1024);
    line[1024] = '\0';
    w.request.command_line = line;
    must_fail_with(&w, ERROR_INPUT);
    line[1023] = '\0';
    build(&w);
    ck_assert_int_eq(w.result, 0);
    end_world(&w);
}
