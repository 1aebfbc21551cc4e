/* SPDX-License-Identifier: MIT */
/*
 * iret with selectors or addresses that the processor refuses is an exception of the guest, at the
 * place that was to be returned to, not one of the hypervisor (abi-facts 3; XSA-7).
 */
#include "guest.h"

struct target {
    uint64_t rip, cs, ss, rsp;
};

static void go(void *argument)
{
    const struct target *target = argument;
    struct iret_context context = {
        .rip = target->rip, .cs = target->cs, .rflags = 0x202, .rsp = target->rsp, .ss = target->ss
    };

    __asm__ volatile("mov %0, %%rsp; mov $23, %%eax; syscall"
                     :
                     : "r"(&context), "m"(context)
                     : "memory");
    __builtin_unreachable();
}

static void land(void)
{
    failure("a bad frame was accepted");
    finish();
}

static void expect_refused(uint64_t rip, uint64_t cs, uint64_t ss, const char *what)
{
    static uint8_t stack[8192] PAGE_ALIGNED;
    struct target target = { rip, cs, ss, (uint64_t)stack + sizeof(stack) - 256 };
    struct try_result result = try(go, &target);

    if (!result.trapped)
        failure("%s: no exception", what);
    print("%s: vector %u code %#x rip %#lx", what, result.vector, result.error_code, result.rip);
}

#define KERNEL_CS (FLAT_KERNEL_CS & ~3UL)

void test_main(void)
{
    expect_refused(0x800000000000UL, KERNEL_CS, FLAT_KERNEL_SS, "non-canonical rip");
    expect_refused(0xffff7fffffffffffUL, KERNEL_CS, FLAT_KERNEL_SS, "the last non-canonical rip");
    expect_refused((uint64_t)land, 0, FLAT_KERNEL_SS, "null cs");
    expect_refused((uint64_t)land, FLAT_KERNEL_SS & ~3UL, FLAT_KERNEL_SS, "data as cs");
    expect_refused((uint64_t)land, 0xe008, FLAT_KERNEL_SS, "the hypervisor's cs");
    expect_refused((uint64_t)land, 0x1000, FLAT_KERNEL_SS, "a cs beyond the table");
    expect_refused((uint64_t)land, KERNEL_CS, 0x1003, "an ss beyond the table");
    expect_refused((uint64_t)land, KERNEL_CS, FLAT_KERNEL_CS, "code as ss");
    expect_refused(HYPERVISOR_VIRT_END - 4096, KERNEL_CS, FLAT_KERNEL_SS, "the hypervisor's rip");
}
