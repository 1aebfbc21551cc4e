/* SPDX-License-Identifier: MIT */
/*
 * Guests for tests of the PV MMU: domains and vCPUs whose memory a test writes as a guest kernel
 * would, and the hypervisor's answers.
 */
#ifndef PARAPET_TESTS_MMU_GUEST_H
#define PARAPET_TESTS_MMU_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/pte.h"
#include "domain/domain.h"
#include "lib/errno.h"
#include "pvmmu/frame_type.h"
#include "pvmmu/pvmmu.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

/* Entries as a guest writes them. */
#define LEAF_RW (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)
#define LEAF_RO (PTE_PRESENT | PTE_USER | PTE_ACCESSED)
#define TABLE   (PTE_PRESENT | PTE_WRITE | PTE_USER | PTE_ACCESSED | PTE_DIRTY)

/* The machine: 34 MiB of which the allocator has 32, @cpus CPUs, the registry of device memory
 * empty but complete, no domain yet. */
void mmu_machine_start(uint32_t cpus);

/* A domain (id 0: the control domain) with @vcpus vCPUs that have roots. */
struct domain *guest_create(uint16_t id, uint32_t vcpus);

/* Makes @v the running vCPU of CPU @cpu and this thread that CPU. */
void guest_run(struct vcpu *v, uint32_t cpu);

/* A new page of the guest's, all zero. */
mfn_t guest_page(struct domain *d);

/* The guest's own view of a page it may write. */
uint64_t *guest_words(mfn_t page);

static inline uint64_t entry_of(mfn_t page, uint64_t flags)
{
    return mfn_to_maddr(page).value | flags;
}

/*
 * A tree of tables, not validated: the L4 has, at slot 0, @l2s L2s below one L3, each with @l1s L1s,
 * each of which maps @pages writable pages. Numbers of its parts by walking.
 */
struct tree {
    mfn_t l4, l3;
    mfn_t l2[8];
    mfn_t l1[8][8];
    mfn_t page[8][8][4];
    unsigned l2s, l1s, pages;
};
void tree_build(struct tree *tree, struct domain *d, unsigned l2s, unsigned l1s, unsigned pages);
/* No frame of it has a type reference any more, and pages none but the allocation's. */
void tree_expect_untyped(const struct tree *tree);

/* The frame's counts now. */
uint64_t references(mfn_t page);
uint64_t type_references(mfn_t page);
enum frame_type type_now(mfn_t page);

/* Hypercalls of @v, restarted until they end; pvmmu_check() after each step. */
int do_mmuext(struct vcpu *v, uint32_t cmd, mfn_t page);
int do_mmuext_for(struct vcpu *v, struct domain *target, uint32_t cmd, mfn_t page);
int do_update(struct vcpu *v, mfn_t table, unsigned slot, uint64_t value);
int do_update_cmd(struct vcpu *v, mfn_t table, unsigned slot, uint64_t value, unsigned cmd);
int do_va(struct vcpu *v, uint64_t va, uint64_t value);
void settle(struct domain *d);

/* The entry now. */
uint64_t entry_at(mfn_t table, unsigned slot);

/* preempt_pending() says yes at the n-th question from now (1: the next), once; 0: never. */
extern unsigned preempt_at;
/* Or at every question. */
extern bool preempt_always;
/* Or at one question in eight, by any thread. */
extern bool preempt_randomly;
/* Questions so far. */
extern unsigned preempt_questions;
/* Restarts of do_* so far. */
extern unsigned restarts;

#define EXPECT_CONSISTENT() ck_assert_msg(pvmmu_check(), "%s", fake_log_last)

#endif
