/* SPDX-License-Identifier: MIT */
/* Privileged instructions for test guests, each as something that may be refused. */
#ifndef PARAPET_TESTS_GUEST_PRIVILEGED_H
#define PARAPET_TESTS_GUEST_PRIVILEGED_H

#include "guest.h"
#include "hypercall-abi/cpuid.h"

struct cpuid_words {
    uint32_t eax, ebx, ecx, edx;
};

/* With the prefix that asks the hypervisor, and as user mode sees it. */
struct cpuid_words cpuid_forced(uint32_t leaf, uint32_t subleaf);
struct cpuid_words cpuid_native(uint32_t leaf, uint32_t subleaf);
/* A bit of leaf 1 or 7, by the forced CPUID. */
bool cpu_has_xsave(void);

struct try_result try_rdmsr(uint32_t msr, uint64_t *value);
struct try_result try_wrmsr(uint32_t msr, uint64_t value);
uint64_t msr_get(uint32_t msr); /* must succeed */

struct try_result try_read_cr(unsigned number, uint64_t *value);
struct try_result try_write_cr(unsigned number, uint64_t value);

/* IN and OUT of 1, 2 or 4 bytes, by DX. *@value is all of RAX, before and after. */
struct try_result try_in(uint16_t port, unsigned bytes, uint64_t *rax);
struct try_result try_out(uint16_t port, unsigned bytes, uint64_t rax);
uint32_t port_get(uint16_t port, unsigned bytes); /* must succeed */
void port_put(uint16_t port, unsigned bytes, uint32_t value);

long iopl_set(uint32_t level);

/* Runs a few bytes of code that end in RET, or in an exception. */
struct try_result try_bytes(const void *code, size_t bytes);

#endif
