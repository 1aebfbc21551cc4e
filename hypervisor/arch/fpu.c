/* SPDX-License-Identifier: MIT */
/*
 * XSAVE and XRSTOR of all components, or FXSAVE and FXRSTOR.
 *
 * XSAVE handles only what XCR0 enables, so XCR0 is widened before each save and restore, and
 * is what the vCPU chose only while it runs.
 */
#include "arch/fpu.h"

#include <stddef.h>

#include "arch/cpu_features.h"
#include "arch/percpu.h"
#include "arch/x86.h"
#include "lib/assert.h"
#include "lib/string.h"

#define XSAVE_LEAF  0xdu
#define FCW_RESET   0x37fu
#define MXCSR_RESET 0x1f80u

/* The legacy region of an area (SDM volume 1, section 10.5.1), as far as it is named here. */
struct fxsave_area {
    uint16_t fcw;
    uint8_t other[22];
    uint32_t mxcsr;
    uint8_t rest[484];
};
_Static_assert(sizeof(struct fxsave_area) == FPU_FXSAVE_BYTES, "SDM volume 1, 10.5.1");
_Static_assert(offsetof(struct fxsave_area, mxcsr) == 24, "SDM volume 1, 10.5.1");

static uint64_t components;
static uint32_t area_bytes;
static uint64_t loaded_xcr0[MAX_CPUS];

/* A header of zeros means the initial state for every component, wherever it would lie. */
static union {
    struct fxsave_area fxsave;
    uint8_t bytes[FPU_FXSAVE_BYTES + FPU_XSAVE_HEADER_BYTES];
} reset_area ALIGNED(FPU_AREA_ALIGN);

static void fpu_detect(void)
{
    reset_area.fxsave.fcw = FCW_RESET;
    reset_area.fxsave.mxcsr = MXCSR_RESET;
    area_bytes = FPU_FXSAVE_BYTES;
    if (!cpu_has(CPU_FEATURE_XSAVE))
        return;
    components = cpuid(XSAVE_LEAF, 0).eax & (XCR0_X87 | XCR0_SSE | XCR0_AVX | XCR0_AVX512);
    if (!fpu_xcr0_valid(components))
        components &= XCR0_X87 | XCR0_SSE;
    xsetbv(0, components);
    area_bytes = cpuid(XSAVE_LEAF, 0).ebx; /* for what XCR0 enables now */
}

void fpu_start_cpu(void)
{
    if (area_bytes == 0)
        fpu_detect();
    clts();
    if (components) {
        xsetbv(0, components);
        loaded_xcr0[this_cpu()->id] = components;
    }
    MUST(fpu_restore(&reset_area));
}

uint32_t fpu_area_bytes(void)
{
    return area_bytes;
}

uint64_t fpu_components(void)
{
    return components;
}

void fpu_area_init(void *area)
{
    memset(area, 0, area_bytes);
    memcpy(area, &reset_area, sizeof(reset_area.fxsave));
}

bool fpu_xcr0_valid(uint64_t xcr0)
{
    uint64_t avx512 = xcr0 & XCR0_AVX512;

    if ((xcr0 & ~components) || !(xcr0 & XCR0_X87))
        return false;
    if ((xcr0 & XCR0_AVX) && !(xcr0 & XCR0_SSE))
        return false;
    return avx512 == 0 || (avx512 == XCR0_AVX512 && (xcr0 & XCR0_AVX));
}

void fpu_set_xcr0(uint64_t xcr0)
{
    uint64_t *loaded = &loaded_xcr0[this_cpu()->id];

    if (components == 0 || *loaded == xcr0)
        return;
    xsetbv(0, xcr0);
    *loaded = xcr0;
}

void fpu_save(void *area)
{
    if (components == 0) {
        fxsave(area);
        return;
    }
    fpu_set_xcr0(components);
    xsave(area, components);
}

bool fpu_restore(const void *area)
{
    if (cpu_features.vendor == CPU_VENDOR_AMD && !cpu_has(CPU_FEATURE_FP_ERROR_POINTERS))
        x87_clear_pointers();
    if (components == 0) {
        if (fxrstor_safe(area))
            return true;
        MUST(fxrstor_safe(&reset_area));
        return false;
    }
    fpu_set_xcr0(components);
    if (xrstor_safe(area, components))
        return true;
    MUST(xrstor_safe(&reset_area, components));
    return false;
}
