/* SPDX-License-Identifier: MIT */
/*
 * A guest's kernel may run in a 32-bit segment. The emulator then decodes 32-bit code, the frames have that CS with RPL 0, and SYSCALL is no
 * hypercall but goes to syscall32, as no 64-bit return leads there (abi-facts 3.4, 4.1).
 */
#include "privileged.h"

#define CODE_AT  0x50000UL
#define STACK_AT 0x60000UL /* RSP has 32 bits there */

static uint8_t code_page[4096] PAGE_ALIGNED;

static NOINLINE struct try_result run(const void *code, size_t bytes)
{
    struct iret_context context = { .rip = CODE_AT,
                                    .rax = 0x40000000,
                                    .cs = FLAT_KERNEL_CS32 & ~3u,
                                    .rflags = RFLAGS_IF,
                                    .rsp = STACK_AT + 4096,
                                    .ss = FLAT_KERNEL_SS };

    memcpy(code_page, code, bytes);
    memcpy(code_page + bytes, "\x0f\x0b", 2);
    return try_iret(&context);
}

static void expect_end(const struct try_result *result, size_t bytes, const char *what)
{
    expect_eq(result->vector, VECTOR_UD, what);
    expect_eq(result->rip, CODE_AT + bytes, what);
    expect_eq(result->frame.cs & 0xffff, FLAT_KERNEL_CS32 & ~3u, what);
}

static struct guest_frame seen;

static void note(struct guest_frame *frame)
{
    seen = *frame;
}

void test_main(void)
{
    static const uint8_t cpuid[] = { 0x0f, 0x0b, 'x', 'e', 'n', 0x0f, 0xa2 };
    static const uint8_t in[] = { 0x31, 0xc0, 0xe4, 0x80, 0x40 }; /* xor; in; inc %eax */
    static const uint8_t cr[] = { 0x0f, 0x20, 0xd8 };             /* mov %cr3, %eax */
    static const uint8_t interrupt[] = { 0x66, 0xcd, 0x21 };      /* int $0x21 */
    static const uint8_t system_call[] = { 0x90, 0x0f, 0x05, 0x90 };
    struct try_result result;

    map_at(CODE_AT, entry_of(code_page, PTE_RO));
    map_at(STACK_AT, entry_of(page_new(), PTE_RW));
    on_entry(0x21, note);
    require_eq(iopl_set(1), 0, "level 1");
    result = run(cpuid, sizeof(cpuid));
    expect_end(&result, sizeof(cpuid), "forced CPUID");
    expect_eq(result.frame.rbx, XEN_CPUID_SIGNATURE_EBX, "its answer");
    result = run(in, sizeof(in));
    expect_end(&result, sizeof(in), "IN, and 0x40 is no prefix");
    result = run(cr, sizeof(cr));
    expect_end(&result, sizeof(cr), "MOV from CR3");
    expect_eq(result.frame.rax, maddr_of((void *)start_info->pt_base), "its value");
    result = run(interrupt, sizeof(interrupt));
    expect_end(&result, sizeof(interrupt), "INT");
    expect_eq(seen.rip, CODE_AT + sizeof(interrupt), "RIP in its frame");
    expect_eq(seen.cs & 0xffff, FLAT_KERNEL_CS32 & ~3u, "CS in its frame");

    result = run(system_call, sizeof(system_call));
    if (result.rip == CODE_AT + 1)
        expect_eq(result.vector, VECTOR_UD, "SYSCALL without a callback");
    else
        failure("SYSCALL in 32-bit code ends at %#lx", result.rip);
}
