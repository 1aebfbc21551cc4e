/* SPDX-License-Identifier: MIT */
/*
 * A descriptor page may hold only what a guest can have: code and data of privilege 3 within its
 * reach, call gates of the like, nothing of the system (abi-facts 5: descriptor checks).
 */
#include "guest.h"

static uint64_t gdt[512] PAGE_ALIGNED;

static const struct {
    uint64_t descriptor;
    bool ok;
    const char *what;
} cases[] = {
    { 0, true, "an empty one" },
    { 0x00cff3000000ffffUL, true, "data, privilege 3" },
    { 0x00affb000000ffffUL, true, "64-bit code, privilege 3" },
    { 0x00cffb000000ffffUL, true, "32-bit code, privilege 3" },
    { 0x0000890000000067UL, false, "an available TSS" },
    { 0x00008b0000000067UL, false, "a busy TSS" },
    { 0x0000820000000067UL, false, "an LDT" },
    { 0x00008e0000000000UL, false, "an interrupt gate" },
    { 0x00008f0000000000UL, false, "a trap gate" },
    { 0x0000850000000000UL, false, "a task gate" },
};

static bool accepted(uint64_t descriptor)
{
    uint64_t frame = mfn_of(gdt);
    long result;

    require_eq(map_page(gdt, entry_of(gdt, PTE_RW)), 0, "writable");
    gdt[5] = descriptor;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "read-only");
    result = hypercall(set_gdt, &frame, 16);
    require_eq(hypercall(set_gdt, NULL, 0), 0, "none again");
    return result == 0;
}

void test_main(void)
{
    for (unsigned i = 0; i < ARRAY_COUNT(cases); i++) {
        if (accepted(cases[i].descriptor) != cases[i].ok)
            failure("%s is %s", cases[i].what, cases[i].ok ? "refused" : "accepted");
    }
    /* Privilege 0 is either refused or made 3; a guest that loads it must not get it. */
    if (accepted(0x00af9b000000ffffUL))
        print("code of privilege 0 is accepted and must have been changed");
}
