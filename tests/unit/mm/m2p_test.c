/* SPDX-License-Identifier: MIT */
#include "mm/m2p.h"

#include "arch/tlb.h"
#include "map_machine.h"

#define CHUNK 0x200000UL

static uint64_t view(uint64_t ram)
{
    return M2P_VIRT + ram / PAGE_SIZE * 8;
}

/* What a guest reads there, through the tables: the page's first entry. */
static uint64_t guest_reads(uint64_t ram)
{
    return *(uint64_t *)maddr_to_virt(maddr(target_of(view(ram))));
}

static void is_readable_by_guests_only(uint64_t leaf)
{
    ck_assert(leaf & PTE_PRESENT);
    ck_assert(leaf & PTE_USER);
    ck_assert(!(leaf & PTE_WRITE));
    ck_assert(leaf & PTE_NO_EXECUTE);
}

TEST(m2p, what_is_no_ram_reads_as_ones)
{
    static const uint64_t places[] = {
        0x20000000, 0xfee00000, HIGH_END + 0x40000000, 0x1000000000, 0x200000000000, 0x7ffffe00000,
    };

    map_machine_start();
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        is_readable_by_guests_only(leaf_at(view(places[i])));
        ck_assert_uint_eq(guest_reads(places[i]), M2P_INVALID);
    }
    is_readable_by_guests_only(leaf_at(M2P_VIRT_END - PAGE_SIZE));
    ck_assert_uint_eq(leaf_at(M2P_VIRT_END), 0);
}

TEST(m2p, a_chunk_is_absent_until_it_is_given_out)
{
    map_machine_start();
    ck_assert_uint_eq(leaf_at(view(HIGH_START)), 0);
    struct frame *frame = frame_alloc(9, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
    uint64_t ram = mfn_to_maddr(frame_to_mfn(frame)).value;
    uint64_t leaf = leaf_at(view(ram));

    is_readable_by_guests_only(leaf);
    ck_assert_uint_eq(level_at(view(ram)), 1);
    /* The page the hypervisor writes is the page guests read. */
    ck_assert_uint_eq(target_of(view(ram)), target_of(M2P_WRITE_VIRT + ram / PAGE_SIZE * 8));
    ck_assert_uint_eq(m2p_get(frame_to_mfn(frame)), M2P_INVALID);
    ck_assert_uint_eq(frame->tlb_stamp, 0);
}

TEST(m2p, an_early_reader_gets_ones_and_loses_them)
{
    map_machine_start();
    fake_cpus_start(2);
    uint64_t ram = HIGH_START + 16 * CHUNK;
    ck_assert_uint_eq(leaf_at(view(ram)), 0);
    ck_assert(m2p_fault(view(ram) + 123));
    is_readable_by_guests_only(leaf_at(view(ram)));
    ck_assert_uint_eq(guest_reads(ram), M2P_INVALID);

    /* Give out everything: that chunk's frames were stamped, so both CPUs were flushed. */
    while (frame_alloc(9, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY))
        ;
    ck_assert(mfn_valid(maddr_to_mfn(maddr(ram))));
    ck_assert_uint_eq(target_of(view(ram)), target_of(M2P_WRITE_VIRT + ram / PAGE_SIZE * 8));
    ck_assert_uint_ge(fake_requests.flush_calls, 1);
    ck_assert_uint_eq(fake_requests.flush_mask, 3);
}

TEST(m2p, a_fault_elsewhere_is_not_ours)
{
    map_machine_start();
    ck_assert(!m2p_fault(M2P_VIRT - 8));
    ck_assert(!m2p_fault(M2P_VIRT_END));
    ck_assert(!m2p_fault(0));
}

TEST(m2p, a_fault_that_another_cpu_settled_changes_nothing)
{
    map_machine_start();
    struct frame *frame = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);
    uint64_t address = view(mfn_to_maddr(frame_to_mfn(frame)).value);
    uint64_t leaf = leaf_at(address);

    ck_assert(m2p_fault(address));
    ck_assert_uint_eq(leaf_at(address), leaf);
    /* Also where nothing will ever be but ones. */
    ck_assert(m2p_fault(M2P_VIRT_END - 8));
}

TEST(m2p, the_table_lies_in_pieces_of_2_mib)
{
    map_machine_start();
    mfn_t low = m2p_backing(mfn(0));
    ck_assert_uint_eq(low.number % 512, 0);
    ck_assert_uint_eq(low.number << PAGE_SHIFT, target_of(M2P_WRITE_VIRT));
    ck_assert(mfn_equal(m2p_backing(mfn(0x3ffff)), low));
    ck_assert(mfn_equal(m2p_backing(mfn(0x40000)), MFN_INVALID)); /* 1 GiB: no RAM */
    ck_assert(!mfn_equal(m2p_backing(mfn(HIGH_START >> PAGE_SHIFT)), low));
    ck_assert(mfn_equal(m2p_backing(MFN_INVALID), MFN_INVALID));
}
