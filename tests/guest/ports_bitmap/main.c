/* SPDX-License-Identifier: MIT */
/*
 * A bitmap in the guest kernel's memory permits ports by clear bits, for all bytes of the access, to both modes,
 * whatever the IOPL. It is read at each access; where it ends or cannot be read nothing is permitted.
 * (abi-facts 3.11; XSA-329)
 */
#include "privileged.h"

static uint8_t pages[3][4096] PAGE_ALIGNED; /* the third: never mapped by user mode */

USER_CODE_BLOCK(user_in, "in $0x80, %al\nmov $1, %eax\n" USER_RETURN);

static long set_bitmap(const void *bitmap, uint32_t ports)
{
    struct physdev_set_iobitmap op = { .bitmap = (uint64_t)bitmap, .nr_ports = ports };

    return hypercall(physdev_op, PHYSDEVOP_set_iobitmap, &op);
}

static NOINLINE bool may(uint16_t port, unsigned bytes)
{
    uint64_t rax = 0;

    return !try_in(port, bytes, &rax).trapped;
}

static void allow(uint16_t port, bool allowed)
{
    uint8_t *byte = &pages[0][port / 8], bit = (uint8_t)(1u << port % 8);

    *byte = (uint8_t)(allowed ? *byte & ~bit : *byte | bit);
}

void test_main(void)
{
    memset(pages, 0xff, sizeof(pages));
    require_eq(iopl_set(0), 0, "level 0");
    expect_eq(set_bitmap(pages, 65536), 0, "a bitmap");
    expect(!may(0x80, 1), "nothing is permitted");
    allow(0x80, true);
    expect(may(0x80, 1), "one port is");
    expect(!may(0x80, 2) && !may(0x7f, 2) && !may(0x80, 4), "but nothing wider");
    allow(0x81, true);
    expect(may(0x80, 2), "two ports");
    expect(!may(0x80, 4), "but not four");
    allow(0x82, true);
    allow(0x83, true);
    expect(may(0x80, 4), "four ports");
    allow(0x86, true);
    allow(0x87, true);
    allow(0x88, true);
    expect(may(0x87, 2) && may(0x86, 1), "across a byte of the bitmap");
    expect(!may(0x86, 4), "up to the first that is not permitted");
    expect_eq(user_run(CODE(user_in), 0), 1, "user mode may as well");

    allow(0x80, false);
    expect(!may(0x80, 1), "the bitmap is read each time");
    expect_eq(try_user(CODE(user_in), 0).vector, VECTOR_GP, "user mode too");

    allow(0x80, true);
    expect_eq(set_bitmap(pages, 0x81), 0, "a shorter bitmap");
    expect(may(0x80, 1) && !may(0x80, 2), "permits what it covers");
    memset(pages, 0, sizeof(pages));
    expect_eq(set_bitmap(pages[1] - 16, 65536), 0, "a bitmap across pages");
    require_eq(map_page(pages[1], 0), 0, "the second is missing");
    expect(may(0x78, 1) && may(0x7f, 1), "what can be read permits");
    expect(!may(0x7f, 2) && !may(0x80, 1), "what cannot does not");
    expect_eq(set_bitmap(NULL, 0), 0, "no bitmap");
    expect(!may(0x80, 1), "nothing is permitted");

    expect_eq(set_bitmap(pages, 65537), -XEN_EINVAL, "more ports than there are");
    expect_eq(set_bitmap((void *)HYPERVISOR_VIRT_START, 8), -XEN_EINVAL, "hypervisor memory");
    expect_eq(set_bitmap((void *)(HYPERVISOR_VIRT_START - 4), 65536), -XEN_EINVAL, "into it");
    expect_eq(set_bitmap((void *)0x800000000000, 8), -XEN_EINVAL, "not canonical");
    expect_eq(iopl_set(4), -XEN_EINVAL, "a level that does not exist");
}
