/* SPDX-License-Identifier: MIT */
/*
 * Whether KVM can run the hypervisor: only where the processor has virtualization extensions and
 * their driver serves /dev/kvm. There are others (kvm_pvm) that cannot.
 */
#ifndef PARAPET_TOOLSTACK_TESTBED_ACCELERATOR_H
#define PARAPET_TOOLSTACK_TESTBED_ACCELERATOR_H

#include <stdbool.h>

/* accelerator_has_extensions - by the text of /proc/cpuinfo. */
bool accelerator_has_extensions(const char *cpuinfo);

/* accelerator_is_kvm - of this machine. */
bool accelerator_is_kvm(void);

#endif
