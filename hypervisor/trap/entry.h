/* SPDX-License-Identifier: MIT */
/*
 * Between entry.S and C. The assembly calls these with the running vCPU and its frame, which is
 * cpu->guest_frame; interrupts are off, the vCPU's root of its mode is loaded.
 */
#ifndef PARAPET_TRAP_ENTRY_H
#define PARAPET_TRAP_ENTRY_H

#include "arch/trap_frame.h"

struct vcpu;

/* Labels in entry.S. */
void syscall_entry(void);
void syscall_compat_entry(void);
void sysenter_entry(void);

/* Lets further NMIs in after one that came from a guest. */
void nmi_unblock(void);

/* An exception or interrupt of the guest. */
void trap_from_guest(struct vcpu *v, struct trap_frame *frame);

/* One with the hypervisor's CS; the frame says where to go on. */
void trap_from_hypervisor(struct trap_frame *frame);

/* The way out, if there is anything to do but return. On return there is a current vCPU, its
 * registers are in @frame (which is cpu->guest_frame), and nothing is left to do for it. */
void return_to_guest_work(struct trap_frame *frame);

#endif
