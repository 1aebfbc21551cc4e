/* SPDX-License-Identifier: MIT */
/*
 * Which measures against speculation are taken: chosen once, from what is wrong with the CPU,
 * what the CPU offers, and the options. What a CPU does not need costs it nothing: code on the
 * way in and out is patched in at boot (arch/code_patch.h), the rest is a test on a rare path.
 */
#ifndef PARAPET_ARCH_MITIGATIONS_H
#define PARAPET_ARCH_MITIGATIONS_H

/* Offsets used by the entry assembly. */
#define MITIGATIONS_MEASURES  0
#define MITIGATIONS_SPEC_CTRL 4

#ifndef __ASSEMBLER__
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/measures.h"

struct mitigations {
    uint32_t measures;  /* MEASURE_ bits: what is done */
    uint32_t spec_ctrl; /* SPEC_CTRL outside of entries and exits that change it */
    uint32_t found;     /* VULNERABLE() bits */
    uint32_t effective; /* MEASURE_ bits: what would help on this CPU */
    uint64_t arch_capabilities;
};

_Static_assert(offsetof(struct mitigations, measures) == MITIGATIONS_MEASURES, "guards.S");
_Static_assert(offsetof(struct mitigations, spec_ctrl) == MITIGATIONS_SPEC_CTRL, "guards.S");

/* Written by mitigations_init() only. */
extern struct mitigations mitigations;

struct mitigation_options {
    bool off;                       /* nothing but what is forced on */
    uint32_t forced_on, forced_off; /* MEASURE_ bits */
};

extern struct mitigation_options mitigation_options;

/* Parsers of mitigations= and spec-ctrl= (lib/options.h). */
int mitigations_option(const char *value);
int mitigations_option_spec_ctrl(const char *value);

/* The choice itself, without side effects. */
struct mitigations mitigations_choose(const struct cpu_features *f, uint64_t arch_capabilities,
                                      const struct mitigation_options *options);

/* Once, on the boot CPU, its features known: fills `mitigations`. */
void mitigations_init(void);

/* Whether the CPU is one of QEMU's emulator, which does not speculate. */
bool mitigations_cpu_is_emulated(void);

/* On each CPU: its registers. NULL, or what the boot CPU said of itself and this one does not. */
const char *mitigations_start_cpu(void);

/* With MEASURES_SWITCH chosen, before this CPU runs another domain. */
void mitigations_switch_domain(void);

/* arch/thunks.S */
void return_stack_fill(void);

/* What is done about one vulnerability (enum vulnerability). */
struct mitigation_report {
    const char *title;
    bool is_mitigated;
    const char *text;
};

struct mitigation_report mitigations_report(const struct mitigations *m, uint32_t vulnerability);

#endif
#endif
