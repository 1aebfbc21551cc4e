/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: I/O privilege of any domain, interrupts and devices of the control domain.
 *
 * Only the control domain has devices, so only it is given interrupts, and only for itself.
 */
#include "arch/ioapic.h"
#include "domain/domain.h"
#include "emulate/io_ports.h"
#include "event/pci_device.h"
#include "event/pirq.h"
#include "hypercall-abi/physdev.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/errno.h"
#include "lib/refuse.h"

static bool has_devices(const struct vcpu *caller)
{
    return caller->domain->is_control;
}

static long no_devices(const struct vcpu *caller)
{
    return refuse(-EPERM, "domain %u has no devices", caller->domain->id);
}

/* ---- interrupts ---- */

static long physdev_op_apic_read(struct vcpu *caller, struct physdev_apic *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (!ioapic_read(op->apic_physbase, op->reg, &op->value))
        return refuse(-EINVAL, "no IO-APIC at %lx, or no register %u", op->apic_physbase, op->reg);
    return 0;
}

/* Vectors are the hypervisor's business; what is given to the guest is only a number. */
static long physdev_op_alloc_irq_vector(struct vcpu *caller, struct physdev_irq *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (!irq_line_exists(op->irq))
        return refuse(-EINVAL, "there is no interrupt line %u", op->irq);
    op->vector = op->irq;
    return 0;
}

static long physdev_op_irq_status_query(struct vcpu *caller, struct physdev_irq_status_query *op)
{
    bool needs_end;
    int error = pirq_needs_end(caller->domain, op->irq, &needs_end);

    if (error)
        return error;
    op->flags = needs_end ? XENIRQSTAT_needs_eoi : 0;
    return 0;
}

static long physdev_op_eoi(struct vcpu *caller, struct physdev_eoi *op)
{
    return pirq_end(caller->domain, op->irq);
}

static long physdev_op_setup_gsi(struct vcpu *caller, struct physdev_setup_gsi *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (op->gsi < 0 || op->triggering > 1 || op->polarity > 1)
        return refuse(-EINVAL, "GSI %d, trigger %u, polarity %u", op->gsi, op->triggering,
                      op->polarity);
    return irq_line_set((uint32_t)op->gsi, op->triggering, op->polarity);
}

static long physdev_op_pirq_eoi_gmfn_v1(struct vcpu *caller, struct physdev_pirq_eoi_gmfn *op)
{
    return pirq_share_map(caller->domain, mfn(op->gmfn), true);
}

static long physdev_op_pirq_eoi_gmfn_v2(struct vcpu *caller, struct physdev_pirq_eoi_gmfn *op)
{
    return pirq_share_map(caller->domain, mfn(op->gmfn), false);
}

/* ---- mapping ---- */

static bool is_caller(const struct vcpu *caller, domid_t id)
{
    return id == DOMID_SELF || id == caller->domain->id;
}

static long not_its_own(domid_t id)
{
    return refuse(-ESRCH, "domain %u is given no interrupts", id);
}

static long map_line(struct domain *d, struct physdev_map_pirq *op)
{
    uint32_t pirq;
    int error;

    if (op->index < 0)
        return refuse(-EINVAL, "there is no GSI %d", op->index);
    error = pirq_map_line(d, (uint32_t)op->index, op->pirq < 0 ? PIRQ_ANY : op->pirq, &pirq);
    if (error)
        return error;
    op->pirq = (int32_t)pirq;
    return 0;
}

/* A base of the table's memory says that MSI-X is meant, as the ABI has no type of its own for it. */
static long map_messages(struct domain *d, struct physdev_map_pirq *op)
{
    bool is_msix = op->type != MAP_PIRQ_TYPE_MULTI_MSI && op->table_base != 0;
    struct irq_messages messages = {
        .function = { .bus = (uint8_t)op->bus, .devfn = (uint8_t)op->devfn },
        .is_msix = is_msix,
        .count = op->type == MAP_PIRQ_TYPE_MULTI_MSI ? (uint32_t)op->entry_nr : 1,
        .entry = is_msix ? (uint32_t)op->entry_nr : 0,
        .bar = is_msix ? op->table_base : 0,
    };
    uint32_t pirq;
    int error;

    if (op->type != MAP_PIRQ_TYPE_MSI)
        messages.function.segment = (uint16_t)((uint32_t)op->bus >> 16);
    error = pirq_map_messages(d, &messages, op->pirq < 0 ? PIRQ_ANY : op->pirq, &pirq);
    if (error)
        return error;
    op->pirq = (int32_t)pirq;
    return 0;
}

static long physdev_op_map_pirq(struct vcpu *caller, struct physdev_map_pirq *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (!is_caller(caller, op->domid))
        return not_its_own(op->domid);
    switch (op->type) {
    case MAP_PIRQ_TYPE_GSI:
        return map_line(caller->domain, op);
    case MAP_PIRQ_TYPE_MSI:
    case MAP_PIRQ_TYPE_MSI_SEG:
    case MAP_PIRQ_TYPE_MULTI_MSI:
        return map_messages(caller->domain, op);
    default:
        return refuse(-EINVAL, "interrupts of type %d", op->type);
    }
}

static long physdev_op_unmap_pirq(struct vcpu *caller, struct physdev_unmap_pirq *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (!is_caller(caller, op->domid))
        return not_its_own(op->domid);
    return pirq_unmap(caller->domain, (uint32_t)op->pirq);
}

static long physdev_op_get_free_pirq(struct vcpu *caller, struct physdev_get_free_pirq *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (op->type != MAP_PIRQ_TYPE_MSI)
        return refuse(-EINVAL, "a free pirq of type %d", op->type);
    return pirq_reserve(caller->domain, &op->pirq);
}

/* ---- PCI functions ---- */

static long announce(struct vcpu *caller, struct pci_function function, bool is_virtual)
{
    return has_devices(caller) ? pci_device_announce(function, is_virtual) : no_devices(caller);
}

static long withdraw(struct vcpu *caller, struct pci_function function)
{
    return has_devices(caller) ? pci_device_withdraw(function) : no_devices(caller);
}

static struct pci_function function_of(const struct physdev_pci_device *op)
{
    return (struct pci_function){ op->seg, op->bus, op->devfn };
}

static long physdev_op_manage_pci_add(struct vcpu *caller, struct physdev_manage_pci *op)
{
    return announce(caller, (struct pci_function){ 0, op->bus, op->devfn }, false);
}

static long physdev_op_manage_pci_remove(struct vcpu *caller, struct physdev_manage_pci *op)
{
    return withdraw(caller, (struct pci_function){ 0, op->bus, op->devfn });
}

static long physdev_op_manage_pci_add_ext(struct vcpu *caller, struct physdev_manage_pci_ext *op)
{
    return announce(caller, (struct pci_function){ 0, op->bus, op->devfn }, op->is_virtfn);
}

static long physdev_op_pci_device_add(struct vcpu *caller, struct physdev_pci_device_add *op)
{
    return announce(caller, (struct pci_function){ op->seg, op->bus, op->devfn },
                    op->flags & XEN_PCI_DEV_VIRTFN);
}

static long physdev_op_pci_device_remove(struct vcpu *caller, struct physdev_pci_device *op)
{
    return withdraw(caller, function_of(op));
}

static long physdev_op_restore_msi(struct vcpu *caller, struct physdev_restore_msi *op)
{
    return pirq_restore_messages(caller->domain, (struct pci_function){ 0, op->bus, op->devfn });
}

static long physdev_op_restore_msi_ext(struct vcpu *caller, struct physdev_pci_device *op)
{
    return pirq_restore_messages(caller->domain, function_of(op));
}

static long physdev_op_pci_mmcfg_reserved(struct vcpu *caller,
                                          struct physdev_pci_mmcfg_reserved *op)
{
    if (!has_devices(caller))
        return no_devices(caller);
    if (op->flags & ~XEN_PCI_MMCFG_RESERVED)
        return refuse(-EINVAL, "flags %#x", op->flags);
    /* Firmware may give the addresses to something else, so they are not used. */
    if (!(op->flags & XEN_PCI_MMCFG_RESERVED))
        return 0;
    return pci_device_map_window(op->segment, op->start_bus, op->end_bus, op->address);
}

#define OP(number, name, argument, copy, summary) OP_CALL_##copy(physdev, name, argument)
#include "hypercall-abi/tables/physdev_ops.def"
#undef OP

static const struct operation physdev_operations[] = {
#define OP(number, name, argument, copy, summary) OP_ROW(number, physdev, name, argument, copy)
#include "hypercall-abi/tables/physdev_ops.def"
#undef OP
};

long hypercall_physdev_op(struct vcpu *caller, uint64_t command, uint64_t address,
                          UNUSED uint64_t a3, UNUSED uint64_t a4, UNUSED uint64_t a5)
{
    static const struct operation_table physdev_op_table =
        OP_TABLE("physdev_op", physdev_operations);

    return operation_perform(caller, &physdev_op_table, (uint32_t)command, 0, address);
}
