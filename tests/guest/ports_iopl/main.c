/* SPDX-License-Identifier: MIT */
/*
 * IN and OUT need a virtual IOPL not below the mode's ring: 1 for the guest's kernel (0 with the assist
 * architectural_iopl), 3 for user mode; else #GP(0). The level belongs to the vCPU. (abi-facts 3.11)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "privileged.h"

#define PORT 0x80u /* nobody minds */

USER_CODE_BLOCK(user_in, "in $0x80, %al\n" USER_RETURN);

static bool kernel_may(void)
{
    uint64_t rax = 0;
    struct try_result result = try_in(PORT, 1, &rax);

    if (result.trapped && (result.vector != VECTOR_GP || result.error_code))
        failure("a refused IN is exception %u", result.vector);
    return !result.trapped;
}

/* The code's #GP would end it; without one it ends itself. */
static void run_user(void *unused)
{
    (void)unused;
    (void)user_run(CODE(user_in), 0);
}

static bool user_may(void)
{
    return !try(run_user, NULL).trapped;
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    expect(!kernel_may(), "another vCPU begins with level 0");
}

void test_main(void)
{
    expect(!kernel_may() && !user_may(), "level 0");
    for (uint32_t level = 1; level <= 3; level++) {
        require_eq(iopl_set(level), 0, "a level");
        expect(kernel_may(), "the kernel with level 1 and above");
        expect_eq(user_may(), level == 3, "user mode with level 3 only");
    }
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    vcpu_wait(1);

    require_eq(iopl_set(0), 0, "level 0");
    expect(!kernel_may(), "the kernel is ring 1");
    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_architectural_iopl), 0,
               "assist");
    expect(kernel_may(), "with the assist it is ring 0");
    expect(!user_may(), "user mode is ring 3");
}
