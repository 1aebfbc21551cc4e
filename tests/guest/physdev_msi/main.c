/* SPDX-License-Identifier: MIT */
/*
 * A function's message: it is announced, mapped and bound; the hypervisor owns what the message says,
 * and the guest cannot change it through configuration space (abi-facts 6.4, 6.5).
 *
 * Machine: devices=edu cpus=2
 * Machine: nobochs="the device is QEMU's"
 */
#include "devices.h"

#define MSI_ENABLE (1u << 16)

static uint32_t devfn, msi;

static void check_refusals(void)
{
    struct physdev_pci_device_add add = { .devfn = (uint8_t)devfn };
    struct physdev_map_pirq several = {
        .domid = DOMID_SELF,
        .type = MAP_PIRQ_TYPE_MULTI_MSI,
        .index = -1,
        .pirq = -1,
        .devfn = (int)devfn,
        .entry_nr = 2,
    };
    struct physdev_map_pirq entry = {
        .domid = DOMID_SELF,
        .type = MAP_PIRQ_TYPE_MSI_SEG,
        .index = -1,
        .pirq = -1,
        .devfn = (int)devfn,
        .table_base = 0xfeb00000,
    };
    uint32_t pirq;

    expect_eq(pirq_map_msi(devfn, &pirq), -XEN_ENODEV, "it was not announced");
    expect_eq(physdev(pci_device_add, &add), 0, "it is announced");
    expect_eq(physdev(pci_device_add, &add), 0, "and once more");
    expect_eq(physdev(map_pirq, &several), -XEN_EINVAL, "it can send one message only");
    expect_eq(physdev(map_pirq, &entry), -XEN_EINVAL, "it has no MSI-X");
}

static void check_ownership(void)
{
    uint32_t address = pci_in(devfn, msi + 4), data = pci_in(devfn, msi + 0xc);

    pci_out(devfn, msi + 4, 0xfee0f000);
    pci_out(devfn, msi + 0xc, 0xff);
    expect_eq(pci_in(devfn, msi + 4), address, "the address stays");
    expect_eq(pci_in(devfn, msi + 0xc), data, "and the data");
}

static void check_messages(uint32_t pirq)
{
    struct evtchn_bind_vcpu move = { .vcpu = 1 };
    long port = pirq_bind(pirq);

    require(port > 0, "a port");
    move.port = (uint32_t)port;
    for (unsigned i = 0; i < 6; i++) {
        if (i == 3)
            expect_eq(hypercall(event_channel_op, EVTCHNOP_bind_vcpu, &move), 0, "it is moved");
        edu_raise();
        expect(interrupt_comes((uint32_t)port), "a message");
        expect(interrupt_comes_not((uint32_t)port), "is one");
        edu_acknowledge();
    }
    expect_eq(pirq_end(pirq), 0, "an end that is not needed");
}

static void check_restored(uint32_t pirq)
{
    struct physdev_pci_device function = { .devfn = (uint8_t)devfn };
    uint32_t word = pci_in(devfn, msi);

    pci_out(devfn, msi, word & ~MSI_ENABLE); /* as a reset would */
    expect_eq(physdev(restore_msi_ext, &function), 0, "it is told again");
    expect_eq(pci_in(devfn, msi) & MSI_ENABLE, MSI_ENABLE, "it is on");
    expect_eq(pirq_unmap(pirq), 0, "it is taken back");
    expect_eq(pci_in(devfn, msi) & MSI_ENABLE, 0, "it is off");
    expect_eq(pirq_bind(pirq), -XEN_EINVAL, "nothing to bind");
    expect_eq(physdev(pci_device_remove, &function), 0, "the function is gone");
    expect_eq(pirq_map_msi(devfn, &pirq), -XEN_ENODEV, "and has no messages");
    expect_eq(physdev(restore_msi_ext, &function), -XEN_ENODEV, "nor to be told again");
}

void test_main(void)
{
    uint32_t pirq, other;

    devices_setup();
    devfn = edu_find();
    msi = pci_capability(devfn, PCI_CAPABILITY_MSI);
    require(msi, "it has MSI");
    check_refusals();
    require_eq(pirq_map_msi(devfn, &pirq), 0, "a message");
    expect(pirq >= 24, "no line's number");
    expect_eq(pirq_map_msi(devfn, &other), -XEN_EEXIST, "it is mapped");
    expect_eq(pci_in(devfn, msi) & MSI_ENABLE, MSI_ENABLE, "it is on");
    check_ownership();
    check_messages(pirq);
    check_restored(pirq);
}
