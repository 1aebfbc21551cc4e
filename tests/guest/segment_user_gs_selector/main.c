/* SPDX-License-Identifier: MIT */
/*
 * set_segment_base(GS_USER_SEL) loads a selector into the user's GS, with its descriptor's base; a selector that does not
 * load, or the hypervisor's, becomes null with base 0. The kernel's own GS stays. (abi-facts 3.12)
 */
#include "privileged.h"

/* Base 0x30000, data, privilege 3. */
#define AT_USER_DATA 0x00cff3030000ffffUL
#define SELECTOR     (4u << 3 | 3)

static uint64_t gdt[512] PAGE_ALIGNED;
static uint64_t kernel_word = 0x4444;

USER_CODE_BLOCK(user_gs, "mov %gs, %eax\n" USER_RETURN);
USER_CODE_BLOCK(user_word, "mov %gs:8, %rax\n" USER_RETURN);

static uint64_t kernel_gs(void)
{
    uint64_t word;

    __asm__ volatile("mov %%gs:0, %0" : "=r"(word));
    return word;
}

static void expect_null(uint64_t selector, const char *what)
{
    uint16_t gs;

    require_eq(hypercall(set_segment_base, SEGBASE_GS_USER, 0x7000), 0, "another base");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, selector), 0, what);
    expect_eq(msr_get(MSR_KERNEL_GS_BASE), 0, what);
    __asm__ volatile("mov %%gs, %0" : "=r"(gs)); /* there is one register for both modes */
    expect_eq(gs & 0xfffc, 0, what);
    expect_eq(kernel_gs(), 0x4444, what);
}

void test_main(void)
{
    uint64_t frame = mfn_of(gdt);

    gdt[4] = AT_USER_DATA;
    require_eq(map_page(gdt, entry_of(gdt, PTE_RO)), 0, "a read-only page");
    require_eq(hypercall(set_gdt, &frame, 512), 0, "a GDT");
    require_eq(hypercall(set_segment_base, SEGBASE_GS_KERNEL, &kernel_word), 0, "GS base");
    expect_eq(hypercall(set_segment_base, SEGBASE_GS_USER_SEL, SELECTOR), 0, "a selector");
    expect_eq(msr_get(MSR_KERNEL_GS_BASE), USER_DATA, "its base");
    expect_eq(kernel_gs(), 0x4444, "the kernel's GS");
    expect_eq(user_run(CODE(user_gs), 0) & 0xffff, SELECTOR, "GS in user mode");
    ((uint64_t *)(void *)user_data)[1] = 0x5555;
    expect_eq(user_run(CODE(user_word), 0), 0x5555, "and by its base");
    expect_null(0, "a null selector");
    expect_null(3, "a null selector with RPL 3");
    expect_null(0x1003, "one on an empty page");
    expect_null(0xf003, "one behind the table");
    expect_null(7, "one in an LDT that is not there");
    expect_null(0xe008, "the hypervisor's code");
    expect_null(0xe010, "the hypervisor's data");
}
