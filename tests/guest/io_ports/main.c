/* SPDX-License-Identifier: MIT */
/*
 * Ports: the control domain reaches all but the hypervisor's own, where it reads ones and writes
 * nothing, without a fault; configuration space and CMOS have an index of its own; other domains
 * reach none (abi-facts 6.5, 6.6). Without the privilege level: #GP.
 *
 * Machine: domains=1
 * Machine: nobochs="it has other chips"
 */
#include "devices.h"

#define PM1_CONTROL   0x604u /* of q35 */
#define PM1_SLEEP_S5  0x2000u
#define RESET_CONTROL 0xcf9u

static void set_iopl(uint32_t level)
{
    struct physdev_set_iopl op = { .iopl = level };

    require_eq(physdev(set_iopl, &op), 0, "a privilege level");
}

static void use_port(void *unused)
{
    (void)unused;
    port_out(0x80, 1, 0);
}

static void check_privilege(void)
{
    struct try_result result;

    set_iopl(0);
    result = try(use_port, NULL);
    expect(result.trapped && result.vector == VECTOR_GP, "no level, no port");
    set_iopl(1);
    expect(!try(use_port, NULL).trapped, "level 1 is enough for a kernel");
}

static void check_denied(void)
{
    static const uint16_t ports[] = {
        0x20, 0x21, 0xa0, 0xa1, 0x4d0, 0x40, 0x43, 0x92, 0x3f8, 0x3fd
    };

    for (unsigned i = 0; i < ARRAY_COUNT(ports); i++) {
        port_out(ports[i], 1, 0);
        expect_eq(port_in(ports[i], 1), 0xff, "a port of the hypervisor's");
    }
    expect_eq(port_in(0x61, 1), 0, "no error of the bus");
    /* These would end the machine. */
    port_out(RESET_CONTROL, 1, 0x06);
    port_out(PM1_CONTROL, 2, PM1_SLEEP_S5);
    port_out(PM1_CONTROL + 1, 1, PM1_SLEEP_S5 >> 8);
}

static void check_widths(void)
{
    uint64_t value;

    __asm__ volatile("inb $0x21, %%al" : "=a"(value) : "0"(0x1122334455667788UL));
    expect_eq(value, 0x11223344556677ff, "8 bits leave the rest");
    __asm__ volatile("inw %%dx, %%ax" : "=a"(value) : "0"(0x1122334455667788UL), "d"(0x20));
    expect_eq(value, 0x112233445566ffff, "16 bits too");
    __asm__ volatile("inl %%dx, %%eax" : "=a"(value) : "0"(0x1122334455667788UL), "d"(0x40));
    expect_eq(value, 0xffffffff, "32 bits clear it");
}

static void check_index_ports(void)
{
    uint32_t bridge = pci_in(0, 0);

    expect_eq(bridge & 0xffff, 0x8086, "the host bridge's vendor");
    expect_eq(port_in(0xcf8, 4), 0x80000000, "the index is kept");
    expect_eq(port_in(0xcfe, 2), bridge >> 16, "half of the register");
    expect_eq(port_in(0xcfd, 1), bridge >> 8 & 0xff, "a byte of it");
    expect_eq(pci_in(0xf8 - 8, 0), 0xffffffff, "an empty slot");
    port_out(0x70, 1, 0x0d);
    expect_eq(port_in(0x71, 1) & 0x80, 0x80, "the clock has power");
}

static void check_strings(void)
{
    static uint8_t bytes[300];
    uint64_t count = 200, place = (uint64_t)bytes;

    __asm__ volatile("rep insb" : "+c"(count), "+D"(place) : "d"(0x20) : "memory");
    expect_eq(count, 0, "all were read");
    expect_eq(place, (uint64_t)bytes + 200, "to one byte after the other");
    expect(bytes[0] == 0xff && bytes[199] == 0xff && bytes[200] == 0, "and no more");
}

void neighbour_main(uint32_t id)
{
    (void)id;
    set_iopl(3);
    expect_eq(pci_in(0, 0), 0xffffffff, "another domain sees no bus");
    port_out(0x70, 1, 0x0d);
    expect_eq(port_in(0x71, 1), 0xff, "no clock");
    expect_eq(port_in(0x61, 1), 0xff, "nothing");
    port_out(PM1_CONTROL, 2, PM1_SLEEP_S5);
}

void test_main(void)
{
    check_privilege();
    check_denied();
    check_widths();
    check_index_ports();
    check_strings();
    neighbour_wait(1);
}
