/* SPDX-License-Identifier: MIT */
/*
 * A guest kernel may write its read-only L1 entries with ordinary instructions: the hypervisor does
 * them, checked (vm_assist writable_pagetables; abi-facts 5.8 lists the forms).
 */
#include "guest.h"

static uint64_t target[512] PAGE_ALIGNED;
static volatile uint64_t *entry; /* the L1 entry that maps `target`, through the initial tables */

static void locate(void)
{
    uint64_t address = pte_address((uint64_t)target, 1);

    entry = (volatile uint64_t *)(VIRT_BASE + m2p(address >> 12) * 4096 + (address & 4095));
}

static void write_by_mov(void *value)
{
    *entry = (uint64_t)value;
}

static void write_by_xchg(void *value)
{
    (void)__atomic_exchange_n(entry, (uint64_t)value, __ATOMIC_SEQ_CST);
}

static void write_by_cmpxchg(void *value)
{
    uint64_t expected = *entry;

    (void)__atomic_compare_exchange_n(entry, &expected, (uint64_t)value, false, __ATOMIC_SEQ_CST,
                                      __ATOMIC_SEQ_CST);
}

static void clear_dirty_by_and(void *unused)
{
    (void)unused;
    __asm__ volatile("lock andq %1, %0" : "+m"(*entry) : "r"(~PTE_DIRTY) : "memory", "cc");
}

static void clear_bit_by_btr(void *unused)
{
    (void)unused;
    __asm__ volatile("lock btrq $6, %0" : "+m"(*entry) : : "memory", "cc");
}

static void set_software_bit_by_or(void *unused)
{
    (void)unused;
    __asm__ volatile("lock orq $0x200, %0" : "+m"(*entry) : : "memory", "cc");
}

static void expect_written(void (*write)(void *), uint64_t value, uint64_t wanted, uint64_t mask,
                           const char *what)
{
    require_eq(map_page(target, entry_of(target, PTE_RW)), 0, "start");
    if (try(write, (void *)value).trapped)
        failure("%s: the write faults", what);
    else if ((*entry & mask) != (wanted & mask))
        failure("%s: the entry is %#lx, not %#lx", what, *entry, wanted);
}

void test_main(void)
{
    uint64_t read_only = entry_of(target, PTE_RO);
    const uint64_t all = ~(PTE_ACCESSED | PTE_DIRTY);

    locate();
    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_writable_pagetables), 0, "on");
    expect_written(write_by_mov, read_only, read_only, all, "mov");
    expect_written(write_by_xchg, read_only, read_only, all, "xchg");
    expect_written(write_by_cmpxchg, read_only, read_only, all, "cmpxchg");
    expect_written(write_by_mov, 0, 0, ~0UL, "mov of zero");
    expect_written(clear_dirty_by_and, 0, entry_of(target, PTE_RW) & ~PTE_DIRTY, ~0UL, "and");
    expect_written(clear_bit_by_btr, 0, entry_of(target, PTE_RW) & ~PTE_DIRTY, ~0UL, "btr");
    expect_written(set_software_bit_by_or, 0, entry_of(target, PTE_RW) | 0x200, ~0UL, "or");
}
