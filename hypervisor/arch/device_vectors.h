/* SPDX-License-Identifier: MIT */
/*
 * The interrupt vectors that devices may have, VECTOR_FIRST_DEVICE to VECTOR_LAST_DEVICE.
 *
 * A vector means the same on every CPU, so an interrupt moves to another CPU by a change of its
 * destination alone, and one that is under way arrives all the same. The caller has a lock.
 */
#ifndef PARAPET_ARCH_DEVICE_VECTORS_H
#define PARAPET_ARCH_DEVICE_VECTORS_H

#include <stdint.h>

#define DEVICE_VECTORS_IN_A_ROW_MAX 32u

/* The first of @count vectors, a power of two of them and aligned to it (a device with several
 * messages changes the low bits of one number); 0: there are not so many in a row. */
uint32_t device_vectors_take(uint32_t count);
void device_vectors_give(uint32_t first, uint32_t count);

#endif
