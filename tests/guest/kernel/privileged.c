/* SPDX-License-Identifier: MIT */
#include "privileged.h"

#define LEAF_1_ECX_XSAVE BIT(26)

struct cpuid_words cpuid_forced(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_words w = { .eax = leaf, .ecx = subleaf };

    __asm__ volatile(XEN_CPUID : "+a"(w.eax), "=b"(w.ebx), "+c"(w.ecx), "=d"(w.edx));
    return w;
}

struct cpuid_words cpuid_native(uint32_t leaf, uint32_t subleaf)
{
    struct cpuid_words w = { .eax = leaf, .ecx = subleaf };

    __asm__ volatile("cpuid" : "+a"(w.eax), "=b"(w.ebx), "+c"(w.ecx), "=d"(w.edx));
    return w;
}

bool cpu_has_xsave(void)
{
    return cpuid_forced(1, 0).ecx & LEAF_1_ECX_XSAVE;
}

/* ---- one argument for all ---- */

struct access {
    uint32_t number;
    unsigned bytes;
    uint64_t value;
};

static struct try_result try_access(void (*function)(void *), uint32_t number, uint64_t value,
                                    uint64_t *out)
{
    struct access access = { .number = number, .value = value };
    struct try_result result = try(function, &access);

    if (!result.trapped && out)
        *out = access.value;
    return result;
}

/* ---- MSRs ---- */

static void do_rdmsr(void *argument)
{
    struct access *access = argument;
    uint64_t low = ~0UL, high = ~0UL;

    __asm__ volatile("rdmsr" : "+a"(low), "+d"(high) : "c"(access->number));
    access->value = high << 32 | low;
    if ((low | high) >> 32)
        failure("RDMSR %#x leaves bits in the upper halves", access->number);
}

static void do_wrmsr(void *argument)
{
    struct access *access = argument;

    __asm__ volatile("wrmsr"
                     :
                     : "a"((uint32_t)access->value), "d"(access->value >> 32), "c"(access->number)
                     : "memory");
}

struct try_result try_rdmsr(uint32_t msr, uint64_t *value)
{
    return try_access(do_rdmsr, msr, 0, value);
}

struct try_result try_wrmsr(uint32_t msr, uint64_t value)
{
    return try_access(do_wrmsr, msr, value, NULL);
}

uint64_t msr_get(uint32_t msr)
{
    uint64_t value = 0;

    if (try_rdmsr(msr, &value).trapped)
        error("MSR %#x cannot be read", msr);
    return value;
}

/* ---- control registers ---- */

/* CR1 does not exist, so its number does not assemble: 0f 20 /1 with RAX. */
#define CR1_READ  ".byte 0x0f, 0x20, 0xc8"
#define CR1_WRITE ".byte 0x0f, 0x22, 0xc8"

static void do_read_cr(void *argument)
{
    struct access *access = argument;
    register uint64_t value __asm__("rax") = 0;

    switch (access->number) {
    case 0:
        __asm__ volatile("mov %%cr0, %0" : "+r"(value));
        break;
    case 1:
        __asm__ volatile(CR1_READ : "+r"(value));
        break;
    case 2:
        __asm__ volatile("mov %%cr2, %0" : "+r"(value));
        break;
    case 3:
        __asm__ volatile("mov %%cr3, %0" : "+r"(value));
        break;
    case 4:
        __asm__ volatile("mov %%cr4, %0" : "+r"(value));
        break;
    default:
        __asm__ volatile("mov %%cr8, %0" : "+r"(value));
        break;
    }
    access->value = value;
}

static void do_write_cr(void *argument)
{
    struct access *access = argument;
    register uint64_t value __asm__("rax") = access->value;

    switch (access->number) {
    case 0:
        __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
        break;
    case 1:
        __asm__ volatile(CR1_WRITE : : "r"(value) : "memory");
        break;
    case 2:
        __asm__ volatile("mov %0, %%cr2" : : "r"(value) : "memory");
        break;
    case 3:
        __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
        break;
    case 4:
        __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
        break;
    default:
        __asm__ volatile("mov %0, %%cr8" : : "r"(value) : "memory");
        break;
    }
}

struct try_result try_read_cr(unsigned number, uint64_t *value)
{
    return try_access(do_read_cr, number, 0, value);
}

struct try_result try_write_cr(unsigned number, uint64_t value)
{
    return try_access(do_write_cr, number, value, NULL);
}

/* ---- ports ---- */

static void do_in(void *argument)
{
    struct access *access = argument;

    switch (access->bytes) {
    case 1:
        __asm__ volatile("inb %w1, %b0" : "+a"(access->value) : "d"(access->number));
        break;
    case 2:
        __asm__ volatile("inw %w1, %w0" : "+a"(access->value) : "d"(access->number));
        break;
    default:
        __asm__ volatile("inl %w1, %k0" : "+a"(access->value) : "d"(access->number));
        break;
    }
}

static void do_out(void *argument)
{
    struct access *access = argument;

    switch (access->bytes) {
    case 1:
        __asm__ volatile("outb %b0, %w1" : : "a"(access->value), "d"(access->number));
        break;
    case 2:
        __asm__ volatile("outw %w0, %w1" : : "a"(access->value), "d"(access->number));
        break;
    default:
        __asm__ volatile("outl %k0, %w1" : : "a"(access->value), "d"(access->number));
        break;
    }
}

struct try_result try_in(uint16_t port, unsigned bytes, uint64_t *rax)
{
    struct access access = { .number = port, .bytes = bytes, .value = *rax };
    struct try_result result = try(do_in, &access);

    *rax = access.value;
    return result;
}

struct try_result try_out(uint16_t port, unsigned bytes, uint64_t rax)
{
    struct access access = { .number = port, .bytes = bytes, .value = rax };

    return try(do_out, &access);
}

uint32_t port_get(uint16_t port, unsigned bytes)
{
    uint64_t rax = 0;

    if (try_in(port, bytes, &rax).trapped)
        error("port %#x cannot be read", port);
    return (uint32_t)rax;
}

void port_put(uint16_t port, unsigned bytes, uint32_t value)
{
    if (try_out(port, bytes, value).trapped)
        error("port %#x cannot be written", port);
}

long iopl_set(uint32_t level)
{
    struct physdev_set_iopl op = { .iopl = level };

    return hypercall(physdev_op, PHYSDEVOP_set_iopl, &op);
}

/* ---- code ---- */

static void call_code(void *code)
{
    __asm__ volatile("push %%rbx\n"
                     "call *%[code]\n"
                     "pop %%rbx\n"
                     :
                     : [code] "r"(code)
                     : "rax", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "cc", "memory");
}

struct try_result try_bytes(const void *code, size_t bytes)
{
    static uint8_t page[4096] PAGE_ALIGNED;

    require(bytes < sizeof(page), "code fits a page");
    memcpy(page, code, bytes);
    page[bytes] = 0xc3; /* RET */
    return try(call_code, page);
}
