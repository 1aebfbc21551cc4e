/* SPDX-License-Identifier: MIT */
/*
 * A hypercall that does not exist answers -ENOSYS, whatever its number is (abi-facts 1.5).
 */
#include "guest.h"

static const uint64_t existing =
#define HYPERCALL(number, name, argc, flow, summary) BIT(number) |
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
    0;

static void expect_unknown(uint64_t number)
{
    long result = hypercall_number(number, 0, 0, 0, 0, 0);

    if (result != -XEN_ENOSYS)
        failure("hypercall %#lx answers %ld", number, result);
}

void test_main(void)
{
    for (uint64_t number = 0; number < 64; number++) {
        if (!(existing & BIT(number)))
            expect_unknown(number);
    }
    for (unsigned bit = 6; bit < 64; bit++) {
        expect_unknown(BIT(bit));
        expect_unknown(BIT(bit) | __HYPERVISOR_xen_version);
        expect_unknown(~0UL << bit);
    }
}
