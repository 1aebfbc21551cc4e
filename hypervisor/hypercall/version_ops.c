/* SPDX-License-Identifier: MIT */
/*
 * xen_version: who the hypervisor is and what it can do.
 *
 * Guests test the numbers, so the release whose ABI this is answers, 4.17; the texts say Parapet.
 */
#include "hypercall/version_ops.h"
#include "build_info.h"
#include "domain/domain.h"
#include "hypercall-abi/version.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/bits.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/refuse.h"
#include "lib/string.h"
#include "mm/guest_access.h"

#define ABI_MAJOR 4u
#define ABI_MINOR 17u

const char *hypervisor_command_line = "";

static long version_op_version(UNUSED struct vcpu *caller)
{
    return ABI_MAJOR << 16 | ABI_MINOR;
}

static long version_op_extraversion(UNUSED struct vcpu *caller, struct xen_extraversion *op)
{
    format_buffer(op->text, sizeof(op->text), ".0-parapet");
    return 0;
}

static long version_op_compile_info(UNUSED struct vcpu *caller, struct xen_compile_info *op)
{
    format_buffer(op->compiler, sizeof(op->compiler), "%s", PARAPET_COMPILER);
    format_buffer(op->compile_by, sizeof(op->compile_by), "parapet");
    format_buffer(op->compile_domain, sizeof(op->compile_domain), "%s", PARAPET_FLAVOUR);
    return 0;
}

static long version_op_capabilities(UNUSED struct vcpu *caller, struct xen_capabilities_info *op)
{
    format_buffer(op->text, sizeof(op->text), "xen-3.0-x86_64 ");
    return 0;
}

static long version_op_changeset(UNUSED struct vcpu *caller, struct xen_changeset_info *op)
{
    format_buffer(op->text, sizeof(op->text), "parapet %s %s", PARAPET_VERSION, PARAPET_COMMIT);
    return 0;
}

static long version_op_platform_parameters(UNUSED struct vcpu *caller,
                                           struct xen_platform_parameters *op)
{
    op->virt_start = HYPERVISOR_VIRT_START;
    return 0;
}

static long version_op_get_features(struct vcpu *caller, struct xen_feature_info *op)
{
    const struct domain *d = caller->domain;

    if (op->submap_idx >= XENFEAT_NR_SUBMAPS)
        return refuse(-EINVAL, "there is no feature word %u", op->submap_idx);
    op->submap = (uint32_t)(BIT(XENFEAT_mmu_pt_update_preserve_ad) |
                            BIT(XENFEAT_gnttab_map_avail_bits) | BIT(XENFEAT_direct_mapped));
    if (d->vm_assist & BIT(VMASST_TYPE_pae_extended_cr3))
        op->submap |= (uint32_t)BIT(XENFEAT_pae_pgdir_above_4gb);
    if (d->is_control)
        op->submap |= (uint32_t)BIT(XENFEAT_dom0);
    return 0;
}

static long version_op_pagesize(UNUSED struct vcpu *caller)
{
    return (long)PAGE_SIZE;
}

static long version_op_guest_handle(struct vcpu *caller, struct xen_guest_handle *op)
{
    memcpy(op->handle, caller->domain->handle, sizeof(op->handle));
    return 0;
}

static long version_op_commandline(struct vcpu *caller, struct xen_commandline *op)
{
    if (!caller->domain->is_control)
        return refuse(-EPERM, "the command line is for the control domain");
    format_buffer(op->text, sizeof(op->text), "%s", hypervisor_command_line);
    return 0;
}

/* The image carries none that code could find; guests take this answer. */
static long version_op_build_id(UNUSED struct vcpu *caller, UNUSED uint64_t address)
{
    return -ENODATA;
}

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(version, name, argument)
#include "hypercall-abi/tables/xen_version_ops.def"
#undef OP

static const struct operation version_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, version, name, argument, copy)
#include "hypercall-abi/tables/xen_version_ops.def"
#undef OP
};

static const struct operation_table xen_version_table = OP_TABLE("xen_version", version_operations);

long hypercall_xen_version(struct vcpu *caller, uint64_t command, uint64_t address,
                           UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    /* Guests ask this to have pending events delivered at the return, so it is a hot path. */
    if (likely((uint32_t)command == XENVER_version))
        return version_op_version(caller);
    return operation_perform(caller, &xen_version_table, (uint32_t)command, 0, address);
}
