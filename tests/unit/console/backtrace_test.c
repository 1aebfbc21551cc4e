/* SPDX-License-Identifier: MIT */
#include "console/backtrace.h"

#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

static uint64_t addresses[BACKTRACE_MAX];

static uint64_t *word_at(unsigned page, unsigned offset)
{
    return (uint64_t *)(CPU_REGIONS_VIRT + page * PAGE_SIZE + offset);
}

/* A frame at @offset of page @page that goes on at @next. */
static uint64_t put_frame(unsigned page, unsigned offset, uint64_t next, uint64_t address)
{
    uint64_t *frame = word_at(page, offset);

    frame[0] = next;
    frame[1] = address;
    return (uint64_t)frame;
}

TEST(backtrace, follows_the_chain)
{
    uint64_t third = put_frame(15, 0xff0, 0, 0x333);
    uint64_t second = put_frame(14, 0x800, third, 0x222);
    uint64_t first = put_frame(13, 0x100, second, 0x111);

    ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, first, addresses), 3);
    ck_assert_uint_eq(addresses[0], 0x111);
    ck_assert_uint_eq(addresses[2], 0x333);
}

TEST(backtrace, crosses_from_an_exception_stack)
{
    uint64_t main = put_frame(12, 0x200, 0, 0x222);
    uint64_t nmi = put_frame(CPU_REGION_NMI_STACK_PAGE, 0x900, main, 0x111);

    ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, nmi, addresses), 2);
}

TEST(backtrace, ends_where_the_stacks_end)
{
    /* Guard pages, the CPU structure, another CPU's region, misaligned, the last 8 bytes. */
    static const uint64_t offsets[] = {
        3 * PAGE_SIZE,      5 * PAGE_SIZE + 8,
        PAGE_SIZE,          CPU_REGION_SIZE + 12 * PAGE_SIZE,
        13 * PAGE_SIZE + 4, CPU_REGION_SIZE - 8,
        5 * PAGE_SIZE - 8,
    };

    for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
        uint64_t first = put_frame(12, 0x100, CPU_REGIONS_VIRT + offsets[i], 0x111);
        ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, first, addresses), 1);
    }
    ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, 0, addresses), 0);
    ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, 0xdeadbeefdeadbeef, addresses), 0);
}

TEST(backtrace, a_loop_ends)
{
    uint64_t frame = put_frame(12, 0x100, CPU_REGIONS_VIRT + 12 * PAGE_SIZE + 0x100, 0x111);

    ck_assert_uint_eq(backtrace_walk(CPU_REGIONS_VIRT, frame, addresses), BACKTRACE_MAX);
}
