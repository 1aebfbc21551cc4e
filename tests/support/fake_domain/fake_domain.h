/* SPDX-License-Identifier: MIT */
/*
 * Domains and vCPUs made by hand, for host tests of the layers above domain/: the structures
 * are real, what would load them into a processor or a page table is counted. Each piece is a
 * file of its own in an archive, linked only where the test does not compile the real one.
 */
#ifndef PARAPET_TESTS_FAKE_DOMAIN_H
#define PARAPET_TESTS_FAKE_DOMAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "domain/domain.h"
#include "domain/vcpu.h"
#include "mm/frame.h"

/* ---- fake_domain.c ---- */

/* A living domain with initialised vCPUs that are down, in place of one with this id; id 0 is the
 * control domain. */
struct domain *fake_domain_create(uint16_t id, uint32_t vcpu_count);

/* Memory of all of them, and the table of domains, are gone. */
void fake_domains_free(void);

struct fake_domain_calls {
    unsigned shutdowns, crashes;
    uint16_t last_id;
    uint8_t last_code;
};
extern struct fake_domain_calls fake_domain_calls;

/* preempt_pending() answers true at every call after so many; negative: never. */
extern int fake_preempt_after;
extern unsigned fake_quiet_points;

/* The calling thread's CPU runs @v from now on. */
void fake_run(struct vcpu *v);

/* ---- fake_vcpu_state.c ---- */

struct fake_vcpu_state {
    unsigned saves, loads, root_loads, root_unloads, debugreg_loads;
    const struct vcpu *last_loaded;
};
extern struct fake_vcpu_state fake_vcpu_state;

/* ---- fake_frames.c: general and type references, without any page tables ---- */

/* A frame of RAM of @owner, from the frame allocator, with its allocation reference. */
struct frame *fake_frame_create(struct domain *owner);
void fake_frame_destroy(struct frame *frame);
uint64_t fake_frame_references(const struct frame *frame); /* but for the allocation's */
uint64_t fake_frame_writable_count(const struct frame *frame);
/* As if it was a page table, so that no writable reference is to be had. */
void fake_frame_make_table(struct frame *frame, bool is_table);

#endif
