/* SPDX-License-Identifier: MIT */
/* From a number to a handler: the table, what is counted and traced, what is answered. */
#include "hypercall/dispatch.h"

#include <string.h>

#include "arch/percpu.h"
#include "console/trace.h"
#include "hypercall-abi/version.h"
#include "hypercall/restart.h"
#include "lib/errno.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "support/whole/world.h"

ALLOCATOR_THAT_CAN_FAIL(void *, heap_alloc, (size_t bytes), (bytes), NULL)
ALLOCATOR_THAT_CAN_FAIL(struct frame *, frame_alloc,
                        (unsigned order, unsigned bits, unsigned flags), (order, bits, flags), NULL)

static const uint64_t existing =
#define HYPERCALL(number, name, argc, flow, summary) 1UL << (number) |
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL
    0;

static void start(void)
{
    world_start();
    world_run(world_domain(0, 1)->vcpus[0]);
}

TEST(dispatch, answers_enosys_to_every_number_without_a_row)
{
    start();
    for (uint64_t number = 0; number < 64; number++) {
        if (!(existing >> number & 1))
            ck_assert_int_eq(world_call(number, 0, 0, 0, 0, 0), -ENOSYS);
    }
    for (unsigned bit = 6; bit < 64; bit++) {
        ck_assert_int_eq(world_call(1UL << bit, 0, 0, 0, 0, 0), -ENOSYS);
        ck_assert_int_eq(world_call(1UL << bit | 17, 0, 0, 0, 0, 0), -ENOSYS);
    }
}

TEST(dispatch, counts_by_number)
{
    const struct counters *counters = &this_cpu()->counters;

    start();
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(world_call(__HYPERVISOR_xen_version, 0, 0, 0, 0, 0), 0x40011);
    ck_assert_uint_eq(counters->hypercall[__HYPERVISOR_xen_version], 3);
    (void)world_call(63, 0, 0, 0, 0, 0);
    (void)world_call(1000, 0, 0, 0, 0, 0);
    ck_assert_uint_eq(counters->hypercall_unknown, 2);
    ck_assert_uint_eq(counters->hypercall[__HYPERVISOR_stack_switch], 0);
}

TEST(dispatch, leaves_a_trace_record)
{
    const struct trace_ring *ring = this_cpu()->trace;
    const struct trace_record *last;
    char text[200];

    start();
    (void)world_call(__HYPERVISOR_xen_version, 0, 0x1234, 0, 0, 0);
    last = &ring->records[(ring->written - 1) % TRACE_RECORDS];
    (void)trace_format(last, text, sizeof(text));
    ck_assert_ptr_nonnull(strstr(text, "hypercall 17 (0, 0x1234)"));
}

TEST(dispatch, passes_five_arguments_to_the_handler)
{
    uint32_t done = 77;

    start();
    /* mmu_update(list, count, done, domain): an unreadable list leaves 0 in the counter. */
    memcpy(world_arguments(current_vcpu()->domain), &done, sizeof(done));
    ck_assert_int_eq(world_call(__HYPERVISOR_mmu_update, 0x1000, 1, WORLD_ARGUMENTS, DOMID_SELF, 0),
                     -EFAULT);
    memcpy(&done, world_arguments(current_vcpu()->domain), sizeof(done));
    ck_assert_uint_eq(done, 0);
    ck_assert_int_eq(world_call(__HYPERVISOR_mmu_update, 0x1000, 1, 0, 55, 0), -ESRCH);
}

TEST(dispatch, option_takes_numbers_and_all)
{
    ck_assert_int_eq(hypercall_option_trace("all"), 0);
    ck_assert_int_eq(hypercall_option_trace("1,13,0x20"), 0);
    ck_assert_int_eq(hypercall_option_trace("64"), -EINVAL);
    ck_assert_int_eq(hypercall_option_trace(""), -EINVAL);
    ck_assert_int_eq(hypercall_option_trace("1,"), -EINVAL);
    ck_assert_int_eq(hypercall_option_trace("alles"), -EINVAL);
}

TEST(dispatch, logs_only_what_was_asked_for)
{
    start();
    ck_assert_int_eq(hypercall_option_trace("3"), 0);
    fake_log_last[0] = '\0';
    ck_assert_int_eq(world_call(__HYPERVISOR_xen_version, 0, 0, 0, 0, 0), 0x40011);
    ck_assert_str_eq(fake_log_last, "");
    ck_assert_int_eq(world_call(__HYPERVISOR_stack_switch, 0xe02b, 0x1000, 0, 0, 0), 0);
    ck_assert_ptr_nonnull(strstr(fake_log_last, "d0v0 stack_switch(0xe02b, 0x1000"));
    ck_assert_int_eq(world_call(63, 0, 0, 0, 0, 0), -ENOSYS);
}

TEST(dispatch, a_restart_repeats_the_instruction)
{
    struct trap_frame regs = { .rip = 0x1234, .rax = 1 };

    hypercall_finish(&regs, HYPERCALL_RESTART);
    ck_assert_uint_eq(regs.rip, 0x1232);
    ck_assert_uint_eq(regs.rax, 1);
    hypercall_finish(&regs, HYPERCALL_NO_RESULT);
    ck_assert_uint_eq(regs.rip, 0x1232);
}

TEST(dispatch, progress_goes_into_the_argument_registers)
{
    struct trap_frame *regs;

    start();
    regs = this_cpu()->guest_frame;
    for (unsigned i = 0; i < HYPERCALL_ARGUMENTS; i++)
        hypercall_set_argument(current_vcpu(), i, 100 + i);
    ck_assert_uint_eq(regs->rdi, 100);
    ck_assert_uint_eq(regs->rsi, 101);
    ck_assert_uint_eq(regs->rdx, 102);
    ck_assert_uint_eq(regs->r10, 103);
    ck_assert_uint_eq(regs->r8, 104);
    ck_assert_uint_eq(regs->r9, 105);
}
