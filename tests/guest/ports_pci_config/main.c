/* SPDX-License-Identifier: MIT */
/*
 * The control domain reaches PCI configuration space by ports 0xcf8 and 0xcfc. The address is kept for the domain;
 * its parts can be read by bytes and words. Without the enable bit, and where no device is, data are ones.
 * (abi-facts 6.5, 6.6)
 */
#include "privileged.h"

#define ENABLE 0x80000000u

void test_main(void)
{
    uint32_t id;

    require_eq(iopl_set(1), 0, "level 1");
    port_put(0xcf8, 4, ENABLE);
    expect_eq(port_get(0xcf8, 4), ENABLE, "the address reads back");
    id = port_get(0xcfc, 4);
    expect_eq(id & 0xffff, 0x8086, "the vendor of the host bridge");
    expect_eq(port_get(0xcfc, 2), 0x8086, "by a word");
    expect_eq(port_get(0xcfe, 2), id >> 16, "the device by a word");
    expect_eq(port_get(0xcfd, 1), 0x80, "by a byte");
    expect_eq(port_get(0xcff, 1), id >> 24, "the last byte");

    port_put(0xcf8, 4, ENABLE | 31u << 11 | 7u << 8);
    expect_eq(port_get(0xcfc, 4), 0xffffffff, "no device");
    port_put(0xcf8, 4, 0);
    expect_eq(port_get(0xcfc, 4), 0xffffffff, "not enabled");
    expect_eq(port_get(0xcf8, 4), 0, "the address");
    port_put(0xcf8, 1, 0x12);
    port_put(0xcfa, 2, 0x1234);
    expect_eq(port_get(0xcf8, 4), 0, "only the double word is the address");
    expect_eq(port_get(0xcfd, 4), 0xffffffff, "an access that crosses the data port's end");
}
