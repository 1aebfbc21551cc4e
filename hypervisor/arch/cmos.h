/* SPDX-License-Identifier: MIT */
/*
 * The CMOS memory with its real-time clock, through ports 0x70 and 0x71, an index and its access
 * at a time. NMIs stay enabled (bit 7 of the index port).
 */
#ifndef PARAPET_ARCH_CMOS_H
#define PARAPET_ARCH_CMOS_H

#include <stdint.h>

#define CMOS_PORT_INDEX 0x70u
#define CMOS_PORT_DATA  0x71u
#define CMOS_INDEX_MASK 0x7fu

uint8_t cmos_read(uint8_t index);
void cmos_write(uint8_t index, uint8_t value);

#endif
