/* SPDX-License-Identifier: MIT */
/*
 * Whatever MSR a guest kernel reads or writes, with whatever value, it gets a value or #GP(0), and the hypervisor
 * lives on: what the processor does not have, or may not be touched, must not be tried (XSA-269, XSA-333).
 *
 * Machine: log="and so does the clock"
 */
#include "privileged.h"

static const struct {
    uint32_t first, last;
} ranges[] = {
    { 0, 0x7ff },
    { 0x800, 0x8ff },
    { 0xc00, 0xdff },
    { 0x40000000, 0x400000ff },
    { 0xc0000000, 0xc00003ff },
    { 0xc0010000, 0xc00102ff },
    { 0xc0011000, 0xc00110ff },
    { 0xfffffff0, 0xffffffff },
};

/* These would take effect, and here the guest's own segments lie on them. */
static bool is_base(uint32_t msr)
{
    return msr >= MSR_FS_BASE && msr <= MSR_TSC_AUX;
}

static void scan(uint32_t msr)
{
    struct try_result result = try_rdmsr(msr, NULL);

    if (result.trapped && (result.vector != VECTOR_GP || result.error_code))
        failure("reading MSR %#x is exception %u", msr, result.vector);
    if (is_base(msr))
        return;
    for (unsigned i = 0; i < 3; i++) {
        static const uint64_t values[] = { ~0UL, 0, 0x0123456789abcdef };

        result = try_wrmsr(msr, values[i]);
        if (result.trapped && (result.vector != VECTOR_GP || result.error_code))
            failure("writing MSR %#x is exception %u", msr, result.vector);
    }
}

void test_main(void)
{
    uint64_t before = system_time();

    for (unsigned i = 0; i < ARRAY_COUNT(ranges); i++) {
        for (uint64_t msr = ranges[i].first; msr <= ranges[i].last; msr++)
            scan((uint32_t)msr);
    }
    expect_eq(hypercall(xen_version, XENVER_version), 0x40011, "hypercalls work");
    expect(system_time() > before, "the clock goes on");
    print("hypercalls work, and so does the clock");
}
