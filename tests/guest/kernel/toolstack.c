/* SPDX-License-Identifier: MIT */
#include "toolstack.h"

#define PAGES_PER_KIB_SHIFT 2u

/* ---- calls ---- */

long domctl(uint32_t command, uint16_t domain, struct xen_domctl *op)
{
    op->cmd = command;
    op->interface_version = XEN_DOMCTL_INTERFACE_VERSION;
    op->domain = domain;
    return hypercall(domctl, op);
}

long domctl_plain(uint32_t command, uint16_t domain)
{
    struct xen_domctl op = { .cmd = command };

    return domctl(command, domain, &op);
}

long sysctl(uint32_t command, struct xen_sysctl *op)
{
    op->cmd = command;
    op->interface_version = XEN_SYSCTL_INTERFACE_VERSION;
    return hypercall(sysctl, op);
}

uint64_t free_pages(void)
{
    struct xen_sysctl op = { .cmd = 0 };

    require_eq(sysctl(XEN_SYSCTL_physinfo, &op), 0, "what the machine has");
    return op.u.physinfo.free_pages;
}

/* ---- creation ---- */

void child_request(struct xen_domctl *op, uint32_t vcpus)
{
    struct xen_domctl_createdomain *create = &op->u.createdomain;

    memset(op, 0, sizeof(*op));
    for (unsigned i = 0; i < sizeof(create->handle); i++)
        create->handle[i] = (uint8_t)(0xa0 + i);
    create->max_vcpus = vcpus;
    create->max_evtchn_port = 1023;
    create->max_grant_frames = -1;
    create->max_maptrack_frames = -1;
    create->grant_opts = 1;
}

void child_create(struct child *child, uint32_t vcpus)
{
    struct xen_domctl op;

    child_request(&op, vcpus);
    require_eq(domctl(XEN_DOMCTL_createdomain, DOMID_INVALID, &op), 0, "createdomain");
    child->id = op.domain;
    child->vcpus = vcpus;
    op.u.max_vcpus.max = vcpus;
    require_eq(domctl(XEN_DOMCTL_max_vcpus, child->id, &op), 0, "max_vcpus");
    op.u.max_mem.max_memkb = CHILD_PAGES << PAGES_PER_KIB_SHIFT;
    require_eq(domctl(XEN_DOMCTL_max_mem, child->id, &op), 0, "max_mem");
    op.u.address_size.size = 64;
    require_eq(domctl(XEN_DOMCTL_set_address_size, child->id, &op), 0, "set_address_size");
    child->shared_info_mfn = child_info(child).shared_info_frame;
}

/* ---- its memory ---- */

#define WINDOWS 8u
static void *windows[WINDOWS];
static bool is_window_used[WINDOWS];

void *child_map(const struct child *child, uint64_t mfn)
{
    unsigned i = 0;

    while (i < WINDOWS && is_window_used[i])
        i++;
    require(i < WINDOWS, "a free window");
    if (!windows[i])
        windows[i] = page_new();
    is_window_used[i] = true;
    require_eq(hypercall(update_va_mapping_otherdomain, windows[i], mfn << 12 | PTE_RW, UVMF_INVLPG,
                         child->id),
               0, "a page of the child");
    return windows[i];
}

void child_unmap(void *page)
{
    for (unsigned i = 0; i < WINDOWS; i++) {
        if (windows[i] == page)
            is_window_used[i] = false;
    }
    require_eq(map_page(page, 0), 0, "a page of the child is unmapped");
}

static void write_entry(const struct child *child, enum child_page table, unsigned index,
                        uint64_t entry)
{
    volatile uint64_t *page = child_map(child, child->mfn[table]);

    page[index] = entry;
    child_unmap((void *)(uint64_t)page);
}

static uint64_t entry_for(const struct child *child, unsigned page, uint64_t bits)
{
    return child->mfn[page] << 12 | bits;
}

static void write_tables(const struct child *child)
{
    const uint64_t va = VIRT_BASE;

    write_entry(child, CHILD_L4, pte_index(4, va), entry_for(child, CHILD_L3, PTE_RW));
    write_entry(child, CHILD_L3, pte_index(3, va), entry_for(child, CHILD_L2, PTE_RW));
    write_entry(child, CHILD_L2, pte_index(2, va), entry_for(child, CHILD_L1, PTE_RW));
    for (unsigned page = CHILD_CODE; page < CHILD_PAGES; page++)
        write_entry(child, CHILD_L1, page, entry_for(child, page, PTE_RW));
}

static void populate(struct child *child)
{
    struct xen_memory_reservation op = { .extent_start = (uint64_t)child->mfn,
                                         .nr_extents = CHILD_PAGES,
                                         .domid = child->id };

    for (unsigned pfn = 0; pfn < CHILD_PAGES; pfn++)
        child->mfn[pfn] = pfn;
    require_eq(hypercall(memory_op, XENMEM_populate_physmap, &op), CHILD_PAGES, "memory");
}

void child_load(struct child *child, const void *code, size_t bytes)
{
    struct mmuext_op pin = { .cmd = MMUEXT_PIN_L4_TABLE };
    struct shared_info *shared;
    void *page;

    populate(child);
    page = child_map(child, child->mfn[CHILD_CODE]);
    memcpy(page, code, bytes);
    child_unmap(page);
    write_tables(child);

    shared = child_map(child, child->shared_info_mfn);
    for (unsigned i = 0; i < XEN_LEGACY_MAX_VCPUS; i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
    child_unmap(shared);

    pin.arg1.mfn = child->mfn[CHILD_L4];
    require_eq(hypercall(mmuext_op, &pin, 1, NULL, child->id), 0, "its page tables are pinned");
}

void child_context(const struct child *child, uint32_t id, struct vcpu_guest_context *context)
{
    memset(context, 0, sizeof(*context));
    context->flags = VGCF_in_kernel | VGCF_online;
    context->user_regs.rip = CHILD_VIRT(CHILD_CODE);
    context->user_regs.rsp = CHILD_VIRT(CHILD_STACK) + 1024 * (id + 1) - 64;
    context->user_regs.rbx = CHILD_VIRT(CHILD_DATA) + 64 * id;
    context->user_regs.rdi = id;
    context->user_regs.rflags = 0x202;
    context->user_regs.cs = FLAT_KERNEL_CS;
    context->user_regs.ss = FLAT_KERNEL_SS;
    context->kernel_ss = FLAT_KERNEL_SS;
    context->kernel_sp = context->user_regs.rsp;
    context->debugreg[6] = 0xffff0ff0;
    context->debugreg[7] = 0x400;
    context->ctrlreg[3] = child->mfn[CHILD_L4] << 12;
}

long child_set_context(const struct child *child, uint32_t id,
                       const struct vcpu_guest_context *context)
{
    struct xen_domctl op = { .u.vcpucontext = { .vcpu = id, .ctxt = (uint64_t)context } };

    return domctl(XEN_DOMCTL_setvcpucontext, child->id, &op);
}

void child_make(struct child *child, uint32_t vcpus, const void *code, size_t bytes)
{
    static struct vcpu_guest_context context;

    child_create(child, vcpus);
    child_load(child, code, bytes);
    child_context(child, 0, &context);
    require_eq(child_set_context(child, 0, &context), 0, "setvcpucontext");
}

void child_unpause(const struct child *child)
{
    require_eq(domctl_plain(XEN_DOMCTL_unpausedomain, child->id), 0, "unpausedomain");
}

/* ---- watching it ---- */

struct xen_domctl_getdomaininfo child_info(const struct child *child)
{
    struct xen_domctl op = { .cmd = 0 };

    if (domctl(XEN_DOMCTL_getdomaininfo, child->id, &op) || op.domain != child->id)
        return (struct xen_domctl_getdomaininfo){ .flags = 0 };
    return op.u.getdomaininfo;
}

uint32_t child_flags(const struct child *child)
{
    return child_info(child).flags;
}

void child_wait(const struct child *child, uint32_t flags)
{
    while ((child_flags(child) & flags) != flags)
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}

static bool is_there(const struct child *child)
{
    struct xen_domctl op = { .cmd = 0 };

    return domctl(XEN_DOMCTL_getdomaininfo, child->id, &op) == 0 && op.domain == child->id;
}

void child_destroy(const struct child *child)
{
    require_eq(domctl_plain(XEN_DOMCTL_destroydomain, child->id), 0, "destroydomain");
    while (is_there(child))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
}

/* ---- code ---- */

__asm__(".pushsection .rodata\n"
        ".globl child_counts, child_counts_end, child_ends, child_ends_end\n"
        "child_counts:\n"
        "1: incq (%rbx)\n"
        "mov $29, %eax\n"
        "xor %edi, %edi\n"
        "syscall\n"
        "jmp 1b\n"
        "child_counts_end:\n"
        "child_ends:\n"
        "movl $0x51ab, (%rbx)\n" CHILD_SHUTDOWN(1) "child_ends_end:\n"
                                                   ".popsection");
