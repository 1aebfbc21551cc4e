/* SPDX-License-Identifier: MIT */
/*
 * Cheap per-CPU counters, always compiled in. Only the owning CPU adds; readers add the
 * CPUs' values up and may see a slightly old one.
 */
#ifndef PARAPET_ARCH_COUNTERS_H
#define PARAPET_ARCH_COUNTERS_H

#include <stdint.h>

#define COUNTED_HYPERCALLS 64u

struct counters {
    uint64_t hypercall[COUNTED_HYPERCALLS];
    uint64_t hypercall_unknown; /* answered -ENOSYS */
    uint64_t trap[32];
    uint64_t interrupt;
    uint64_t syscall_bounce;
    uint64_t emulated_instruction;
    uint64_t page_table_write_emulated;
    uint64_t context_switch;
    uint64_t event_sent;
    uint64_t event_upcall;
    uint64_t frame_type_change;
    uint64_t root_loaded; /* CR3 written for a vCPU, which empties the TLB */
    uint64_t tlb_flush_local;
    uint64_t tlb_flush_remote;
    uint64_t ipi_sent;
    uint64_t idle_entry;
    uint64_t grant_map;
    uint64_t grant_copy;
};

#endif
