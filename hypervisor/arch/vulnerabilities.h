/* SPDX-License-Identifier: MIT */
/*
 * What is wrong with a processor: the ways in which speculation on it can show a guest what is
 * not the guest's. Pure knowledge, by vendor, family, model and what the processor says about
 * itself; what is done about it is in arch/mitigations.c.
 */
#ifndef PARAPET_ARCH_VULNERABILITIES_H
#define PARAPET_ARCH_VULNERABILITIES_H

#include <stdint.h>

#include "arch/cpu_features.h"

/* VULNERABILITY(name, title), in the order of the log. */
#define VULNERABILITY_TABLE(VULNERABILITY)                                                         \
    VULNERABILITY(MELTDOWN, "Meltdown")                                                            \
    VULNERABILITY(L1TF, "L1 terminal fault")                                                       \
    VULNERABILITY(MDS, "Microarchitectural data sampling")                                         \
    VULNERABILITY(TAA, "TSX asynchronous abort")                                                   \
    VULNERABILITY(MMIO, "Processor MMIO stale data")                                               \
    VULNERABILITY(RFDS, "Register file data sampling")                                             \
    VULNERABILITY(GDS, "Gather data sampling")                                                     \
    VULNERABILITY(TSA, "Transient scheduler attacks")                                              \
    VULNERABILITY(ZENBLEED, "Zenbleed")                                                            \
    VULNERABILITY(DIVIDE, "Stale result of a division")                                            \
    VULNERABILITY(SPECTRE_V1, "Spectre variant 1")                                                 \
    VULNERABILITY(SPECTRE_V2, "Spectre variant 2")                                                 \
    VULNERABILITY(SPECTRE_V2_DOMAINS, "Spectre variant 2 between domains")                         \
    VULNERABILITY(RETURNS, "Return stack of another")                                              \
    VULNERABILITY(BHI, "Branch history injection")                                                 \
    VULNERABILITY(ITS, "Indirect target selection")                                                \
    VULNERABILITY(RETBLEED, "Retbleed")                                                            \
    VULNERABILITY(BTC, "Branch type confusion")                                                    \
    VULNERABILITY(SRSO, "Speculative return stack overflow")                                       \
    VULNERABILITY(SSB, "Speculative store bypass")

enum vulnerability {
#define VULNERABILITY(name, title) VULNERABILITY_##name,
    VULNERABILITY_TABLE(VULNERABILITY)
#undef VULNERABILITY
        VULNERABILITY_COUNT
};

/* Sets of them have a bit for each. */
#define VULNERABLE(name) (1u << VULNERABILITY_##name)

/* Those of the processor @f, which says @arch_capabilities of itself (0 if it has no such MSR). A
 * vendor that is not known is taken to have what most have. */
uint32_t vulnerabilities_find(const struct cpu_features *f, uint64_t arch_capabilities);

#endif
