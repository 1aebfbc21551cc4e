/* SPDX-License-Identifier: MIT */
/*
 * The guests' floating point, vector and extended state, always saved and loaded eagerly.
 *
 * An area is FPU_AREA_ALIGN-aligned and fpu_area_bytes() long, in the standard (not the
 * compacted) XSAVE layout, or the 512 bytes of FXSAVE on CPUs without XSAVE. CR0.TS is clear
 * whenever these run.
 */
#ifndef PARAPET_ARCH_FPU_H
#define PARAPET_ARCH_FPU_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/compiler.h"

#define FPU_AREA_ALIGN         64u
#define FPU_FXSAVE_BYTES       512u
#define FPU_XSAVE_HEADER_BYTES 64u

#define XCR0_X87    (1UL << 0)
#define XCR0_SSE    (1UL << 1)
#define XCR0_AVX    (1UL << 2)
#define XCR0_AVX512 (7UL << 5) /* three components that come together */

/* On every CPU; the boot CPU's first call finds out what there is. */
void fpu_start_cpu(void);

uint32_t fpu_area_bytes(void);

/* XCR0 bits that guests may set; 0 without XSAVE. */
uint64_t fpu_components(void);

/* The architectural reset state (x87 control word 0x37f, MXCSR 0x1f80). */
void fpu_area_init(void *area);

/* All components are saved, whatever the vCPU's XCR0 enables. */
void fpu_save(void *area);

/* False if the CPU refused the contents (a toolstack's invention): then the reset state is
 * loaded, so that nothing of another vCPU is left behind. */
MUST_CHECK bool fpu_restore(const void *area);

/* XCR0 for the running vCPU, after fpu_restore(). No effect without XSAVE. */
void fpu_set_xcr0(uint64_t xcr0);
MUST_CHECK bool fpu_xcr0_valid(uint64_t xcr0);

#endif
