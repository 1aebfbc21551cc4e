/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL in the last two bytes of the lower half returns to an address that is not canonical. SYSRET would fault in ring 0
 * with the guest's stack (XSA-7); the guest gets #GP at that address, from guest kernel and from user mode.
 */
#include "guest.h"

#define LAST_PAGE 0x00007ffffffff000UL
#define BEHIND    0x0000800000000000UL

static uint8_t code[4096] PAGE_ALIGNED;

static void hypercall_there(void *unused)
{
    (void)unused;
    __asm__ volatile("mov $17, %%eax\n"
                     "xor %%edi, %%edi\n"
                     "jmp *%0\n"
                     :
                     : "r"(BEHIND - 2)
                     : "rax", "rdi", "rcx", "r11", "memory");
}

USER_CODE_BLOCK(go_there, "mov $1, %eax\n"
                          "mov $0x7ffffffffffe, %rbx\n"
                          "jmp *%rbx");
USER_CODE_BLOCK(nothing, USER_RETURN);

static void ignore(struct guest_frame *frame)
{
    expect_eq(frame->rip, BEHIND, "RIP in the frame");
}

void test_main(void)
{
    struct try_result result;

    code[4094] = 0x0f;
    code[4095] = 0x05;
    map_at(LAST_PAGE, entry_of(code, PTE_RO));
    result = try(hypercall_there, NULL);
    expect(is_fetch_of(&result, BEHIND), "a hypercall there: #GP where it returns to");
    expect_eq(result.frame.rax, 0x40011, "the call was made");

    (void)user_run(CODE(nothing), 0);
    user_map_at(LAST_PAGE, entry_of(code, PTE_RO));
    on_user_syscall(ignore);
    result = try_user(CODE(go_there), 0);
    expect(is_fetch_of(&result, BEHIND), "a system call there: #GP where it returns to");
    expect_eq(result.frame.cs & 0xffff, FLAT_USER_CS, "in user mode");
}
