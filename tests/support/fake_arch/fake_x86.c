/* SPDX-License-Identifier: MIT */
#include "arch/x86.h"

struct fake_x86 fake_x86;
uint64_t (*fake_rdtsc)(void);
uint32_t (*fake_port_in)(uint16_t port, unsigned bytes);
void (*fake_port_out)(uint16_t port, unsigned bytes, uint32_t value);
bool (*fake_msr_read)(uint32_t msr, uint64_t *value);
bool (*fake_msr_write)(uint32_t msr, uint64_t value);
struct cpuid_result (*fake_cpuid)(uint32_t leaf, uint32_t subleaf);
bool (*fake_selector_ok)(uint16_t selector);
bool (*fake_fpu_image_ok)(const void *area);
void (*fake_interrupts_arrive)(void);
void (*fake_tlb_flushed)(uint32_t cpu);
bool (*fake_mmio_in)(const volatile void *address, uint32_t *value);
bool (*fake_mmio_out)(volatile void *address, uint32_t value);
