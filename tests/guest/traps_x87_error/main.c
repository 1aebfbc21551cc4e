/* SPDX-License-Identifier: MIT */
/*
 * An unmasked error of the x87 arrives as #MF at the next x87 instruction (abi-facts 3.3; CR0.NE is set,
 * SDM 3A 2.5).
 */
#include "guest.h"

static const uint16_t control_unmasked = 0x37f & ~(1u << 2);

static void divide_x87(void *unused)
{
    (void)unused;
    __asm__ volatile("fninit; fldcw %0; fld1; fldz; fdivrp; fwait" : : "m"(control_unmasked));
}

void test_main(void)
{
    struct try_result result = try(divide_x87, NULL);

    __asm__ volatile("fninit");
    expect(result.trapped, "an x87 error is reported");
    expect_eq(result.vector, VECTOR_MF, "as #MF");
}
