/* SPDX-License-Identifier: MIT */
/*
 * Without the note MOD_START_PFN the module is mapped behind the kernel, at the address in
 * mod_start, and mod_len counts bytes (abi-facts 1.3, 1.6).
 *
 * Machine: module=10000
 */
#include "guest.h"

void test_main(void)
{
    const uint8_t *module = (const uint8_t *)start_info->mod_start;

    expect_eq(start_info->mod_len, 10000, "its length in bytes");
    expect(!(start_info->flags & SIF_MOD_START_PFN), "mod_start is an address");
    require(start_info->mod_start > VIRT_BASE, "mod_start");
    expect_eq(start_info->mod_start & 4095, 0, "the module begins a page");
    for (unsigned i = 0; i < 10000; i++) {
        if (module[i] != i % 251) {
            failure("byte %u is %u", i, module[i]);
            break;
        }
    }
    for (unsigned i = 10000; i % 4096; i++)
        expect_eq(module[i], 0, "the rest of its last page is zero");
}
