/* SPDX-License-Identifier: MIT */
#include "builder/builder.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "builder/build.h"
#include "control/domctl.h"
#include "control/memory.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/xen.h"
#include "kernel/kernel_image.h"

#define PAGE_BYTES         4096u
#define RAMDISK_BYTES_MAX  (1ULL << 30)
#define MEMORY_BYTES_MAX   (1ULL << 42)
#define MEMORY_SLACK_BYTES (1ULL << 20) /* xl's: for what a guest takes beside its memory */
#define GRANT_VERSION      1u
#define CONTROL_DOMAIN     0u

#define RFLAGS_INTERRUPTS 0x200u
#define DR6_INITIAL       0xffff0ff0u
#define DR7_INITIAL       0x400u
#define FPU_CONTROL_WORD  0x37fu
#define FPU_MXCSR         0x1f80u
#define FXSAVE_MXCSR      24u

int build_refused(struct build *build, const char *what, int result)
{
    if (result == -ENOMEM)
        return error_set(build->error, ERROR_RESOURCES, "PV-E0710",
                         "the machine has not enough free memory (%s)", what);
    return error_set(build->error, ERROR_GUEST, "PV-E1103", "the hypervisor refuses %s: %s", what,
                     strerror(-result));
}

/* ---- before there is a domain ---- */

static int read_kernel(struct build *build)
{
    const char *path = build->request->kernel;
    struct buffer file;
    int result;

    if (file_read(path, KERNEL_FILE_BYTES_MAX, &file, build->error))
        return error_about(build->error, "domain/os/kernel");
    result = kernel_image_extract(&file, path, kernel_limit(build->request->memory_bytes),
                                  &build->elf, build->error);
    free(file.data);
    if (result) {
        build->elf.data = NULL;
        return error_about(build->error, "domain/os/kernel");
    }
    return kernel_elf_read(&build->elf, path, &build->kernel, build->error)
               ? error_about(build->error, "domain/os/kernel")
               : 0;
}

static int read_ramdisk(struct build *build)
{
    const char *path = build->request->ramdisk;
    uint64_t limit = build->request->memory_bytes;

    /* One that the domain has no room for need not be read. */
    if (limit > RAMDISK_BYTES_MAX)
        limit = RAMDISK_BYTES_MAX;
    if (!path || !file_read(path, limit, &build->ramdisk, build->error))
        return 0;
    build->ramdisk.data = NULL;
    if (!*build->error->hint)
        error_hint(build->error, "the initrd and the kernel must fit into <memory>");
    return error_about(build->error, "domain/os/initrd");
}

static int check_request(const struct build_request *request, struct error *error)
{
    if (request->command_line && strlen(request->command_line) >= MAX_GUEST_CMDLINE)
        return error_set(error, ERROR_INPUT, "PV-E0321",
                         "the kernel's command line has %zu characters, %u is the limit",
                         strlen(request->command_line), MAX_GUEST_CMDLINE - 1);
    if (request->memory_bytes < PAGE_BYTES || request->memory_bytes > MEMORY_BYTES_MAX ||
        request->memory_max_bytes < request->memory_bytes)
        return error_set(error, ERROR_INPUT, "PV-E0322", "the domain cannot have %llu bytes",
                         (unsigned long long)request->memory_bytes);
    if (!request->vcpus || request->vcpus > BUILD_VCPUS_MAX)
        return error_set(error, ERROR_INPUT, "PV-E0323", "the domain cannot have %u vCPUs",
                         request->vcpus);
    return 0;
}

const char *const built_use_words[BUILT_PIECES] = {
    [BUILT_KERNEL] = "kernel",         [BUILT_RAMDISK] = "initrd",
    [BUILT_P2M] = "p2m list",          [BUILT_P2M_TABLES] = "page tables of the p2m list",
    [BUILT_START_INFO] = "start info", [BUILT_STORE] = "store ring",
    [BUILT_CONSOLE] = "console ring",  [BUILT_TABLES] = "page tables",
    [BUILT_STACK] = "first stack",
};

/* What becomes of the layout outlives the builder. */
static void note_layout(struct build *build)
{
    const struct layout *layout = &build->layout;
    const struct layout_piece kernel = { 0, (build->kernel.physical_end + PAGE_BYTES - 1) /
                                                PAGE_BYTES };
    const struct layout_piece pieces[BUILT_PIECES] = {
        [BUILT_KERNEL] = kernel,
        [BUILT_RAMDISK] = layout->ramdisk,
        [BUILT_P2M] = layout->p2m,
        [BUILT_P2M_TABLES] = layout->p2m_tables,
        [BUILT_START_INFO] = layout->start_info,
        [BUILT_STORE] = layout->store,
        [BUILT_CONSOLE] = layout->console,
        [BUILT_TABLES] = layout->tables,
        [BUILT_STACK] = layout->stack,
    };

    build->built->pages = layout->pages;
    for (size_t i = 0; i < BUILT_PIECES; i++)
        build->built->pieces[i] =
            (struct built_piece){ pieces[i].pfn, pieces[i].pages, (enum built_use)i };
}

static int prepare(struct build *build)
{
    const struct build_request *request = build->request;
    struct layout_request wanted = {
        .kernel = &build->kernel,
        .kernel_name = request->kernel,
        .pages = request->memory_bytes / PAGE_BYTES,
    };

    if (check_request(request, build->error) || read_kernel(build) || read_ramdisk(build))
        return -1;
    wanted.ramdisk_bytes = build->ramdisk.bytes;
    if (layout_make(&wanted, &build->layout, build->error))
        return error_about(build->error, "domain/memory");
    build->p2m = calloc(wanted.pages, sizeof(*build->p2m));
    if (!build->p2m)
        return error_set(build->error, ERROR_RESOURCES, "PV-E0707",
                         "no memory to list the domain's %llu pages",
                         (unsigned long long)wanted.pages);
    note_layout(build);
    memcpy(build->built->guest_os, build->kernel.guest_os, sizeof(build->built->guest_os));
    return 0;
}

/* ---- the domain ---- */

static int create_domain(struct build *build)
{
    const struct build_request *request = build->request;
    struct xen_domctl_createdomain wanted = {
        .max_vcpus = request->vcpus,
        .max_evtchn_port = request->event_channels_max,
        .max_grant_frames = request->grant_frames_max,
        .max_maptrack_frames = request->maptrack_frames_max,
        .grant_opts = GRANT_VERSION,
    };
    domid_t domid = DOMID_INVALID;
    int result;

    memcpy(wanted.handle, request->uuid, sizeof(wanted.handle));
    result = domctl_create(build->control, &wanted, &domid);
    if (result)
        return build_refused(build, "a new domain", result);
    build->built->domid = domid;
    return 0;
}

/* What the domain is allowed, and its two ports. */
static int furnish(struct build *build)
{
    struct control *control = build->control;
    const struct build_request *request = build->request;
    domid_t domid = build->built->domid;
    int result = domctl_set_vcpus_max(control, domid, request->vcpus);

    if (result)
        return build_refused(build, "its vCPUs", result);
    result = domctl_set_memory_max(control, domid, request->memory_max_bytes + MEMORY_SLACK_BYTES);
    if (result)
        return build_refused(build, "its limit of memory", result);
    /* Without it Linux never grows beyond what it got at first. */
    result = memory_set_map(control, domid, request->memory_max_bytes);
    if (result)
        return build_refused(build, "its memory map", result);
    result = domctl_set_address_size(control, domid, 64);
    if (result)
        return build_refused(build, "64 bits", result);
    if (request->tsc_mode)
        result = domctl_set_tsc_mode(control, domid, request->tsc_mode);
    if (result)
        return build_refused(build, "its TSC mode", result);
    if (request->time_offset_s)
        result = domctl_set_time_offset(control, domid, request->time_offset_s);
    if (result)
        return build_refused(build, "its time offset", result);
    result = evtchn_reserve(control, domid, CONTROL_DOMAIN, &build->built->store_port);
    if (!result)
        result = evtchn_reserve(control, domid, CONTROL_DOMAIN, &build->built->console_port);
    return result ? build_refused(build, "its event channels", result) : 0;
}

static int get_memory(struct build *build)
{
    const struct build_request *request = build->request;
    struct xen_domctl_getdomaininfo info;
    int result =
        memory_populate(build->control, build->built->domid, 0, build->layout.pages, build->p2m);

    if (result == -ENOMEM) {
        error_set(build->error, ERROR_RESOURCES, "PV-E0711",
                  "the machine has no %llu MiB free for the domain",
                  (unsigned long long)(request->memory_bytes >> 20));
        error_hint(build->error, "pvctl info shows what is free; end other domains, or lower "
                                 "<memory>");
        return error_about(build->error, "domain/memory");
    }
    if (result)
        return build_refused(build, "its memory", result);
    result = domctl_info(build->control, build->built->domid, &info);
    if (result)
        return build_refused(build, "news of the domain", result);
    build->shared_info_mfn = info.shared_info_frame;
    build->built->store_mfn = build->p2m[build->layout.store.pfn];
    build->built->console_mfn = build->p2m[build->layout.console.pfn];
    return 0;
}

/* No events until the guest asks for them. */
static int mask_events(struct build *build)
{
    struct shared_info *shared;
    void *mapping;
    int result =
        control_map(build->control, build->built->domid, &build->shared_info_mfn, 1, &mapping);

    if (result)
        return build_refused(build, "mapping its shared_info page", result);
    shared = mapping;
    for (size_t i = 0; i < sizeof(shared->vcpu_info) / sizeof(shared->vcpu_info[0]); i++)
        shared->vcpu_info[i].evtchn_upcall_mask = 1;
    control_unmap(build->control, mapping, 1);
    return 0;
}

/* Store and console may use their rings' pages by grant, without power over the domain. */
static int seed_grants(struct build *build)
{
    struct grant_entry_v1 *entries;
    const struct built_domain *built = build->built;
    void *mapping;
    int result =
        build->control->ops->map_resource(build->control, built->domid, XENMEM_resource_grant_table,
                                          XENMEM_resource_grant_table_id_shared, 0, 1, &mapping);

    if (result)
        return build_refused(build, "mapping its grant table", result);
    entries = mapping;
    entries[GNTTAB_RESERVED_CONSOLE] = (struct grant_entry_v1){
        .flags = GTF_permit_access, .domid = CONTROL_DOMAIN, .frame = (uint32_t)built->console_mfn
    };
    entries[GNTTAB_RESERVED_XENSTORE] = (struct grant_entry_v1){
        .flags = GTF_permit_access, .domid = CONTROL_DOMAIN, .frame = (uint32_t)built->store_mfn
    };
    control_unmap(build->control, mapping, 1);
    return 0;
}

static int set_hypercall_page(struct build *build)
{
    uint64_t pfn = (build->kernel.hypercall_page - build->kernel.virt_base) / PAGE_BYTES;
    int result;

    if (!build->kernel.has_hypercall_page)
        return 0;
    result = domctl_hypercall_page(build->control, build->built->domid, build->p2m[pfn]);
    return result ? build_refused(build, "its hypercall page", result) : 0;
}

static int start_vcpu(struct build *build)
{
    const struct layout *layout = &build->layout;
    uint64_t stack_end = layout_virt(layout, layout->stack) + PAGE_BYTES;
    struct vcpu_guest_context context = {
        .flags = VGCF_i387_valid | VGCF_in_kernel | VGCF_online,
        .user_regs = {
            .rip = build->kernel.entry,
            .rsp = stack_end,
            .rsi = layout_virt(layout, layout->start_info),
            .rflags = RFLAGS_INTERRUPTS,
            .cs = FLAT_KERNEL_CS,
            .ss = FLAT_KERNEL_SS,
        },
        .kernel_ss = FLAT_KERNEL_SS,
        .kernel_sp = stack_end,
    };
    const uint16_t control_word = FPU_CONTROL_WORD;
    const uint32_t mxcsr = FPU_MXCSR;
    int result;

    memcpy(context.fpu_ctxt.x, &control_word, sizeof(control_word));
    memcpy(context.fpu_ctxt.x + FXSAVE_MXCSR, &mxcsr, sizeof(mxcsr));
    context.ctrlreg[3] = xen_pfn_to_cr3(build->p2m[layout->tables.pfn]);
    context.debugreg[6] = DR6_INITIAL;
    context.debugreg[7] = DR7_INITIAL;
    result = domctl_set_context(build->control, build->built->domid, 0, &context);
    return result ? build_refused(build, "the state of its first vCPU", result) : 0;
}

static int pin_tables(struct build *build)
{
    int result =
        memory_pin_l4(build->control, build->built->domid, build->p2m[build->layout.tables.pfn]);

    return result ? build_refused(build, "its page tables", result) : 0;
}

static int fill_domain(struct build *build)
{
    if (furnish(build) || get_memory(build) || build_fill_memory(build) || pin_tables(build) ||
        mask_events(build) || set_hypercall_page(build) || seed_grants(build))
        return -1;
    return start_vcpu(build);
}

int build_domain(struct control *control, const struct build_request *request,
                 struct built_domain *built, struct error *error)
{
    struct build build = { .control = control, .request = request, .built = built, .error = error };
    int result;

    *built = (struct built_domain){ .domid = DOMID_INVALID };
    result = prepare(&build) || create_domain(&build) ? -1 : 0;
    if (!result) {
        result = fill_domain(&build);
        if (result)
            domctl_destroy(control, built->domid);
    }
    free(build.p2m);
    free(build.ramdisk.data);
    free(build.elf.data);
    return result;
}
