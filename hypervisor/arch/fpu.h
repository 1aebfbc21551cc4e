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

#define FPU_AREA_ALIGN 64u
#define FPU_FXSAVE_BYTES 512u
#define FPU_XSAVE_HEADER_BYTES 64u

#define XCR0_X87 (1UL << 0)
#define XCR0_SSE (1UL << 1)
#define XCR0_AVX (1UL << 2)
#define XCR0_AVX512 (7UL << 5)
#define XCR0_PKRU (1UL << 9)

/* Once on the boot CPU, then on every CPU. */
void fpu_detect(void);
void fpu_start_cpu(void);

uint32_t fpu_area_bytes(void);

/* XCR0 bits that guests may set; 0 without XSAVE. */
uint64_t fpu_components(void);

/* The architectural reset state (x87 control word 0x37f, MXCSR 0x1f80). */
void fpu_area_init(void *area);

/* @xcr0 is what the vCPU has set; all components are saved, whatever it is. */
void fpu_save(void *area);

/* False if the CPU refused the contents (a toolstack's invention): then the reset state is
 * loaded, so that nothing of another vCPU is left behind. */
__attribute__((warn_unused_result)) bool fpu_restore(const void *area);

/* XCR0 for the running vCPU; a valid combination (fpu_xcr0_valid). No-op without XSAVE. */
void fpu_set_xcr0(uint64_t xcr0);
bool fpu_xcr0_valid(uint64_t xcr0);

#endif
