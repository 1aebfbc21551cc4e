/* SPDX-License-Identifier: MIT */
/*
 * The control domain's accesses to ports that the hypervisor keeps (interrupt controllers, PIT, fast reset, its
 * serial port) read ones and write nothing; they do not fault, because Linux probes them. (abi-facts 6.6)
 */
#include "privileged.h"

static void check(uint16_t port)
{
    static const uint32_t ones[] = { 0, 0xff, 0xffff, 0, 0xffffffff };

    for (unsigned bytes = 1; bytes <= 4; bytes *= 2) {
        if (port_get(port, bytes) != ones[bytes])
            failure("port %#x read by %u bytes is %#x", port, bytes, port_get(port, bytes));
        port_put(port, bytes, 0);
        port_put(port, bytes, ones[bytes]);
    }
}

void test_main(void)
{
    static const uint16_t kept[] = { 0x20,  0x21,  0xa0,  0xa1,  0x4d0, 0x4d1, 0x40,
                                     0x41,  0x43,  0x92,  0xf0,  0xcf9, 0x3f8, 0x3f9,
                                     0x3fa, 0x3fb, 0x3fc, 0x3fd, 0x3fe, 0x3ff };

    require_eq(iopl_set(1), 0, "level 1");
    for (unsigned i = 0; i < ARRAY_COUNT(kept); i++)
        check(kept[i]);
    expect_eq(port_get(0x61, 1), 0, "system control port B says that nothing is wrong");
    expect_eq(port_get(0x42, 1), 0, "the PIT's counter has not come round");
    port_put(0x61, 1, 0xff);
    expect_eq(port_get(0x61, 1), 0, "and takes nothing");
    expect_eq(port_get(0x3f6, 4), 0xffffffff, "an access that reaches into kept ports");
    print("the console still works");
}
