/* SPDX-License-Identifier: MIT */
/*
 * A list of what is shown, not of what is hidden: a feature of a CPU to come is hidden until
 * somebody has thought about it. Not shown although the processor has it:
 *
 *     PSE, PSE36, PAGE1GB    guests' page tables have 4 KiB leaves only
 *     PGE                    a kernel's Global entries would survive into its user mode
 *     SMEP, SMAP, PKU, UMIP  guest kernels run in ring 3; STAC and CLAC are undefined there
 *     LA57, PCID, INVPCID    the hypervisor's own business
 *     FSGSBASE               costs Linux two traps per context switch, see abi-facts 4.3
 *     VMX, SVM, MONITOR, X2APIC, TSC_DEADLINE, PERFMON, PT, DBEXT, ...  hardware behind them
 *     TSX, CET, AMX, XSAVES  state or behaviour that nothing here saves or has considered
 */
#include "emulate/cpuid_view.h"

#include "arch/clock.h"
#include "arch/fpu.h"
#include "arch/msr.h"
#include "domain/domain.h"
#include "hypercall-abi/cpuid.h"
#include "lib/bits.h"
#include "mm/frame.h"

#define B(n) (1u << (n))

/* Bits by their order in the SDM's and APM's tables. */
#define SHOWN_1_ECX                                                                                \
    (B(0) | B(1) | B(9) | B(12) | B(13) | B(19) | B(20) | B(22) | B(23) | B(25) | B(26) | B(27) |  \
     B(28) | B(29) | B(30))
#define SHOWN_1_EDX                                                                                \
    (B(0) | B(2) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(11) | B(14) | B(15) | B(16) |       \
     B(19) | B(22) | B(23) | B(24) | B(25) | B(26) | B(27) | B(28))
#define SHOWN_7_EBX                                                                                \
    (B(3) | B(5) | B(6) | B(8) | B(9) | B(13) | B(16) | B(17) | B(18) | B(19) | B(21) | B(23) |    \
     B(24) | B(28) | B(29) | B(30) | B(31))
#define SHOWN_7_ECX  (B(1) | B(6) | B(8) | B(9) | B(10) | B(11) | B(12) | B(14) | B(22) | B(27))
#define SHOWN_7_EDX  (B(2) | B(3) | B(4) | B(8) | B(14))
#define SHOWN_E1_ECX (B(0) | B(5) | B(6) | B(7) | B(8) | B(11) | B(16) | B(21))
#define SHOWN_E1_EDX                                                                               \
    (B(0) | B(2) | B(4) | B(5) | B(6) | B(7) | B(8) | B(9) | B(11) | B(14) | B(15) | B(16) |       \
     B(20) | B(22) | B(23) | B(24) | B(25) | B(27) | B(29) | B(30) | B(31))
#define SHOWN_E7_EDX 0u
#define SHOWN_E8_EBX (B(0) | B(2))

/* Leaf 7, subleaf 1, EAX: AVX-VNNI, AVX512-BF16, fast short string operations. */
#define SHOWN_71_EAX (B(4) | B(5) | B(10) | B(11) | B(12))

/* Leaf 0xd, subleaf 1, EAX: XSAVEOPT, XSAVEC, XGETBV with ECX 1. */
#define SHOWN_D1_EAX (B(0) | B(1) | B(2))

/* Without the XCR0 bits for it, what needs AVX or AVX-512 is gone too. */
#define AVX_1_ECX     (B(12) | B(28) | B(29))
#define AVX_7_EBX     B(5)
#define AVX_7_ECX     (B(9) | B(10))
#define AVX_E1_ECX    (B(11) | B(16))
#define AVX_71_EAX    B(4)
#define AVX512_7_EBX  (B(16) | B(17) | B(21) | B(28) | B(30) | B(31))
#define AVX512_7_ECX  (B(1) | B(6) | B(11) | B(12) | B(14))
#define AVX512_7_EDX  (B(2) | B(3) | B(8))
#define AVX512_71_EAX B(5)
#define XSAVE_1_ECX   (B(26) | B(27))

#define LEAF1_ECX_OSXSAVE    B(27)
#define LEAF1_ECX_HYPERVISOR B(31)
#define LEAF1_EDX_SEP        B(11)
/* CLFLUSH line size, number of logical processors and brand index; not the APIC id. */
#define LEAF1_EBX_SHOWN 0x00ffffffu
/* Leaf 4: not how many share the cache. */
#define LEAF4_EAX_SHOWN  0x00003fffu
#define XSAVE_HEADER_END (FPU_FXSAVE_BYTES + FPU_XSAVE_HEADER_BYTES)
/* 0x80000021, EAX: loading a null selector clears the base. */
#define NULL_CLEARS_BASE B(6)

#define LEAF_BASIC_MAX    0xdu
#define LEAF_EXTENDED     0x80000000u
#define LEAF_EXTENDED_MAX 0x80000008u
#define LEAF_NULL_BASE    0x80000021u

static struct {
    uint32_t word[CPU_FEATURE_WORDS];
    uint32_t leaf71_eax;
    uint32_t xsave_forms; /* leaf 0xd, subleaf 1, EAX */
    uint32_t null_base;   /* EAX of leaf 0x80000021 */
    uint32_t basic_max, extended_max;
} view;

static const uint32_t shown[CPU_FEATURE_WORDS] = {
    [CPUID_1_ECX] = SHOWN_1_ECX,   [CPUID_1_EDX] = SHOWN_1_EDX,   [CPUID_7_EBX] = SHOWN_7_EBX,
    [CPUID_7_ECX] = SHOWN_7_ECX,   [CPUID_7_EDX] = SHOWN_7_EDX,   [CPUID_E1_ECX] = SHOWN_E1_ECX,
    [CPUID_E1_EDX] = SHOWN_E1_EDX, [CPUID_E7_EDX] = SHOWN_E7_EDX, [CPUID_E8_EBX] = SHOWN_E8_EBX,
};

/* What needs extended state that cannot be saved. */
static void hide_unsaved_state(void)
{
    uint64_t components = fpu_components();

    if (!(components & XCR0_AVX512)) {
        view.word[CPUID_7_EBX] &= ~AVX512_7_EBX;
        view.word[CPUID_7_ECX] &= ~AVX512_7_ECX;
        view.word[CPUID_7_EDX] &= ~AVX512_7_EDX;
        view.leaf71_eax &= ~AVX512_71_EAX;
    }
    if (!(components & XCR0_AVX)) {
        view.word[CPUID_1_ECX] &= ~AVX_1_ECX;
        view.word[CPUID_7_EBX] &= ~AVX_7_EBX;
        view.word[CPUID_7_ECX] &= ~AVX_7_ECX;
        view.word[CPUID_E1_ECX] &= ~AVX_E1_ECX;
        view.leaf71_eax &= ~AVX_71_EAX;
    }
    if (components == 0) {
        view.word[CPUID_1_ECX] &= ~XSAVE_1_ECX;
        view.xsave_forms = 0;
    }
}

/* Intel and newer AMD processors do; Linux believes it of a virtual machine only if told. */
static bool null_load_clears_base(void)
{
    uint64_t saved = rdmsr(MSR_FS_BASE);
    bool cleared;

    wrmsr(MSR_FS_BASE, 1);
    load_fs(0);
    cleared = rdmsr(MSR_FS_BASE) == 0;
    wrmsr(MSR_FS_BASE, saved);
    return cleared;
}

void cpuid_view_init(void)
{
    for (unsigned word = 0; word < CPU_FEATURE_WORDS; word++)
        view.word[word] = cpu_features.word[word] & shown[word];
    if (cpu_features.max_leaf >= 7 && cpuid(7, 0).eax >= 1)
        view.leaf71_eax = cpuid(7, 1).eax & SHOWN_71_EAX;
    if (cpu_features.max_leaf >= 0xd)
        view.xsave_forms = cpuid(0xd, 1).eax & SHOWN_D1_EAX;
    hide_unsaved_state();
    /* AMD has no SYSENTER in long mode. */
    if (cpu_features.vendor == CPU_VENDOR_AMD)
        view.word[CPUID_1_EDX] &= ~LEAF1_EDX_SEP;
    view.word[CPUID_1_ECX] |= LEAF1_ECX_HYPERVISOR;

    view.null_base = null_load_clears_base() ? NULL_CLEARS_BASE : 0;
    view.basic_max = cpu_features.max_leaf;
    if (view.basic_max > LEAF_BASIC_MAX)
        view.basic_max = LEAF_BASIC_MAX;
    view.extended_max = cpu_features.max_extended_leaf;
    if (view.extended_max > LEAF_EXTENDED_MAX)
        view.extended_max = LEAF_EXTENDED_MAX;
    if (view.null_base)
        view.extended_max = LEAF_NULL_BASE;
}

uint32_t cpuid_view_features(unsigned word)
{
    return word < CPU_FEATURE_WORDS ? view.word[word] : 0;
}

bool guest_has(enum cpu_feature feature)
{
    return view.word[feature / 32] >> (feature % 32) & 1;
}

/* Who asks: what its domain is not to see, and its state as far as CPUID shows it. */
struct viewer {
    const uint32_t *hidden; /* by enum cpu_feature_word; NULL: nothing */
    uint64_t xcr0;
    bool has_osxsave;
};

static uint32_t word_for(const struct viewer *viewer, enum cpu_feature_word word)
{
    return viewer->hidden ? view.word[word] & ~viewer->hidden[word] : view.word[word];
}

static bool sees_xsave(const struct viewer *viewer)
{
    return word_for(viewer, CPUID_1_ECX) & B(CPU_FEATURE_XSAVE % 32);
}

static struct cpuid_result leaf_1(const struct viewer *viewer)
{
    struct cpuid_result r = cpuid(1, 0);

    r.ebx &= LEAF1_EBX_SHOWN;
    r.ecx = word_for(viewer, CPUID_1_ECX) & ~LEAF1_ECX_OSXSAVE;
    r.edx = word_for(viewer, CPUID_1_EDX);
    if (sees_xsave(viewer) && viewer->has_osxsave)
        r.ecx |= LEAF1_ECX_OSXSAVE;
    return r;
}

static struct cpuid_result leaf_7(const struct viewer *viewer, uint32_t subleaf)
{
    struct cpuid_result r = { 0, 0, 0, 0 };

    if (subleaf == 0) {
        r.eax = view.leaf71_eax ? 1 : 0;
        r.ebx = word_for(viewer, CPUID_7_EBX);
        r.ecx = word_for(viewer, CPUID_7_ECX);
        r.edx = word_for(viewer, CPUID_7_EDX);
    } else if (subleaf == 1) {
        r.eax = view.leaf71_eax;
    }
    return r;
}

/* Bytes that XSAVE (or, compacted, XSAVEC) writes for @xcr0. */
static uint32_t xsave_bytes(uint64_t xcr0, bool compacted)
{
    uint32_t end = XSAVE_HEADER_END;

    for (uint32_t component = 2; component < 63; component++) {
        struct cpuid_result r;
        uint32_t start;

        if (!(xcr0 & BIT(component)))
            continue;
        r = cpuid(0xd, component);
        start = compacted ? end : r.ebx;
        if (compacted && (r.ecx & 2))
            start = (uint32_t)align_up(start, 64);
        if (start + r.eax > end)
            end = start + r.eax;
    }
    return end;
}

static struct cpuid_result leaf_xsave(const struct viewer *viewer, uint32_t subleaf)
{
    uint64_t components = fpu_components();
    struct cpuid_result r = { 0, 0, 0, 0 };

    if (components == 0 || !sees_xsave(viewer))
        return r;
    if (subleaf == 0) {
        r.eax = (uint32_t)components;
        r.ebx = xsave_bytes(viewer->xcr0, false);
        r.ecx = xsave_bytes(components, false);
        r.edx = (uint32_t)(components >> 32);
    } else if (subleaf == 1) {
        r.eax = view.xsave_forms;
        r.ebx = xsave_bytes(viewer->xcr0, true);
    } else if (subleaf < 63 && (components & BIT(subleaf))) {
        r = cpuid(0xd, subleaf);
        r.ecx &= 2;
        r.edx = 0;
    }
    return r;
}

static struct cpuid_result basic_leaf(const struct viewer *viewer, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result none = { 0, 0, 0, 0 };
    struct cpuid_result r;

    switch (leaf) {
    case 0:
        r = cpuid(0, 0);
        r.eax = view.basic_max;
        return r;
    case 1:
        return leaf_1(viewer);
    case 2:
        return cpuid(2, 0);
    case 4:
        r = cpuid(4, subleaf);
        r.eax &= LEAF4_EAX_SHOWN;
        return r;
    case 7:
        return leaf_7(viewer, subleaf);
    case 0xd:
        return leaf_xsave(viewer, subleaf);
    default:
        return none;
    }
}

static struct cpuid_result extended_leaf(const struct viewer *viewer, uint32_t leaf)
{
    struct cpuid_result r = { 0, 0, 0, 0 };

    if (leaf == LEAF_NULL_BASE) {
        r.eax = view.null_base;
        return r;
    }
    if (leaf > LEAF_EXTENDED_MAX || leaf > cpu_features.max_extended_leaf)
        return r;
    r = cpuid(leaf, 0);
    switch (leaf) {
    case LEAF_EXTENDED:
        r.eax = view.extended_max;
        break;
    case LEAF_EXTENDED + 1:
        r.ecx = word_for(viewer, CPUID_E1_ECX);
        r.edx = word_for(viewer, CPUID_E1_EDX);
        break;
    case LEAF_EXTENDED + 7:
        r = (struct cpuid_result){ 0, 0, 0, word_for(viewer, CPUID_E7_EDX) };
        break;
    case LEAF_EXTENDED + 8:
        r.ebx = word_for(viewer, CPUID_E8_EBX);
        r.ecx = 0; /* number of cores */
        r.edx = 0;
        break;
    default: /* brand string, caches */
        break;
    }
    return r;
}

#define TSC_IS_SAFE B(1)
#define TSC_HAS_AUX B(2)

static struct cpuid_result leaf_tsc(uint32_t subleaf)
{
    struct clock_scale scale = clock_tsc_scale();
    uint32_t khz = (uint32_t)(clock_tsc_hz() / 1000);
    struct cpuid_result r = { 0, 0, 0, 0 };
    uint64_t offset;

    switch (subleaf) {
    case 0:
        r.eax = (clock_is_stable() ? TSC_IS_SAFE : 0) |
                (guest_has(CPU_FEATURE_RDTSCP) ? TSC_HAS_AUX : 0);
        r.ecx = khz;
        break;
    case 1:
        offset = clock_tsc_at(0);
        r = (struct cpuid_result){ (uint32_t)offset, (uint32_t)(offset >> 32), scale.mul,
                                   (uint32_t)(int32_t)scale.shift };
        break;
    case 2:
        r.eax = khz;
        break;
    default:
        break;
    }
    return r;
}

/* Bits of the highest machine address; grant tables of version 1 end at 44. */
static uint32_t machine_address_bits(void)
{
    uint32_t bits = bit_highest(frame_count - 1) + 1 + PAGE_SHIFT;

    return bits < 32 ? 32 : bits > 44 ? 44 : bits;
}

#define VERSION_AS_XEN 0x00040011u /* 4.17 */
#define HYPERCALL_MSR  0x40000000u

static struct cpuid_result hypervisor_leaf(uint32_t index, uint32_t subleaf)
{
    struct cpuid_result none = { 0, 0, 0, 0 };

    switch (index) {
    case 0:
        return (struct cpuid_result){ XEN_CPUID_FIRST_LEAF + XEN_CPUID_MAX_NUM_LEAVES,
                                      XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX,
                                      XEN_CPUID_SIGNATURE_EDX };
    case 1:
        return (struct cpuid_result){ VERSION_AS_XEN, 0, 0, 0 };
    case 2:
        return (struct cpuid_result){ 1, HYPERCALL_MSR, XEN_CPUID_FEAT1_MMU_PT_UPDATE_PRESERVE_AD,
                                      0 };
    case 3:
        return leaf_tsc(subleaf);
    case 5:
        return subleaf ? none : (struct cpuid_result){ 0, machine_address_bits(), 0, 0 };
    default:
        return none;
    }
}

static struct cpuid_result view_leaf(const struct viewer *viewer, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result none = { 0, 0, 0, 0 };

    if (leaf <= view.basic_max)
        return basic_leaf(viewer, leaf, subleaf);
    if (leaf - XEN_CPUID_FIRST_LEAF <= XEN_CPUID_MAX_NUM_LEAVES)
        return hypervisor_leaf(leaf - XEN_CPUID_FIRST_LEAF, subleaf);
    if (leaf >= LEAF_EXTENDED && leaf <= view.extended_max)
        return extended_leaf(viewer, leaf);
    return none;
}

struct cpuid_result cpuid_view(const struct vcpu *v, uint32_t leaf, uint32_t subleaf,
                               bool is_forced)
{
    /* Linux believes in XSAVE only if it is already enabled when it first looks. */
    const struct viewer viewer = { .hidden = v->domain->hidden_features,
                                   .xcr0 = v->xcr0,
                                   .has_osxsave = is_forced || (v->cr4 & CR4_OSXSAVE) };

    return view_leaf(&viewer, leaf, subleaf);
}

struct cpuid_result cpuid_view_of_domain(const struct domain *d, uint32_t leaf, uint32_t subleaf)
{
    const struct viewer viewer = { .hidden = d ? d->hidden_features : NULL, .xcr0 = XCR0_X87 };

    return view_leaf(&viewer, leaf, subleaf);
}
