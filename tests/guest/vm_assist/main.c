/* SPDX-License-Identifier: MIT */
/*
 * vm_assist enables and disables what tables/vm_assist.def lists, repeatedly without harm, and
 * refuses everything else.
 */
#include "guest.h"

void test_main(void)
{
#define ASSIST(number, name, summary)                                                              \
    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, number), 0, "enabling " #name);              \
    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, number), 0, "enabling " #name);              \
    expect_eq(hypercall(vm_assist, VMASST_CMD_disable, number), 0, "disabling " #name);            \
    expect_eq(hypercall(vm_assist, VMASST_CMD_disable, number), 0, "disabling " #name);
#include "hypercall-abi/tables/vm_assist.def"
#undef ASSIST
    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, 6), -XEN_EINVAL, "one that does not exist");
    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, 64), -XEN_EINVAL, "beyond the word");
    expect_eq(hypercall(vm_assist, VMASST_CMD_enable, ~0u), -XEN_EINVAL, "the largest");
    expect_eq(hypercall(vm_assist, 2, 0), -XEN_ENOSYS, "a command that does not exist");
}
