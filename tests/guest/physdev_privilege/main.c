/* SPDX-License-Identifier: MIT */
/*
 * set_iopl and set_iobitmap are for every domain and concern the calling vCPU; everything about real
 * interrupts and devices is for the control domain (physdev.h; abi-facts 2.1).
 *
 * Machine: domains=1
 */
#include "guest.h"

static long set_iopl(uint32_t level)
{
    return hypercall(physdev_op, PHYSDEVOP_set_iopl, &level);
}

static void check(void)
{
    static uint8_t ports[8192];
    struct physdev_set_iobitmap bitmap = { .bitmap = (uint64_t)ports, .nr_ports = 65536 };

    expect_eq(set_iopl(1), 0, "level 1");
    expect_eq(set_iopl(3), 0, "level 3");
    expect_eq(set_iopl(4), -XEN_EINVAL, "level 4");
    expect_eq(set_iopl(0), 0, "level 0");
    expect_eq(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0, "a bitmap");
    bitmap.nr_ports = 65537;
    expect_eq(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL, "too long");
    bitmap.nr_ports = 65536;
    bitmap.bitmap = HYPERVISOR_VIRT_START;
    expect_eq(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), -XEN_EINVAL,
              "one in the hypervisor's range");
    bitmap.bitmap = 0;
    bitmap.nr_ports = 0;
    expect_eq(hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &bitmap), 0, "none");
    expect_eq(hypercall(physdev_op, PHYSDEVOP_set_iopl, NULL), -XEN_EFAULT, "null");
    expect_eq(hypercall(physdev_op, 1000, &bitmap), -XEN_ENOSYS, "no such command");
}

void neighbour_main(uint32_t id)
{
    struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };
    struct physdev_map_pirq map = {
        .domid = DOMID_SELF, .type = MAP_PIRQ_TYPE_GSI, .index = 5, .pirq = 5
    };

    (void)id;
    check();
    expect_eq(hypercall(physdev_op, PHYSDEVOP_apic_read, &apic), -XEN_EPERM, "the IO-APIC");
    expect(hypercall(physdev_op, PHYSDEVOP_map_pirq, &map) < 0, "an interrupt");
}

void test_main(void)
{
    struct physdev_apic apic = { .apic_physbase = 0xfec00000, .reg = 1 };

    check();
    expect_eq(hypercall(physdev_op, PHYSDEVOP_apic_read, &apic), 0, "the IO-APIC");
    expect_eq(apic.value >> 16 & 0xff, 23, "has 24 pins");
    apic.apic_physbase = 0x1000;
    expect_eq(hypercall(physdev_op, PHYSDEVOP_apic_read, &apic), -XEN_EINVAL, "no IO-APIC there");
    neighbour_wait(1);
}
