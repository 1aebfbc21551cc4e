/* SPDX-License-Identifier: MIT */
/*
 * All inline assembly of the hypervisor, one instruction or a short idiom each.
 *
 * Host tests replace this file by tests/support/fake_arch/arch/x86.h. A "memory" clobber
 * stands where the instruction orders or changes what the compiler may have cached.
 */
#ifndef PARAPET_ARCH_X86_H
#define PARAPET_ARCH_X86_H

#include <stdbool.h>
#include <stdint.h>

#include "arch/fixup.h"
#include "arch/x86_bits.h"

struct cpuid_result {
    uint32_t eax, ebx, ecx, edx;
};

static inline struct cpuid_result cpuid(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_result r;

    __asm__ volatile("cpuid"
                     : "=a"(r.eax), "=b"(r.ebx), "=c"(r.ecx), "=d"(r.edx)
                     : "a"(leaf), "c"(subleaf));
    return r;
}

/* Model-specific registers. The plain forms must not fault. */

static inline uint64_t rdmsr(uint32_t msr)
{
    uint32_t low, high;

    __asm__ volatile("rdmsr" : "=a"(low), "=d"(high) : "c"(msr));
    return (uint64_t)high << 32 | low;
}

static inline void wrmsr(uint32_t msr, uint64_t value)
{
    __asm__ volatile("wrmsr"
                     :
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* False if the CPU refuses; then *value is 0. */
__attribute__((warn_unused_result)) static inline bool rdmsr_safe(uint32_t msr, uint64_t *value)
{
    uint32_t low = 0, high = 0, ok = 0;

    __asm__ volatile("1: rdmsr\n"
                     "movl $1, %[ok]\n"
                     "2:\n" FIXUP_ASM("1b", "2b")
                     : [ok] "+r"(ok), "+a"(low), "+d"(high)
                     : "c"(msr));
    *value = (uint64_t)high << 32 | low;
    return ok;
}

__attribute__((warn_unused_result)) static inline bool wrmsr_safe(uint32_t msr, uint64_t value)
{
    uint32_t ok = 0;

    __asm__ volatile("1: wrmsr\n"
                     "movl $1, %[ok]\n"
                     "2:\n" FIXUP_ASM("1b", "2b")
                     : [ok] "+r"(ok)
                     : "c"(msr), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
    return ok;
}

/* Control and debug registers. */

#define X86_REGISTER_ACCESSORS(name)                                                               \
    static inline uint64_t read_##name(void)                                                       \
    {                                                                                              \
        uint64_t value;                                                                            \
                                                                                                   \
        __asm__ volatile("mov %%" #name ", %0" : "=r"(value)::"memory");                           \
        return value;                                                                              \
    }                                                                                              \
                                                                                                   \
    static inline void write_##name(uint64_t value)                                                \
    {                                                                                              \
        __asm__ volatile("mov %0, %%" #name : : "r"(value) : "memory");                            \
    }

X86_REGISTER_ACCESSORS(cr0)
X86_REGISTER_ACCESSORS(cr2)
X86_REGISTER_ACCESSORS(cr3)
X86_REGISTER_ACCESSORS(cr4)
X86_REGISTER_ACCESSORS(dr0)
X86_REGISTER_ACCESSORS(dr1)
X86_REGISTER_ACCESSORS(dr2)
X86_REGISTER_ACCESSORS(dr3)
X86_REGISTER_ACCESSORS(dr6)
X86_REGISTER_ACCESSORS(dr7)
#undef X86_REGISTER_ACCESSORS

static inline void clts(void)
{
    __asm__ volatile("clts" : : : "memory");
}

static inline uint64_t xgetbv(uint32_t index)
{
    uint32_t low, high;

    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(index));
    return (uint64_t)high << 32 | low;
}

static inline void xsetbv(uint32_t index, uint64_t value)
{
    __asm__ volatile("xsetbv"
                     :
                     : "c"(index), "a"((uint32_t)value), "d"((uint32_t)(value >> 32))
                     : "memory");
}

/* TLB and caches. */

static inline void invlpg(uint64_t address)
{
    __asm__ volatile("invlpg (%0)" : : "r"(address) : "memory");
}

static inline void wbinvd(void)
{
    __asm__ volatile("wbinvd" : : : "memory");
}

static inline void clflush(const volatile void *address)
{
    __asm__ volatile("clflush (%0)" : : "r"(address) : "memory");
}

/* Ports. */

#define X86_PORT_ACCESSORS(width, suffix)                                                          \
    static inline uint##width##_t in##width(uint16_t port)                                         \
    {                                                                                              \
        uint##width##_t value;                                                                     \
                                                                                                   \
        __asm__ volatile("in" suffix " %1, %0" : "=a"(value) : "Nd"(port) : "memory");             \
        return value;                                                                              \
    }                                                                                              \
                                                                                                   \
    static inline void out##width(uint16_t port, uint##width##_t value)                            \
    {                                                                                              \
        __asm__ volatile("out" suffix " %0, %1" : : "a"(value), "Nd"(port) : "memory");            \
    }

X86_PORT_ACCESSORS(8, "b")
X86_PORT_ACCESSORS(16, "w")
X86_PORT_ACCESSORS(32, "l")
#undef X86_PORT_ACCESSORS

/* With the width as a number of bytes: 1, 2 or 4. */
static inline uint32_t port_read(uint16_t port, unsigned bytes)
{
    return bytes == 1 ? in8(port) : bytes == 2 ? in16(port) : in32(port);
}

static inline void port_write(uint16_t port, unsigned bytes, uint32_t value)
{
    if (bytes == 1)
        out8(port, (uint8_t)value);
    else if (bytes == 2)
        out16(port, (uint16_t)value);
    else
        out32(port, value);
}

/* Device registers in memory: one access of exactly this width, in program order. */

static inline uint32_t mmio_read32(const volatile void *address)
{
    uint32_t value;

    __asm__ volatile("movl %1, %0"
                     : "=r"(value)
                     : "m"(*(const volatile uint32_t *)address)
                     : "memory");
    return value;
}

static inline void mmio_write32(volatile void *address, uint32_t value)
{
    __asm__ volatile("movl %1, %0" : "=m"(*(volatile uint32_t *)address) : "r"(value) : "memory");
}

/* Copies words of 8 bytes upward; for long runs, which every processor does fast. */
static inline void copy_words(void *to, const void *from, uint64_t words)
{
    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
}

/* Time. */

static inline void rdtsc_halves(uint32_t *low, uint32_t *high)
{
    __asm__ volatile("rdtsc" : "=a"(*low), "=d"(*high));
}

static inline uint64_t rdtsc(void)
{
    uint32_t low, high;

    rdtsc_halves(&low, &high);
    return (uint64_t)high << 32 | low;
}

/* Not before earlier loads, not after later ones (LFENCE waits for what is before it). */
static inline uint64_t rdtsc_ordered(void)
{
    uint32_t low, high;

    __asm__ volatile("lfence; rdtsc; lfence" : "=a"(low), "=d"(high) : : "memory");
    return (uint64_t)high << 32 | low;
}

/*
 * @index where it is below @limit, else 0, without a branch: behind a bounds check of a guest's
 * number, so that a CPU that speculates past the check reads nothing outside the array.
 */
static inline uint64_t index_clamp(uint64_t index, uint64_t limit)
{
    uint64_t mask;

    __asm__("cmpq %[limit], %[index]\n"
            "sbbq %[mask], %[mask]"
            : [mask] "=r"(mask)
            : [index] "r"(index), [limit] "re"(limit)
            : "cc");
    return index & mask;
}

/* @address, or 0 where it is within the 2^@shift bytes from @start on, without a branch: the same for
 * the check that an address of a guest's is none of ours. */
static inline uint64_t address_clamp_outside(uint64_t address, uint64_t start, uint8_t shift)
{
    uint64_t offset = address - start, mask;

    __asm__("shrq %[shift], %[offset]\n"
            "cmpq $1, %[offset]\n"
            "sbbq %[mask], %[mask]"
            : [mask] "=r"(mask), [offset] "+&r"(offset)
            : [shift] "i"(shift)
            : "cc");
    return address & ~mask;
}

/*
 * One bit of memory shared with a guest, by one locked instruction: no loop that the guest could
 * keep going. What the bit was before; @bit is below the word's width. A full barrier.
 */
#define X86_LOCKED_BIT(name, instruction, width, suffix)                                           \
    static inline bool locked_bit_##name##width(volatile uint##width##_t *word, uint32_t bit)      \
    {                                                                                              \
        bool before;                                                                               \
                                                                                                   \
        __asm__ volatile("lock " instruction suffix " %[bit], %[word]"                             \
                         : "=@ccc"(before), [word] "+m"(*word)                                     \
                         : [bit] "Ir"((uint##width##_t)bit)                                        \
                         : "memory");                                                              \
        return before;                                                                             \
    }

X86_LOCKED_BIT(set, "bts", 64, "q")
X86_LOCKED_BIT(clear, "btr", 64, "q")
X86_LOCKED_BIT(set, "bts", 32, "l")
X86_LOCKED_BIT(clear, "btr", 32, "l")
#undef X86_LOCKED_BIT

/* The same for a table of a power of two of entries, in one instruction, as index % @entries. The
 * compiler, which knows that the check was passed, would leave an ordinary one out. */
static inline uint64_t index_wrap(uint64_t index, uint64_t entries)
{
    __asm__("andq %[mask], %[index]" : [index] "+r"(index) : [mask] "re"(entries - 1) : "cc");
    return index;
}

/* Interrupts. The hypervisor runs with them off, but for the two idioms below. */

static inline void cpu_relax(void)
{
    __asm__ volatile("pause" : : : "memory");
}

/* Takes what is pending and is off again; no lock held. */
static inline void cpu_poll_interrupts(void)
{
    __asm__ volatile("sti; nop; cli" : : : "memory");
}

/* Sleeps until an interrupt, without a gap between the check of the caller and the sleep. */
static inline void cpu_wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

static inline void cpu_disable_interrupts(void)
{
    __asm__ volatile("cli" : : : "memory");
}

/* For ever: only an NMI wakes it, and it sleeps on. */
__attribute__((noreturn)) static inline void cpu_halt_forever(void)
{
    for (;;)
        __asm__ volatile("cli; hlt" : : : "memory");
}

/* INT n; @vector is a constant. */
#define cpu_software_interrupt(vector) __asm__ volatile("int %0" : : "i"(vector) : "memory")

/* Leaves the present stack for good. */
__attribute__((noreturn)) static inline void cpu_switch_stack(uint64_t top, void (*function)(void))
{
    __asm__ volatile("movq %0, %%rsp\n"
                     "xorl %%ebp, %%ebp\n"
                     "call *%1\n"
                     "ud2"
                     :
                     : "r"(top), "r"(function)
                     : "memory");
    __builtin_unreachable();
}

static inline uint64_t read_rflags(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0" : "=r"(flags) : : "memory");
    return flags;
}

/* Accesses to user pages under SMAP. */

static inline void stac(void)
{
    __asm__ volatile("stac" : : : "memory", "cc");
}

static inline void clac(void)
{
    __asm__ volatile("clac" : : : "memory", "cc");
}

/* Descriptor tables and segments. */

struct descriptor_pointer {
    uint16_t limit;
    uint64_t base;
} __attribute__((packed));

static inline void lgdt(const struct descriptor_pointer *table)
{
    __asm__ volatile("lgdt %0" : : "m"(*table) : "memory");
}

static inline void lidt(const struct descriptor_pointer *table)
{
    __asm__ volatile("lidt %0" : : "m"(*table) : "memory");
}

static inline void sidt(struct descriptor_pointer *table)
{
    __asm__ volatile("sidt %0" : "=m"(*table));
}

static inline void lldt(uint16_t selector)
{
    __asm__ volatile("lldt %0" : : "r"(selector) : "memory");
}

static inline void ltr(uint16_t selector)
{
    __asm__ volatile("ltr %0" : : "r"(selector) : "memory");
}

static inline void load_cs(uint16_t selector)
{
    __asm__ volatile("pushq %0\n"
                     "leaq 1f(%%rip), %%rax\n"
                     "pushq %%rax\n"
                     "lretq\n"
                     "1:"
                     :
                     : "r"((uint64_t)selector)
                     : "rax", "memory");
}

#define X86_SEGMENT_ACCESSORS(name)                                                                \
    static inline uint16_t read_##name(void)                                                       \
    {                                                                                              \
        uint16_t selector;                                                                         \
                                                                                                   \
        __asm__ volatile("movw %%" #name ", %0" : "=r"(selector));                                 \
        return selector;                                                                           \
    }                                                                                              \
                                                                                                   \
    static inline void load_##name(uint16_t selector)                                              \
    {                                                                                              \
        __asm__ volatile("movw %0, %%" #name : : "r"(selector) : "memory");                        \
    }                                                                                              \
                                                                                                   \
    /* For a guest's selector: false, and the null selector loaded, if the CPU refuses it. */      \
    __attribute__((warn_unused_result)) static inline bool load_##name##_safe(uint16_t selector)   \
    {                                                                                              \
        uint32_t ok = 0;                                                                           \
                                                                                                   \
        __asm__ volatile("1: movw %w[selector], %%" #name "\n"                                     \
                         "movl $1, %[ok]\n"                                                        \
                         "2:\n" FIXUP_ASM("1b", "2b")                                              \
                         : [ok] "+&r"(ok)                                                          \
                         : [selector] "r"((uint32_t)selector)                                      \
                         : "memory");                                                              \
        if (!ok)                                                                                   \
            load_##name(0);                                                                        \
        return ok;                                                                                 \
    }

X86_SEGMENT_ACCESSORS(ds)
X86_SEGMENT_ACCESSORS(es)
X86_SEGMENT_ACCESSORS(fs)
X86_SEGMENT_ACCESSORS(gs)
#undef X86_SEGMENT_ACCESSORS

static inline void load_ss(uint16_t selector)
{
    __asm__ volatile("movw %0, %%ss" : : "r"(selector) : "memory");
}

static inline void swapgs(void)
{
    __asm__ volatile("swapgs" : : : "memory");
}

/* Floating point state; the hypervisor only saves and loads it for guests (arch/fpu.h). */

static inline void fxsave(void *area)
{
    __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

static inline void xsave(void *area, uint64_t components)
{
    __asm__ volatile("xsave64 (%0)"
                     :
                     : "r"(area), "a"((uint32_t)components), "d"((uint32_t)(components >> 32))
                     : "memory");
}

/* False if the CPU refuses the contents (#GP); the registers are then what they were. */
__attribute__((warn_unused_result)) static inline bool fxrstor_safe(const void *area)
{
    uint32_t ok = 0;

    __asm__ volatile("1: fxrstor64 (%[area])\n"
                     "movl $1, %[ok]\n"
                     "2:\n" FIXUP_ASM("1b", "2b")
                     : [ok] "+&r"(ok)
                     : [area] "r"(area)
                     : "memory");
    return ok;
}

__attribute__((warn_unused_result)) static inline bool xrstor_safe(const void *area,
                                                                   uint64_t components)
{
    uint32_t ok = 0;

    __asm__ volatile("1: xrstor64 (%[area])\n"
                     "movl $1, %[ok]\n"
                     "2:\n" FIXUP_ASM("1b", "2b")
                     : [ok] "+&r"(ok)
                     : [area] "r"(area), "a"((uint32_t)components),
                       "d"((uint32_t)(components >> 32))
                     : "memory");
    return ok;
}

static inline void fninit(void)
{
    __asm__ volatile("fninit" : : : "memory");
}

/* No IDT and an exception: the CPU shuts down, and the chipset resets it. */
__attribute__((noreturn)) static inline void cpu_triple_fault(void)
{
    const struct descriptor_pointer nothing = { 0, 0 };

    lidt(&nothing);
    for (;;)
        __asm__ volatile("int3" : : : "memory");
}

/* Loads something harmless, so that the last x87 instruction and operand pointers are ours
 * (AMD: FXRSTOR leaves the pointers alone while no exception is pending). */
static inline void x87_clear_pointers(void)
{
    static const uint32_t zero = 0;

    __asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero) : "memory");
}

#endif
