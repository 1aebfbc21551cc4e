/* SPDX-License-Identifier: MIT */
/*
 * Hypercalls of test guests: hypercall(name, arguments ...), by SYSCALL where it stands. The names
 * and numbers are the contract's; a test may also make calls that do not exist.
 */
#ifndef PARAPET_TESTS_GUEST_HYPERCALL_H
#define PARAPET_TESTS_GUEST_HYPERCALL_H

#include <stdint.h>

#include "hypercall-abi/callback.h"
#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/grant_table.h"
#include "hypercall-abi/memory.h"
#include "hypercall-abi/nmi.h"
#include "hypercall-abi/physdev.h"
#include "hypercall-abi/platform.h"
#include "hypercall-abi/sched.h"
#include "hypercall-abi/vcpu.h"
#include "hypercall-abi/version.h"
#include "hypercall-abi/xen.h"

/* Not linked into kernels without the library. */
__attribute__((weak)) void hypercall_note(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                                          long result);

static inline long hypercall_raw(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                                 uint64_t a4, uint64_t a5)
{
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;
    long result;

    __asm__ volatile("syscall"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     : "0"(number)
                     : "rcx", "r11", "memory");
    return result;
}

static inline long hypercall_number(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3,
                                    uint64_t a4, uint64_t a5)
{
    long result = hypercall_raw(number, a1, a2, a3, a4, a5);

    if (hypercall_note)
        hypercall_note(number, a1, a2, a3, result);
    return result;
}

#define HYPERCALL_5(number, a, b, c, d, e, ...)                                                    \
    hypercall_number(number, (uint64_t)(a), (uint64_t)(b), (uint64_t)(c), (uint64_t)(d),           \
                     (uint64_t)(e))

/* hypercall(mmu_update, updates, 1, NULL, DOMID_SELF): missing arguments are zero. */
#define hypercall(name, ...) HYPERCALL_5(__HYPERVISOR_##name, __VA_ARGS__, 0, 0, 0, 0, 0)

#endif
