/* SPDX-License-Identifier: MIT */
/*
 * physdev_op: I/O privilege of any domain, interrupts and devices of the control domain.
 *
 * Interrupts are not routed to domains yet; the commands that would do it answer -ENOSYS, which
 * guests take for a hypervisor without them.
 */
#include "arch/ioapic.h"
#include "domain/domain.h"
#include "hypercall-abi/physdev.h"
#include "hypercall/dispatch.h"
#include "hypercall/operation_rows.h"
#include "lib/errno.h"
#include "lib/refuse.h"

#define IOPL_MAX  3u
#define PORTS_MAX 65536u

static long physdev_op_set_iopl(struct vcpu *caller, struct physdev_set_iopl *op)
{
    if (op->iopl > IOPL_MAX)
        return refuse(-EINVAL, "I/O privilege level %u", op->iopl);
    caller->iopl = (uint8_t)op->iopl;
    return 0;
}

/* The bitmap stays the guest's: it is read at each access that needs it. */
static long physdev_op_set_iobitmap(struct vcpu *caller, struct physdev_set_iobitmap *op)
{
    if (op->nr_ports > PORTS_MAX || !guest_range_ok(op->bitmap, (op->nr_ports + 7u) / 8))
        return refuse(-EINVAL, "a bitmap of %u ports at %lx", op->nr_ports, op->bitmap);
    caller->io_bitmap = op->bitmap;
    caller->io_bitmap_ports = op->nr_ports;
    return 0;
}

static long physdev_op_apic_read(struct vcpu *caller, struct physdev_apic *op)
{
    if (!caller->domain->is_control)
        return refuse(-EPERM, "only the control domain reads the IO-APIC");
    if (!ioapic_read(op->apic_physbase, op->reg, &op->value))
        return refuse(-EINVAL, "no IO-APIC at %lx, or no register %u", op->apic_physbase, op->reg);
    return 0;
}

#define NOT_YET(name, argument)                                                                    \
    static long physdev_op_##name(UNUSED struct vcpu *caller, UNUSED struct argument *op)          \
    {                                                                                              \
        return -ENOSYS;                                                                            \
    }
NOT_YET(irq_status_query, physdev_irq_status_query)
NOT_YET(alloc_irq_vector, physdev_irq)
NOT_YET(eoi, physdev_eoi)
NOT_YET(map_pirq, physdev_map_pirq)
NOT_YET(unmap_pirq, physdev_unmap_pirq)
NOT_YET(setup_gsi, physdev_setup_gsi)
NOT_YET(pci_mmcfg_reserved, physdev_pci_mmcfg_reserved)
NOT_YET(pci_device_add, physdev_pci_device_add)
NOT_YET(pci_device_remove, physdev_pci_device)
NOT_YET(restore_msi_ext, physdev_pci_device)
NOT_YET(pirq_eoi_gmfn_v2, physdev_pirq_eoi_gmfn)

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
