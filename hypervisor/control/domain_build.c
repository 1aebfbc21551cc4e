/* SPDX-License-Identifier: MIT */
/*
 * The domain builder (abi-facts 1.3 to 1.6).
 *
 * Contents are written through the direct map while the frames are still ordinary memory; then
 * the page tables are pinned and taken as the first root like any that a guest makes, by the
 * code that checks a guest's. From there on the domain is as every other.
 */
#include "control/domain_build.h"

#include "arch/guest_flags.h"
#include "control/build_memory.h"
#include "control/build_tables.h"
#include "control/domain_layout.h"
#include "control/elf_image.h"
#include "hypercall-abi/features.h"
#include "hypercall/hypercall_page.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"
#include "pvmmu/pvmmu.h"

#define START_INFO_MAGIC "xen-3.0-x86_64"

struct builder {
    struct domain *domain;
    const struct build_request *request;
    struct elf_image image;
    struct domain_layout layout;
    struct build_memory memory;
    const char *why;
};

static int fail(struct builder *b, int error, const char *why)
{
    b->why = why;
    return error;
}

static int read_image(struct builder *b)
{
    const struct build_request *request = b->request;
    int error = elf_image_read(request->kernel, request->kernel_bytes, &b->image, &b->why);

    if (error)
        return error;
    if (b->domain->is_control && b->image.has_supported_features &&
        !(b->image.supported_features & BIT(XENFEAT_dom0)))
        return fail(b, -EINVAL, "it cannot be a control domain, says its note SUPPORTED_FEATURES");
    return 0;
}

static int make_layout(struct builder *b)
{
    const struct layout_request request = { .image = &b->image,
                                            .nr_pages = b->request->nr_pages,
                                            .module_bytes = b->request->module_bytes,
                                            .has_ring_pages = !b->domain->is_control };

    return domain_layout_make(&request, &b->layout, &b->why);
}

static void load_image(struct builder *b)
{
    const struct elf_image *image = &b->image;

    build_memory_clear(&b->memory, 0, b->layout.mapped_pages << PAGE_SHIFT);
    for (uint32_t i = 0; i < image->segment_count; i++) {
        const struct elf_segment *segment = &image->segments[i];

        build_memory_write(&b->memory, segment->physical, image->file + segment->file_offset,
                           segment->file_bytes);
    }
    if (image->has_hypercall_page)
        hypercall_page_fill(
            build_memory_page(&b->memory,
                              (image->hypercall_page - image->virt_base) >> PAGE_SHIFT));
}

static void load_module(struct builder *b)
{
    uint64_t start = b->layout.module.pfn << PAGE_SHIFT;
    uint64_t end = start + (b->layout.module.pages << PAGE_SHIFT);
    uint64_t bytes = b->request->module_bytes;

    if (!bytes)
        return;
    build_memory_write(&b->memory, start, b->request->module, bytes);
    build_memory_clear(&b->memory, start + bytes, end - start - bytes);
}

/* The list of all frames, one page of it at a time. */
static void write_p2m(struct builder *b)
{
    const uint64_t per_page = PAGE_SIZE / sizeof(uint64_t);

    for (uint64_t i = 0; i < b->layout.p2m.pages; i++) {
        uint64_t *page = build_memory_page(&b->memory, b->layout.p2m.pfn + i);

        for (uint64_t j = 0; j < per_page; j++) {
            uint64_t pfn = i * per_page + j;

            page[j] = pfn < b->layout.nr_pages ? build_memory_mfn(&b->memory, pfn).number : ~0UL;
        }
    }
}

static void describe_module(const struct builder *b, struct start_info *info)
{
    if (!b->request->module_bytes)
        return;
    info->mod_len = b->request->module_bytes;
    if (b->layout.module_is_mapped) {
        info->mod_start = layout_virt(&b->layout, b->layout.module);
    } else {
        info->mod_start = b->layout.module.pfn;
        info->flags |= SIF_MOD_START_PFN;
    }
}

static void describe_p2m(const struct builder *b, struct start_info *info)
{
    const struct domain_layout *layout = &b->layout;

    if (layout->p2m_is_apart) {
        info->mfn_list = layout->p2m_virt;
        info->first_p2m_pfn = layout->p2m.pfn;
        info->nr_p2m_frames = layout->p2m.pages + layout->p2m_tables.pages;
    } else {
        info->mfn_list = layout_virt(layout, layout->p2m);
    }
}

/* The screen's state lies behind start_info in the same page. */
static void describe_console(const struct builder *b, struct start_info *info)
{
    const struct dom0_vga_console_info *vga = b->request->vga;

    if (!b->domain->is_control) {
        info->store_mfn = build_memory_mfn(&b->memory, b->layout.store.pfn).number;
        info->console.domU.mfn = build_memory_mfn(&b->memory, b->layout.console.pfn).number;
        return;
    }
    info->flags |= SIF_PRIVILEGED | SIF_INITDOMAIN;
    if (vga) {
        info->console.dom0.info_off = sizeof(*info);
        info->console.dom0.info_size = sizeof(*vga);
        memcpy(info + 1, vga, sizeof(*vga));
    }
}

static void write_start_info(struct builder *b)
{
    struct start_info *info = build_memory_page(&b->memory, b->layout.start_info.pfn);

    memcpy(info->magic, START_INFO_MAGIC, sizeof(START_INFO_MAGIC));
    info->nr_pages = b->layout.nr_pages;
    info->shared_info = mfn_to_maddr(b->domain->shared_frame).value;
    info->pt_base = layout_virt(&b->layout, b->layout.tables);
    info->nr_pt_frames = b->layout.tables.pages;
    describe_console(b, info);
    describe_module(b, info);
    describe_p2m(b, info);
    format_buffer((char *)info->cmd_line, sizeof(info->cmd_line), "%s", b->request->command_line);
}

/* ---- from memory to a domain ---- */

/* At boot nothing preempts; what is asked to be restarted is. */
static int pin_tables(struct builder *b, struct vcpu *v, mfn_t l4)
{
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE, .arg1.mfn = l4.number };
    int error;

    do {
        error = mmuext_op_one(v, b->domain, &pin);
    } while (error == -ERESTART);
    if (error)
        return error;
    do {
        error = mmu_set_kernel_l4(v, l4);
    } while (error == -ERESTART);
    return error;
}

/* The registers that a kernel finds (abi-facts 1.4). */
static void set_first_state(struct builder *b, struct vcpu *v)
{
    const struct domain_layout *layout = &b->layout;
    struct layout_piece above_stack = { .pfn = layout->stack.pfn + layout->stack.pages };

    v->regs = (struct trap_frame){ .rip = b->image.entry,
                                   .rsp = layout_virt(layout, above_stack),
                                   .rsi = layout_virt(layout, layout->start_info),
                                   .rflags = GUEST_FLAGS_FORCED,
                                   .cs = FLAT_KERNEL_CS,
                                   .ss = FLAT_KERNEL_SS };
    v->kernel_ss = FLAT_KERNEL_SS;
    v->kernel_sp = v->regs.rsp;
    v->in_kernel = 1;
    v->is_initialised = true;
    atomic_fetch_and_explicit(&v->blocked_by, ~(uint32_t)VCPU_DOWN, memory_order_acq_rel);
}

static int build(struct builder *b)
{
    struct vcpu *v = domain_vcpu(b->domain, 0);
    int error = read_image(b);

    if (!error)
        error = make_layout(b);
    if (error)
        return error;
    if (build_memory_take(&b->memory, b->domain, b->layout.nr_pages))
        return fail(b, -ENOMEM, "there is not that much memory");

    load_image(b);
    load_module(b);
    write_p2m(b);
    write_start_info(b);
    build_tables(&b->memory, &b->layout);
    b->domain->nr_pages_at_start = b->layout.nr_pages;

    error = pin_tables(b, v, build_memory_mfn(&b->memory, b->layout.tables.pfn));
    if (error)
        return fail(b, error, "its first page tables were refused");
    set_first_state(b, v);
    return 0;
}

int domain_build(struct domain *d, const struct build_request *request, const char **why)
{
    struct builder b = { .domain = d, .request = request };
    int error = build(&b);

    build_memory_forget(&b.memory);
    *why = b.why;
    return error;
}
