/* SPDX-License-Identifier: MIT */
/*
 * Selectors that the processor's IRET refuses are an exception of the guest, with its error code and with the context that
 * was to be returned to as the interrupted one (abi-facts 3.8, 3.9).
 */
#include "guest.h"

#define CODE_SEGMENT   0x00affb000000ffffUL /* 64-bit */
#define DATA_SEGMENT   0x00cff3000000ffffUL
#define PRESENT        (1UL << 47)
#define OWN_CODE       (2u << 3)
#define ABSENT_CODE    (3u << 3)
#define OWN_DATA       (4u << 3)
#define ABSENT_DATA    (5u << 3)
#define READ_ONLY_DATA (6u << 3)
#define IN_LDT         4u

static uint64_t gdt[512] PAGE_ALIGNED;

static NOINLINE void check(uint64_t cs, uint64_t ss, uint32_t vector, uint32_t code,
                           const char *what)
{
    struct iret_context context = { .rip = (uint64_t)undefined_instruction,
                                    .cs = cs,
                                    .rflags = RFLAGS_IF,
                                    .rsp = (uint64_t)spare_stack + SPARE_STACK_BYTES,
                                    .ss = ss };
    struct try_result result = try_iret(&context);

    if (result.vector != vector || result.error_code != code)
        failure("%s: vector %u, error code %#x, not %u, %#x", what, result.vector,
                result.error_code, vector, code);
    expect_eq(result.rip, context.rip, what);
    expect_eq(result.frame.rsp, context.rsp, what);
    expect_eq(result.frame.cs & 0xffff, cs & 0xfffc, what);
    expect_eq(result.frame.ss, (ss & 0xffff) | 3, what);
}

void test_main(void)
{
    const uint64_t cs = FLAT_KERNEL_CS & ~3u, ss = FLAT_KERNEL_SS;
    uint64_t frame = mfn_of(gdt);

    gdt[2] = CODE_SEGMENT;
    gdt[3] = CODE_SEGMENT & ~PRESENT;
    gdt[4] = DATA_SEGMENT;
    gdt[5] = DATA_SEGMENT & ~PRESENT;
    gdt[6] = DATA_SEGMENT & ~(2UL << 40);
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");

    check(cs, ss, VECTOR_UD, 0, "the flat segments");
    check(OWN_CODE, OWN_DATA, VECTOR_UD, 0, "the guest's own segments");
    check(0, ss, VECTOR_GP, 0, "CS null");
    check(OWN_DATA, ss, VECTOR_GP, OWN_DATA, "CS that is data");
    check(ABSENT_CODE, ss, VECTOR_NP, ABSENT_CODE, "CS not present");
    check(0xe008, ss, VECTOR_GP, 0xe008, "the hypervisor's CS");
    check(0xe040, ss, VECTOR_GP, 0xe040, "a TSS as CS");
    check(1u << 3, ss, VECTOR_GP, 1u << 3, "CS with an empty descriptor");
    check(0x1000, ss, VECTOR_GP, 0x1000, "CS on a page of the window without a frame");
    check(0xf000, ss, VECTOR_GP, 0xf000, "CS behind the table");
    check(0x10 | IN_LDT, ss, VECTOR_GP, 0x10 | IN_LDT, "CS in an LDT that is not there");
    check(cs, OWN_CODE, VECTOR_GP, OWN_CODE, "SS that is code");
    check(cs, READ_ONLY_DATA, VECTOR_GP, READ_ONLY_DATA, "SS that is read-only");
    check(cs, ABSENT_DATA, VECTOR_NP, ABSENT_DATA, "SS not present");
    check(cs, 0xe010, VECTOR_GP, 0xe010, "the hypervisor's SS");
    check(cs, 0x1000, VECTOR_GP, 0x1000, "SS on a page of the window without a frame");
    check(cs, 0, VECTOR_GP, 0, "SS null");
}
