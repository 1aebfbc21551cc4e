/* SPDX-License-Identifier: MIT */
/*
 * Three domains for tests of grants: the control domain, one that grants, one that maps; each with
 * one vCPU, page tables with empty slots, and one grant frame. The mapper is the one that runs.
 */
#ifndef PARAPET_TESTS_GRANT_WORLD_H
#define PARAPET_TESTS_GRANT_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "grant/grant_entry.h"
#include "grant/grant_ops.h"
#include "grant/grant_table.h"
#include "unit/pvmmu/mmu_guest.h"

struct actor {
    struct domain *d;
    struct vcpu *v;
    uint32_t cpu;
    struct tree tree; /* two L1s; slot 0 of each maps a page of the domain's */
    struct grant_entry_v1 *entries;
};

extern struct actor control, granter, mapper;

#define HANDLE_FRAME_LIMIT 2u
#define FRAME_LIMIT        4u

/* Guest memory at this address, for lists of frames. */
#define LIST_ADDRESS 0x7000000000UL
#define LIST_ENTRIES 64u
extern uint64_t frame_list[LIST_ENTRIES];

void world_start(void);

/* The CPU that runs @actor is this thread's from now on. */
void run(const struct actor *actor);

/* Address and entry of slot @slot (from 1 on: empty) of the actor's first L1. */
uint64_t slot_va(unsigned slot);
uint64_t slot_entry(const struct actor *actor, unsigned slot);
uint64_t slot_machine_address(const struct actor *actor, unsigned slot);

/* @from writes entry @ref. */
void grant_to(const struct actor *from, grant_ref_t ref, const struct actor *to, mfn_t page,
              uint16_t flags);

static inline uint16_t flags_of(const struct actor *from, grant_ref_t ref)
{
    return from->entries[ref].flags;
}

/* The guest's own compare-and-swap of the flags to 0, after which it uses the page again. */
bool revoke(const struct actor *from, grant_ref_t ref);

/* One operation of the actor, which runs; then everything must add up. Answers the status. */
int do_map(const struct actor *actor, struct gnttab_map_grant_ref *op);
int do_unmap(const struct actor *actor, struct gnttab_unmap_grant_ref *op);
int do_replace(const struct actor *actor, struct gnttab_unmap_and_replace *op);
int do_copy(const struct actor *actor, struct gnttab_copy *op);

/* Short forms: grant @ref of @from by its address in slot @slot; the handle, which must come. */
grant_handle_t map_at(const struct actor *actor, const struct actor *from, grant_ref_t ref,
                      unsigned slot, uint32_t flags);
int unmap_at(const struct actor *actor, grant_handle_t handle, unsigned slot);

/* Called when TLBs are flushed, and when an entry has been taken to be moved. */
extern void (*on_flush)(void);
extern void (*on_take)(void);
extern unsigned flushes;

#define EXPECT_ALL_CONSISTENT()                                                                    \
    do {                                                                                           \
        EXPECT_CONSISTENT();                                                                       \
        ck_assert_msg(grant_check(), "%s", fake_log_last);                                         \
    } while (0)

/* The domain dies: all stages of its destruction that concern memory and grants. Its structure goes
 * with the last reference (domains_released counts). */
void kill_actor(struct actor *actor);
/* The stage of the grants only, at every restart. */
void close_grants(struct actor *actor);
void forget_memory(struct actor *actor);
void pass_quiet_points(void);
extern unsigned domains_released;

#endif
