/* SPDX-License-Identifier: MIT */
/*
 * What the control domain cannot have of interrupts, and its answers (physdev.h; abi-facts 6.2, 6.4):
 * numbers that do not exist, lines of the hypervisor's, interrupts for others.
 *
 * Machine: domains=1
 */
#include "devices.h"

#define SERIAL_GSI 4u

static long map(struct physdev_map_pirq op)
{
    return physdev(map_pirq, &op);
}

static void check_map(void)
{
    struct physdev_map_pirq op = { .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI };

    op.index = 24;
    op.pirq = 24;
    expect_eq(map(op), -XEN_EINVAL, "beyond the last line");
    op.index = op.pirq = -1;
    expect_eq(map(op), -XEN_EINVAL, "no line");
    op.index = 5;
    op.pirq = 0;
    expect_eq(map(op), -XEN_EINVAL, "number 0");
    op.pirq = 1 << 30;
    expect_eq(map(op), -XEN_EINVAL, "a number beyond all");
    op.pirq = 5;
    op.type = MAP_PIRQ_TYPE_UNKNOWN;
    expect_eq(map(op), -XEN_EINVAL, "a type of nothing");
    op.type = MAP_PIRQ_TYPE_GSI;
    op.domid = 1;
    expect(map(op) < 0, "for another domain");
    op.domid = 0;
    expect_eq(map(op), 0, "for oneself by number");
    op.type = MAP_PIRQ_TYPE_MULTI_MSI;
    op.pirq = -1;
    op.entry_nr = 33;
    expect_eq(map(op), -XEN_EINVAL, "more messages than there can be");
    op.entry_nr = -1;
    expect_eq(map(op), -XEN_EINVAL, "or a negative number of them");
}

static void check_numbers(void)
{
    struct physdev_irq vector = { .irq = 5000 };
    struct physdev_irq_status_query status = { .irq = 5000 };
    struct physdev_get_free_pirq free_pirq = { .type = MAP_PIRQ_TYPE_MSI };
    uint32_t first;

    expect_eq(physdev(alloc_irq_vector, &vector), -XEN_EINVAL, "a vector for no line");
    expect_eq(physdev(irq_status_query, &status), -XEN_EINVAL, "the status of nothing");
    expect_eq(pirq_end(5000), -XEN_EINVAL, "the end of nothing");
    expect_eq(pirq_unmap(0xffffffff), -XEN_EINVAL, "to take back nothing");
    expect_eq(pirq_bind(6), -XEN_EINVAL, "to bind what is not mapped");
    expect_eq(pirq_set_line(24, true, true), -XEN_EINVAL, "settings of no line");
    expect_eq(pirq_set_line(0xffffffff, true, true), -XEN_EINVAL, "nor of a negative one");
    expect_eq(physdev(get_free_pirq, &free_pirq), 0, "a number for later");
    first = free_pirq.pirq;
    expect_eq(physdev(get_free_pirq, &free_pirq), 0, "another");
    expect(free_pirq.pirq != first && first >= 24, "of its own, and no line's");
    free_pirq.type = MAP_PIRQ_TYPE_GSI;
    expect_eq(physdev(get_free_pirq, &free_pirq), -XEN_EINVAL, "of no other kind");
}

static void check_functions(void)
{
    struct physdev_manage_pci function = { .devfn = 0x80 };
    struct physdev_restore_msi restore = { .devfn = 0x80 };
    struct physdev_manage_pci_ext extended = { .bus = 9, .devfn = 0x81, .is_virtfn = 1 };
    struct physdev_pci_device_add far = { .seg = 3 };
    struct physdev_pci_mmcfg_reserved window = { .address = 0x1000,
                                                 .end_bus = 255,
                                                 .flags = XEN_PCI_MMCFG_RESERVED };

    expect_eq(physdev(manage_pci_remove, &function), -XEN_ENODEV, "it was not announced");
    expect_eq(physdev(restore_msi, &restore), -XEN_ENODEV, "nor has it messages");
    expect_eq(physdev(manage_pci_add, &function), 0, "the old call announces as well");
    expect_eq(physdev(restore_msi, &restore), 0, "nothing to restore is fine");
    expect_eq(physdev(manage_pci_remove, &function), 0, "and is gone");
    expect_eq(physdev(manage_pci_add_ext, &extended), 0, "a virtual function");
    expect_eq(physdev(pci_device_add, &far), -XEN_ENODEV, "a segment that cannot be reached");
    expect_eq(physdev(pci_mmcfg_reserved, &window), -XEN_ENODEV, "no window of firmware's");
    window.flags = 2;
    expect_eq(physdev(pci_mmcfg_reserved, &window), -XEN_EINVAL, "an unknown flag");
    window.flags = 0;
    expect_eq(physdev(pci_mmcfg_reserved, &window), 0, "one that is not kept is not used");
}

void neighbour_main(uint32_t id)
{
    struct physdev_pci_device function = { .devfn = 0x10 };
    struct physdev_get_free_pirq free_pirq = { .type = MAP_PIRQ_TYPE_MSI };
    uint32_t pirq;

    (void)id;
    expect_eq(pirq_map_line(5), -XEN_EPERM, "another domain's line");
    expect_eq(pirq_map_msi(0x10, &pirq), -XEN_EPERM, "its message");
    expect_eq(pirq_unmap(5), -XEN_EPERM, "its end");
    expect_eq(pirq_set_line(5, true, true), -XEN_EPERM, "its settings");
    expect_eq(physdev(get_free_pirq, &free_pirq), -XEN_EPERM, "its numbers");
    expect_eq(physdev(pci_device_add, &function), -XEN_EPERM, "its functions");
    expect_eq(physdev(pci_device_remove, &function), -XEN_EPERM, "nor their end");
    expect_eq(physdev(restore_msi_ext, &function), -XEN_EPERM, "nor their messages");
}

void test_main(void)
{
    check_map();
    check_numbers();
    check_functions();
    expect_eq(pirq_map_line(SERIAL_GSI), 0, "the hypervisor's own line is mapped");
    expect_eq(pirq_bind(SERIAL_GSI), -XEN_EBUSY, "but not given away");
    neighbour_wait(1);
}
