/* SPDX-License-Identifier: MIT */
/*
 * IRETQ in ring 3 to ring 3 is the guest's own business and works without the hypervisor; Linux does it to serialise.
 * To ring 0 it is #GP. (abi-facts 3.10)
 */
#include "guest.h"

static uint16_t own_cs(void)
{
    uint16_t cs;

    __asm__ volatile("mov %%cs, %0" : "=r"(cs));
    return cs;
}

static void iretq_to_ring_0(void *unused)
{
    (void)unused;
    __asm__ volatile("mov %%rsp, %%rax\n"
                     "pushq $0xe010\n"
                     "push %%rax\n"
                     "pushfq\n"
                     "pushq $0xe008\n"
                     "lea 1f(%%rip), %%rax\n"
                     "push %%rax\n"
                     "iretq\n"
                     "1:\n"
                     :
                     :
                     : "rax", "memory");
}

void test_main(void)
{
    uint64_t arrived = 0;
    struct try_result result;

    __asm__ volatile("mov %%ss, %%eax\n"
                     "mov %%rsp, %%rcx\n"
                     "push %%rax\n"
                     "push %%rcx\n"
                     "pushfq\n"
                     "mov %%cs, %%eax\n"
                     "push %%rax\n"
                     "lea 1f(%%rip), %%rax\n"
                     "push %%rax\n"
                     "iretq\n"
                     "ud2\n"
                     "1: mov $77, %0\n"
                     : "+r"(arrived)
                     :
                     : "rax", "rcx", "memory");
    expect_eq(arrived, 77, "IRETQ to itself");
    expect_eq(own_cs(), FLAT_KERNEL_CS, "CS is the flat one");
    result = try(iretq_to_ring_0, NULL);
    expect_eq(result.vector, VECTOR_GP, "IRETQ to ring 0");
    expect_eq(result.error_code, 0xe008, "its error code");
}
