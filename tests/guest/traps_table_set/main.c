/* SPDX-License-Identifier: MIT */
/*
 * set_trap_table changes the entries that are listed, up to one with address 0, and leaves the others;
 * a null pointer clears all of them. More than 256 entries are allowed, the last for a vector counts. The table
 * belongs to the calling vCPU. (abi-facts 2.2)
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "guest.h"

static struct trap_info list[1000];
static unsigned first, second;

static void count_first(struct guest_frame *frame)
{
    first++;
    frame->rip += 2;
}

static void count_second(struct guest_frame *frame)
{
    second++;
    frame->rip += 2;
}

static void undefined(const char *what, unsigned in_first, unsigned in_second)
{
    first = second = 0;
    __asm__ volatile("ud2" : : : "memory");
    expect_eq(first, in_first, what);
    expect_eq(second, in_second, what);
}

static void other_vcpu(uint32_t id)
{
    (void)id;
    undefined("another vCPU's table", 1, 0);
}

void test_main(void)
{
    uint64_t other = entry_point(0x40);

    on_entry(VECTOR_UD, count_first);
    on_entry(0x40, count_second);
    undefined("before", 1, 0);
    require_eq(trap_set(VECTOR_UD, 0, other), 0, "one entry");
    undefined("one entry", 0, 1);
    expect(try_read((void *)0x1000, NULL).vector == VECTOR_PF, "the others stay");

    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    vcpu_wait(1);

    for (unsigned i = 0; i < ARRAY_COUNT(list) - 1; i++)
        list[i] = (struct trap_info){ .vector = VECTOR_UD, .address = other };
    list[ARRAY_COUNT(list) - 2].address = entry_point(VECTOR_UD);
    expect_eq(hypercall(set_trap_table, list), 0, "a long list");
    undefined("the last entry counts", 1, 0);

    list[0].address = other;
    list[1].address = 0;
    list[2] = (struct trap_info){ .vector = VECTOR_UD, .address = entry_point(VECTOR_UD) };
    expect_eq(hypercall(set_trap_table, list), 0, "a short list");
    undefined("address 0 ends the list", 0, 1);

    expect_eq(hypercall(set_trap_table, NULL), 0, "clearing");
    expect_crash("exception 6");
    __asm__ volatile("ud2");
}
