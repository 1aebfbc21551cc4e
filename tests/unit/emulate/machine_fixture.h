/* SPDX-License-Identifier: MIT */
/*
 * A processor with the features of a present-day one, some ports, some MSRs, and an MMU that
 * notes what it was asked.
 */
#ifndef PARAPET_TESTS_UNIT_EMULATE_MACHINE_FIXTURE_H
#define PARAPET_TESTS_UNIT_EMULATE_MACHINE_FIXTURE_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/x86.h"
#include "mm/address.h"

void machine_fixture_start(void);

/* Its two halves; between them a test may change the machine. */
void machine_fixture_prepare(void);
void machine_fixture_detect(void);

/* CPUID of the machine; a test may change leaves and call cpuid_view_init() again. */
struct fake_leaf {
    uint32_t leaf, subleaf;
    struct cpuid_result result;
};
struct fake_leaf *machine_leaf(uint32_t leaf, uint32_t subleaf);

/* The bases' MSRs and some others. */
struct fake_msrs {
    uint64_t fs_base, gs_base, kernel_gs_base, tsc_aux, efer, misc_enable;
};
extern struct fake_msrs fake_msrs;

struct fake_mmu {
    mfn_t set_kernel_l4, set_user_l4;
    int set_answer;
    unsigned settles, resets;
    uint32_t gdt_entries, ldt_entries;
    int gdt_answer, ldt_answer;
    uint64_t ldt_fault_offset;
    bool ldt_fault_answer;
    unsigned ldt_faults;
    uint64_t m2p_fault_address;
    bool m2p_fault_answer;
};
extern struct fake_mmu fake_mmu;

/* Ports: the last access, and what a read gives. */
struct fake_ports {
    unsigned reads, writes;
    uint16_t port;
    unsigned bytes;
    uint32_t value;
    uint32_t answer;
    uint32_t pci_address; /* last 32-bit write of 0xcf8 */
    uint8_t cmos_index;   /* last write of 0x70 */
};
extern struct fake_ports fake_ports;

#endif
