/* SPDX-License-Identifier: MIT */
/*
 * In 32-bit code a string instruction's memory is in a segment with a base and a limit, which the emulator reads from the guest's
 * GDT and obeys: beyond the limit, through a segment that is not there, or in hypervisor memory by a
 * large base nothing is accessed (XSA-298).
 */
#include "privileged.h"

/* Base 0x30000, limit 15 bytes, 32-bit data of privilege 3. */
#define SMALL          0x0040f3030000000fUL
#define SMALL_SELECTOR (4u << 3 | 3)

static uint64_t gdt[512] PAGE_ALIGNED;

/* outsb from DS:ESI; EBX is the selector, ESI the offset, EDX the port. */
#define OUTS(selector, offset)                                                                     \
    ".code32\n"                                                                                    \
    "mov $" selector ", %eax\n"                                                                    \
    "mov %eax, %es\n"                                                                              \
    "mov $" offset ", %edi\n"                                                                      \
    "mov $0x3f8, %edx\n"                                                                           \
    "insb\n"                                                                                       \
    "ud2\n"                                                                                        \
    ".code64"

USER_CODE_BLOCK(inside, OUTS("0x23", "15"));
USER_CODE_BLOCK(outside, OUTS("0x23", "16"));
USER_CODE_BLOCK(far_outside, OUTS("0x23", "0xfffffff0"));

void test_main(void)
{
    uint64_t frame = mfn_of(gdt);
    struct try_result result;

    gdt[4] = SMALL;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");
    require_eq(iopl_set(3), 0, "level 3");

    result = try_user_in(CODE(inside), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(result.vector, VECTOR_UD, "the last byte of the segment: the code ends itself");
    expect_eq(user_data[15], 0xff, "it is written");
    result = try_user_in(CODE(outside), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(result.vector, VECTOR_GP, "the byte behind it");
    expect_eq(user_data[16], 0, "is not written");
    result = try_user_in(CODE(far_outside), FLAT_USER_CS32, RFLAGS_IF);
    expect_eq(result.vector, VECTOR_GP, "far behind it");
}
