/* SPDX-License-Identifier: MIT */
/*
 * "ud2; xen; cpuid" is CPUID with the hypervisor's answer, in guest kernel and user mode: RIP goes on behind the
 * seven bytes, EAX to EDX are answered with their upper halves clear, and nothing else changes. (abi-facts 3.3,
 * 4.1)
 */
#include "privileged.h"

USER_CODE_BLOCK(user_cpuid, "mov $0x40000000, %eax\n"
                            "xor %ecx, %ecx\n" XEN_CPUID "\n"
                            "mov %rbx, %rax\n" USER_RETURN);

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, r8, r11, rflags;
};

static void run(struct registers *r)
{
    register uint64_t r8 __asm__("r8") = r->r8;
    register uint64_t r11 __asm__("r11") = r->r11;

    __asm__ volatile("push %[in]\n"
                     "popfq\n" XEN_CPUID "\n"
                     "pushfq\n"
                     "pop %[out]\n"
                     : "+a"(r->rax), "+b"(r->rbx), "+c"(r->rcx), "+d"(r->rdx), "+S"(r->rsi),
                       "+D"(r->rdi), "+r"(r8), "+r"(r11), [out] "=&m"(r->rflags)
                     : [in] "r"(RFLAGS_CF | RFLAGS_ZF | RFLAGS_DF)
                     : "cc", "memory");
    r->r8 = r8;
    r->r11 = r11;
    __asm__ volatile("cld");
}

void test_main(void)
{
    struct registers r = { .rax = 0xffffffff40000000,
                           .rbx = ~0UL,
                           .rcx = 0xffffffff00000000,
                           .rdx = ~0UL,
                           .rsi = 1,
                           .rdi = 2,
                           .r8 = 3,
                           .r11 = 4 };

    run(&r);
    expect_eq(r.rbx, XEN_CPUID_SIGNATURE_EBX, "EBX, with nothing above it");
    expect_eq(r.rcx, XEN_CPUID_SIGNATURE_ECX, "ECX, with nothing above it");
    expect_eq(r.rdx, XEN_CPUID_SIGNATURE_EDX, "EDX, with nothing above it");
    expect_eq(r.rax >> 32, 0, "nothing above EAX");
    expect(r.rsi == 1 && r.rdi == 2 && r.r8 == 3 && r.r11 == 4, "the other registers");
    expect_eq(r.rflags & (RFLAGS_CF | RFLAGS_ZF | RFLAGS_DF), RFLAGS_CF | RFLAGS_ZF | RFLAGS_DF,
              "the flags");
    expect_eq(user_run(CODE(user_cpuid), 0), XEN_CPUID_SIGNATURE_EBX, "in user mode");
}
