/* SPDX-License-Identifier: MIT */
/*
 * The narrow interface: all that the layers above mm/ ask of the processor, in functions that
 * tests/support/fake_arch can implement on the host. What is an instruction is in x86.h; host
 * tests replace that header.
 */
#ifndef PARAPET_ARCH_ARCH_H
#define PARAPET_ARCH_ARCH_H

#include "arch/apic.h"   /* apic_timer_set() */
#include "arch/clock.h"  /* system_time_ns() */
#include "arch/ipi.h"    /* cpu_kick(), cpu_call(), cpu_serve_requests() */
#include "arch/percpu.h" /* this_cpu() */
#include "arch/reboot.h" /* machine_reboot(), machine_poweroff() */
#include "arch/tlb.h"    /* tlb_flush_local(), tlb_flush_cpus(), tlb_stamp_now() */
#include "arch/x86.h"

#endif
