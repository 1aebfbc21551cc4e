/* SPDX-License-Identifier: MIT */
/*
 * Non-maskable interrupts of the machine.
 *
 * The handler may have interrupted anything: it takes no lock, cannot fault, reads no guest
 * memory and prints nothing. What is to be told to the control domain waits for a softirq.
 */
#ifndef PARAPET_TRAP_NMI_H
#define PARAPET_TRAP_NMI_H

#include "arch/trap_frame.h"

void nmi_handle(const struct trap_frame *frame);

/* Once, before interrupts are on: registers the softirq's work (domain/handlers.h). */
void nmi_init(void);

#endif
