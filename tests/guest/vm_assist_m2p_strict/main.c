/* SPDX-License-Identifier: MIT */
/*
 * User mode cannot read the machine-to-physical table, which the assist m2p_strict asks for; here it never can. The kernel always
 * can (vm_assist.def).
 */
#include "guest.h"

USER_CODE_BLOCK(read_m2p, "mov $0xffff800000000000, %rbx\n"
                          "mov (%rbx), %rax\n"
                          "ud2");

static void expect_fault(const char *what)
{
    struct try_result result = try_user(CODE(read_m2p), 0);

    expect_eq(result.vector, VECTOR_PF, what);
    expect_eq(result.cr2, MACH2PHYS_VIRT_START, what);
    expect(result.error_code & PF_USER, what);
}

void test_main(void)
{
    expect_fault("without the assist");
    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_m2p_strict), 0, "the assist");
    expect_fault("with the assist");
    expect_eq(m2p(mfn_of(user_data)), pfn_of(user_data), "the kernel");
}
