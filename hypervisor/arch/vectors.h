/* SPDX-License-Identifier: MIT */
/*
 * Who owns which interrupt vector. Higher vectors have the higher priority in the local APIC.
 */
#ifndef PARAPET_ARCH_VECTORS_H
#define PARAPET_ARCH_VECTORS_H

#define VECTOR_DIVIDE             0u
#define VECTOR_DEBUG              1u
#define VECTOR_NMI                2u
#define VECTOR_BREAKPOINT         3u
#define VECTOR_OVERFLOW           4u
#define VECTOR_BOUND              5u
#define VECTOR_INVALID_OPCODE     6u
#define VECTOR_NO_DEVICE          7u
#define VECTOR_DOUBLE_FAULT       8u
#define VECTOR_INVALID_TSS        10u
#define VECTOR_NO_SEGMENT         11u
#define VECTOR_STACK_FAULT        12u
#define VECTOR_GENERAL_PROTECTION 13u
#define VECTOR_PAGE_FAULT         14u
#define VECTOR_X87_ERROR          16u
#define VECTOR_ALIGNMENT          17u
#define VECTOR_MACHINE_CHECK      18u
#define VECTOR_SIMD_ERROR         19u
#define VECTOR_CONTROL_PROTECTION 21u

#define VECTOR_FIRST_INTERRUPT 32u

/* The 8259s are masked; their spurious interrupts arrive here and are dropped. */
#define VECTOR_LEGACY_PIC      0x20u
#define VECTOR_LEGACY_PIC_LAST 0x2fu

/* Devices: IO-APIC pins and MSIs, given out by the owner of the domains' interrupts.
 * 0x80 and 0x82 stay free: guests use them for INT n. */
#define VECTOR_FIRST_DEVICE 0x30u
#define VECTOR_LAST_DEVICE  0xefu
#define VECTOR_GUEST_INT80  0x80u
#define VECTOR_GUEST_INT82  0x82u

#define VECTOR_CONSOLE       0xf1u /* the hypervisor's own serial port */
#define VECTOR_APIC_TIMER    0xfau /* the per-CPU one-shot timer */
#define VECTOR_KICK          0xfbu /* look at softirq and requests */
#define VECTOR_APIC_ERROR    0xfeu
#define VECTOR_APIC_SPURIOUS 0xffu

#define VECTOR_COUNT 256u

#endif
