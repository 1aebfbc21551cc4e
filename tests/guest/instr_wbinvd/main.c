/* SPDX-License-Identifier: MIT */
/*
 * WBINVD and INVD of a guest's kernel do nothing that it could notice: the control domain's flush the caches, others'
 * are skipped (abi-facts 4.1).
 *
 * Machine: domains=1
 */
#include "privileged.h"

static void check(void)
{
    static const uint8_t wbinvd[] = { 0x0f, 0x09 }, invd[] = { 0x0f, 0x08 };
    static volatile uint64_t word = 77;

    word = 88;
    expect(!try_bytes(wbinvd, 2).trapped, "WBINVD");
    expect(!try_bytes(invd, 2).trapped, "INVD");
    expect_eq(word, 88, "memory is as it was written");
}

void neighbour_main(uint32_t id)
{
    (void)id;
    check();
}

void test_main(void)
{
    check();
    neighbour_wait(1);
}
