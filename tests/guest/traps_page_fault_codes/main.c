/* SPDX-License-Identifier: MIT */
/*
 * The error code of a page fault says present, write, fetch as the processor does, and "user" as the
 * guest sees it: clear from guest kernel mode, though that is ring 3, set from guest user mode. The
 * address is in vcpu_info.arch.cr2 of the vCPU. (abi-facts 3.6)
 */
#include "guest.h"

static uint8_t page[4096] PAGE_ALIGNED;

static void call(void *function)
{
    ((void (*)(void))(uint64_t)function)();
}

USER_CODE_BLOCK(user_read, "mov 0x77, %rax\nud2");
USER_CODE_BLOCK(user_write, "mov $0x10000, %eax\nmovb $1, 5(%rax)\nud2");
USER_CODE_BLOCK(user_fetch, "mov $0x30010, %eax\njmp *%rax");
USER_CODE_BLOCK(user_read_kernel, "mov 0xffffffff80100000, %rax\nud2");

static void expect_fault(struct try_result result, uint32_t code, uint64_t address,
                         const char *what)
{
    expect_eq(result.vector, VECTOR_PF, what);
    expect_eq(result.error_code, code, what);
    expect_eq(result.cr2, address, what);
}

void test_main(void)
{
    uint64_t absent = 0x123456789000;

    expect_fault(try_read((void *)absent, NULL), 0, absent, "kernel reads nothing");
    expect_fault(try_write((void *)(absent + 8), 0), PF_WRITE, absent + 8, "kernel writes nothing");
    require_eq(map_page(page, entry_of(page, PTE_RO | PTE_NO_EXECUTE)), 0, "a read-only page");
    expect_fault(try_write(page + 16, 0), PF_PRESENT | PF_WRITE, (uint64_t)page + 16,
                 "kernel writes a read-only page");
    expect_fault(try(call, page), PF_PRESENT | PF_FETCH, (uint64_t)page, "kernel executes data");
    expect_fault(try(call, (void *)absent), PF_FETCH, absent, "kernel executes nothing");

    expect_fault(try_user(CODE(user_read), 0), PF_USER, 0x77, "user reads nothing");
    expect_fault(try_user(CODE(user_write), 0), PF_USER | PF_PRESENT | PF_WRITE, USER_CODE + 5,
                 "user writes code");
    expect_fault(try_user(CODE(user_fetch), 0), PF_USER | PF_PRESENT | PF_FETCH, USER_DATA + 16,
                 "user executes data");
    expect_fault(try_user(CODE(user_read_kernel), 0), PF_USER, VIRT_BASE + 0x100000,
                 "user reads the kernel");
}
