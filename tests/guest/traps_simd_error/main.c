/* SPDX-License-Identifier: MIT */
/*
 * An unmasked error of SSE arrives as #XM at its instruction (abi-facts 3.3; CR4.OSXMMEXCPT is set, SDM
 * 3A 2.5).
 */
#include "guest.h"

static const uint32_t mxcsr_unmasked = 0x1f80 & ~(1u << 9), mxcsr_usual = 0x1f80;
extern uint8_t divss_at[];

static void divide_sse(void *unused)
{
    (void)unused;
    __asm__ volatile("ldmxcsr %0\n"
                     "mov $1, %%eax\n"
                     "cvtsi2ss %%eax, %%xmm0\n"
                     "xorps %%xmm1, %%xmm1\n"
                     "divss_at: divss %%xmm1, %%xmm0"
                     :
                     : "m"(mxcsr_unmasked)
                     : "rax");
}

void test_main(void)
{
    struct try_result result = try(divide_sse, NULL);

    __asm__ volatile("ldmxcsr %0" : : "m"(mxcsr_usual));
    if (!result.trapped && machine_is_tcg())
        skip("TCG does not raise #XM");
    expect(result.trapped, "an SSE error is reported");
    expect_eq(result.vector, VECTOR_XM, "as #XM");
    expect_eq(result.rip, divss_at, "at the instruction");
}
