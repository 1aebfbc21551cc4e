/* SPDX-License-Identifier: MIT */
/*
 * One stub for each hypercall, made from the table: number in RAX, arguments in RDI, RSI, RDX,
 * R10, result in RAX. SYSCALL itself destroys RCX and R11.
 */
#ifndef PVGUEST_PV_HYPERCALL_H
#define PVGUEST_PV_HYPERCALL_H

#include <stdint.h>

static inline int64_t hypercall(uint64_t number, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    register uint64_t fourth __asm__("r10") = d;
    int64_t result;

    __asm__ volatile("syscall"
                     : "=a"(result)
                     : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth)
                     : "rcx", "r11", "memory");
    return result;
}

#define STUB_0(number, name)                                                                       \
    static inline int64_t hypercall_##name(void)                                                   \
    {                                                                                              \
        return hypercall(number, 0, 0, 0, 0);                                                      \
    }
#define STUB_1(number, name)                                                                       \
    static inline int64_t hypercall_##name(uint64_t a)                                             \
    {                                                                                              \
        return hypercall(number, a, 0, 0, 0);                                                      \
    }
#define STUB_2(number, name)                                                                       \
    static inline int64_t hypercall_##name(uint64_t a, uint64_t b)                                 \
    {                                                                                              \
        return hypercall(number, a, b, 0, 0);                                                      \
    }
#define STUB_3(number, name)                                                                       \
    static inline int64_t hypercall_##name(uint64_t a, uint64_t b, uint64_t c)                     \
    {                                                                                              \
        return hypercall(number, a, b, c, 0);                                                      \
    }
#define STUB_4(number, name)                                                                       \
    static inline int64_t hypercall_##name(uint64_t a, uint64_t b, uint64_t c, uint64_t d)         \
    {                                                                                              \
        return hypercall(number, a, b, c, d);                                                      \
    }

#define HYPERCALL(number, name, argument_count, flow, summary) STUB_##argument_count(number, name)
#include "hypercall-abi/tables/hypercalls.def"
#undef HYPERCALL

#endif
