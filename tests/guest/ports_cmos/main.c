/* SPDX-License-Identifier: MIT */
/*
 * The control domain reads the clock and the CMOS memory by ports 0x70 and 0x71, by its own index: the real one
 * is the hypervisor's (abi-facts 6.6).
 */
#include "privileged.h"

static uint8_t cmos(uint8_t index)
{
    port_put(0x70, 1, index);
    return (uint8_t)port_get(0x71, 1);
}

static unsigned decimal(uint8_t value, bool is_binary)
{
    return is_binary ? value : (value >> 4) * 10u + (value & 15);
}

void test_main(void)
{
    bool is_binary;
    uint8_t scratch;

    require_eq(iopl_set(1), 0, "level 1");
    is_binary = cmos(0x0b) & 4;
    expect(decimal(cmos(0), is_binary) < 60, "seconds");
    expect(decimal(cmos(2), is_binary) < 60, "minutes");
    expect(decimal(cmos(7), is_binary) >= 1 && decimal(cmos(7), is_binary) <= 31, "the day");
    expect(decimal(cmos(8), is_binary) >= 1 && decimal(cmos(8), is_binary) <= 12, "the month");
    expect(cmos(0x0d) & 0x80, "the battery is good");
    port_put(0x70, 1, 0x80 | 0x0d); /* with NMIs off, which nobody lets a guest do */
    expect(port_get(0x71, 1) & 0x80, "the index without bit 7");

    scratch = cmos(0x7f);
    port_put(0x71, 1, scratch ^ 0x5a);
    expect_eq(cmos(0x7f), scratch ^ 0x5a, "a byte of memory is written");
    port_put(0x71, 1, scratch);
    expect_eq(port_get(0x71, 2), 0xffff, "no wider accesses");
}
