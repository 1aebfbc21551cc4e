/* SPDX-License-Identifier: MIT */
/*
 * Nothing in the hypervisor's range can be touched but the M2P, which can be read and neither
 * written nor executed (abi-facts 1.8).
 */
#include "guest.h"

static void execute(void *address)
{
    ((void (*)(void))(uint64_t)address)();
}

static void expect_no_access(uint64_t address)
{
    struct try_result result = try_read((void *)address, NULL);

    if (!result.trapped || result.vector != VECTOR_PF)
        failure("%#lx can be read", address);
    result = try_write((void *)address, 0);
    if (!result.trapped || result.vector != VECTOR_PF)
        failure("%#lx can be written", address);
}

void test_main(void)
{
    volatile uint64_t *entry = (volatile uint64_t *)MACH2PHYS_VIRT_START + mfn_of(start_info);
    uint64_t value = *entry;
    struct try_result result = try_write(entry, 0);

    expect(result.trapped && result.vector == VECTOR_PF, "the M2P cannot be written");
    expect_eq(*entry, (long)value, "and was not");
    result = try(execute, (void *)(uint64_t)entry);
    expect(result.trapped && result.vector == VECTOR_PF, "nor executed");
    expect(result.error_code & 0x10, "as the error code says");

    expect_no_access(0xffff808000000000); /* descriptor windows */
    expect_no_access(0xffff80800000e000);
    expect_no_access(0xffff810000100000); /* the image */
    expect_no_access(0xffff810040001000); /* a CPU's own data */
    expect_no_access(0xffff820000000000); /* frame table */
    expect_no_access(0xffff828000000000); /* devices */
    expect_no_access(0xffff840000000000); /* all memory */
    expect_no_access(0xffff840000100000);
    expect_no_access(0xffff87fffffffff8);
}
