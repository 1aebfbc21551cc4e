/* SPDX-License-Identifier: MIT */
/*
 * The processor of a host test: registers are members of fake_x86, ports and MSRs are what the
 * test's hooks say. Instructions that only order or wait do nothing.
 */
#ifndef PARAPET_TESTS_FAKE_ARCH_X86_H
#define PARAPET_TESTS_FAKE_ARCH_X86_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "arch/this_cpu.h"
#include "arch/x86_bits.h"

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

struct fake_x86 {
    uint64_t cr0, cr2, cr3, cr4;
    uint64_t dr0, dr1, dr2, dr3, dr6, dr7;
    uint64_t xcr0;
    uint16_t ds, es, fs, gs, ss;
    uint64_t tsc; /* read, then advanced by 1 */
    uint64_t rflags;
    uint64_t cr3_writes; /* how often each was executed */
    uint64_t invlpgs;
    uint64_t interrupt_polls;
    bool smap_is_open; /* between STAC and CLAC */
};

extern struct fake_x86 fake_x86;

/* What a test may replace. Without a hook ports read all ones, MSRs do not exist, CPUID is 0. */
extern uint32_t (*fake_port_in)(uint16_t port, unsigned bytes);
extern void (*fake_port_out)(uint16_t port, unsigned bytes, uint32_t value);
extern bool (*fake_msr_read)(uint32_t msr, uint64_t *value);
extern bool (*fake_msr_write)(uint32_t msr, uint64_t value);
extern struct cpuid_result (*fake_cpuid)(uint32_t leaf, uint32_t subleaf);
extern bool (*fake_selector_ok)(uint16_t selector); /* load_ds_safe() and so on */
extern bool (*fake_fpu_image_ok)(const void *area); /* fxrstor_safe(), xrstor_safe() */
extern void (*fake_interrupts_arrive)(void);        /* in cpu_poll_interrupts() and idle */
/* This CPU has lost what translations it cached: CR3 was written, or somebody flushed it. */
extern void (*fake_tlb_flushed)(uint32_t cpu);
/* Registers in memory that are more than memory; false: this one is not. */
extern bool (*fake_mmio_in)(const volatile void *address, uint32_t *value);
extern bool (*fake_mmio_out)(volatile void *address, uint32_t value);

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    return fake_cpuid ? fake_cpuid(leaf, subleaf) : (struct cpuid_result){ 0 };
}

__attribute__((warn_unused_result)) static inline bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
    *value = 0;
    return fake_msr_read && fake_msr_read(msr, value);
}

__attribute__((warn_unused_result)) static inline bool wrmsr_safe(uint32_t msr, uint64_t value)
{
    return fake_msr_write && fake_msr_write(msr, value);
}

static inline uint64_t rdmsr(uint32_t msr)
{
    uint64_t value;

    return rdmsr_safe(msr, &value) ? value : 0;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    bool done = wrmsr_safe(msr, value);

    (void)done;
}

#define FAKE_REGISTER(name)                                                                        \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        return fake_x86.name;                                                                      \
    }                                                                                              \
    static inline void write_##name(uint64_t value)                                                \
    {                                                                                              \
        fake_x86.name = value;                                                                     \
    }

FAKE_REGISTER(cr0)
FAKE_REGISTER(cr2)
FAKE_REGISTER(cr4)
FAKE_REGISTER(dr0)
FAKE_REGISTER(dr1)
FAKE_REGISTER(dr2)
FAKE_REGISTER(dr3)
FAKE_REGISTER(dr6)
FAKE_REGISTER(dr7)
#undef FAKE_REGISTER

static inline uint64_t read_cr3(void)
{
    return fake_x86.cr3;
}

static inline void write_cr3(uint64_t value)
{
    fake_x86.cr3 = value;
    fake_x86.cr3_writes++;
    if (fake_tlb_flushed)
        fake_tlb_flushed(fake_cpu_id);
}

static inline void clts(void)
{
    fake_x86.cr0 &= ~CR0_TS;
}

static inline uint64_t xgetbv(uint32_t index)
{
    return index ? 0 : fake_x86.xcr0;
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
    if (index == 0)
        fake_x86.xcr0 = value;
}

static inline void invlpg(uint64_t address)
{
    (void)address;
    fake_x86.invlpgs++;
}

static inline void wbinvd(void)
{
}

static inline void clflush(const volatile void *address)
{
    (void)address;
}

#define FAKE_PORT(width, type)                                                                     \
    static inline type in##width(uint16_t port)                                                    \
    {                                                                                              \
        return (type)(fake_port_in ? fake_port_in(port, width / 8) : UINT32_MAX);                  \
    }                                                                                              \
    static inline void out##width(uint16_t port, type value)                                       \
    {                                                                                              \
        if (fake_port_out)                                                                         \
            fake_port_out(port, width / 8, value);                                                 \
    }

FAKE_PORT(8, uint8_t)
FAKE_PORT(16, uint16_t)
FAKE_PORT(32, uint32_t)
#undef FAKE_PORT

static inline uint32_t port_read(uint16_t port, unsigned bytes)
{
    return bytes == 1 ? in8(port) : bytes == 2 ? in16(port) : in32(port);
}

static inline void port_write(uint16_t port, unsigned bytes, uint32_t value)
{
    if (fake_port_out)
        fake_port_out(port, bytes, value);
}

static inline uint32_t mmio_read32(const volatile void *address)
{
    uint32_t value;

    if (fake_mmio_in && fake_mmio_in(address, &value))
        return value;
    return *(const volatile uint32_t *)address;
}

static inline void mmio_write32(volatile void *address, uint32_t value)
{
    if (!fake_mmio_out || !fake_mmio_out(address, value))
        *(volatile uint32_t *)address = value;
}

/* A test that has several TSCs answers itself. */
extern uint64_t (*fake_rdtsc)(void);

static inline void copy_words(void *to, const void *from, uint64_t words)
{
    __builtin_memcpy(to, from, words * 8);
}

static inline uint64_t rdtsc(void)
{
    return fake_rdtsc ? fake_rdtsc() : fake_x86.tsc++;
}

static inline void rdtsc_halves(uint32_t *low, uint32_t *high)
{
    uint64_t tsc = rdtsc();

    *low = (uint32_t)tsc;
    *high = (uint32_t)(tsc >> 32);
}

static inline uint64_t rdtsc_ordered(void)
{
    return rdtsc();
}

static inline uint64_t index_clamp(uint64_t index, uint64_t limit)
{
    return index < limit ? index : 0;
}

static inline uint64_t address_clamp_outside(uint64_t address, uint64_t start, uint8_t shift)
{
    return (address - start) >> shift ? address : 0;
}

static inline uint64_t index_wrap(uint64_t index, uint64_t entries)
{
    return index % entries;
}

#define FAKE_LOCKED_BIT(width)                                                                     \
    static inline bool locked_bit_set##width(volatile uint##width##_t *word, uint32_t bit)         \
    {                                                                                              \
        uint##width##_t mask = (uint##width##_t)1 << bit;                                          \
                                                                                                   \
        return __atomic_fetch_or(word, mask, __ATOMIC_SEQ_CST) & mask;                             \
    }                                                                                              \
    static inline bool locked_bit_clear##width(volatile uint##width##_t *word, uint32_t bit)       \
    {                                                                                              \
        uint##width##_t mask = (uint##width##_t)1 << bit;                                          \
                                                                                                   \
        return __atomic_fetch_and(word, (uint##width##_t) ~mask, __ATOMIC_SEQ_CST) & mask;         \
    }

FAKE_LOCKED_BIT(64)
FAKE_LOCKED_BIT(32)
#undef FAKE_LOCKED_BIT

/* Where threads stand for CPUs and outnumber the cores, the one waited for gets its turn. */
static inline void cpu_relax(void)
{
    sched_yield();
}

static inline void cpu_poll_interrupts(void)
{
    fake_x86.interrupt_polls++;
    if (fake_interrupts_arrive)
        fake_interrupts_arrive();
}

static inline void cpu_wait_for_interrupt(void)
{
    cpu_poll_interrupts();
}

static inline void cpu_disable_interrupts(void)
{
}

/* A CPU of a test that halts has failed the test. */
__attribute__((noreturn)) static inline void cpu_halt_forever(void)
{
    abort();
}

static inline uint64_t read_rflags(void)
{
    return fake_x86.rflags;
}

static inline void stac(void)
{
    fake_x86.smap_is_open = true;
}

static inline void clac(void)
{
    fake_x86.smap_is_open = false;
}

static inline void lgdt(const struct descriptor_pointer *table)
{
    (void)table;
}

static inline void lidt(const struct descriptor_pointer *table)
{
    (void)table;
}

static inline void lldt(uint16_t selector)
{
    (void)selector;
}

static inline void ltr(uint16_t selector)
{
    (void)selector;
}

static inline void load_cs(uint16_t selector)
{
    (void)selector;
}

#define FAKE_SEGMENT(name)                                                                         \
    static inline uint16_t read_##name(void)                                                       \
    {                                                                                              \
        return fake_x86.name;                                                                      \
    }                                                                                              \
    static inline void load_##name(uint16_t selector)                                              \
    {                                                                                              \
        fake_x86.name = selector;                                                                  \
    }                                                                                              \
    __attribute__((warn_unused_result)) static inline bool load_##name##_safe(uint16_t selector)   \
    {                                                                                              \
        bool ok = !fake_selector_ok || fake_selector_ok(selector);                                 \
                                                                                                   \
        load_##name(ok ? selector : 0);                                                            \
        return ok;                                                                                 \
    }

FAKE_SEGMENT(ds)
FAKE_SEGMENT(es)
FAKE_SEGMENT(fs)
FAKE_SEGMENT(gs)
#undef FAKE_SEGMENT

static inline void load_ss(uint16_t selector)
{
    fake_x86.ss = selector;
}

static inline void swapgs(void)
{
}

static inline void fxsave(void *area)
{
    (void)area;
}

static inline void xsave(void *area, uint64_t components)
{
    (void)area, (void)components;
}

__attribute__((warn_unused_result)) static inline bool fxrstor_safe(const void *area)
{
    return !fake_fpu_image_ok || fake_fpu_image_ok(area);
}

__attribute__((warn_unused_result)) static inline bool xrstor_safe(const void *area,
                                                                   uint64_t components)
{
    (void)components;
    return fxrstor_safe(area);
}

static inline void fninit(void)
{
}

__attribute__((noreturn)) static inline void cpu_triple_fault(void)
{
    abort();
}

static inline void x87_clear_pointers(void)
{
}

#endif
