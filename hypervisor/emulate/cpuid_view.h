/* SPDX-License-Identifier: MIT */
/*
 * What CPUID says to a guest.
 *
 * Feature bits are passed on only if they are known to work in ring 3 without the hypervisor's
 * help; the reasons for those left out stand in cpuid_view.c. Guest kernels ask through the
 * forced-emulation prefix; their user mode sees the processor's own answer, unless CPUID faults.
 */
#ifndef PARAPET_EMULATE_CPUID_VIEW_H
#define PARAPET_EMULATE_CPUID_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/cpu_features.h"
#include "arch/x86.h"
#include "domain/vcpu.h"

/* Once, on the boot CPU, after cpu_features_detect() and fpu_start_cpu(). */
void cpuid_view_init(void);

/*
 * cpuid_view - the answer for @v. @is_forced: asked with the prefix, where OSXSAVE means that
 * XSAVE can be used (Linux looks at it before it sets CR4.OSXSAVE); else OSXSAVE is the guest's.
 */
struct cpuid_result cpuid_view(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
                               bool is_forced);

/* The same as a policy: of @d (NULL: of a domain from which nothing is hidden), before any vCPU of it
 * has chosen anything. */
struct cpuid_result cpuid_view_of_domain(const struct domain *d, uint32_t leaf, uint32_t subleaf);

/* A word of the feature mask for all guests, by enum cpu_feature_word; for toolstack queries. */
uint32_t cpuid_view_features(unsigned word);

/* Whether guests see @feature. */
bool guest_has(enum cpu_feature feature);

#endif
