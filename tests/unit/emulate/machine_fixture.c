/* SPDX-License-Identifier: MIT */
#include "machine_fixture.h"

#include <stdlib.h>
#include <string.h>

#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "arch/descriptors.h"
#include "arch/fpu.h"
#include "arch/machine.h"
#include "arch/msr.h"
#include "console/uart.h"
#include "emulate/cpuid_view.h"
#include "event/pci_device.h"
#include "mm/frame.h"
#include "mm/heap.h"
#include "mm/m2p.h"
#include "pvmmu/pvmmu.h"

struct fake_msrs fake_msrs;
struct fake_mmu fake_mmu;
struct fake_ports fake_ports;
struct acpi_info machine_acpi;
struct uart_settings uart_com1;
uint64_t frame_count;

/* Leaves of a processor that has everything: each feature word is all ones. */
static const struct fake_leaf all_leaves[] = {
    { 0, 0, { 0x16, 0x68747541, 0x444d4163, 0x69746e65 } },
    { 1, 0, { 0x663, 0x05040800, ~0u, ~0u } },
    { 2, 0, { 0x00feff01, 0xf0, 0, 0 } },
    { 4, 0, { 0xfc03c121, 0x01c0003f, 0x3f, 0 } },
    { 5, 0, { 0x40, 0x40, 3, 0x1120 } },
    { 6, 0, { 0x77, 2, 9, 0 } },
    { 7, 0, { 1, ~0u, ~0u, ~0u } },
    { 7, 1, { ~0u, ~0u, ~0u, ~0u } },
    { 0xa, 0, { 0x07300404, 0, 0, 0x603 } },
    { 0xb, 0, { 1, 2, 0x100, 5 } },
    { 0xd, 0, { 0xe7, 2696, 2696, 0 } },
    { 0xd, 1, { 0x1f, 2696, 0x100, 0 } },
    { 0xd, 2, { 256, 576, 0, 0 } },
    { 0xd, 5, { 64, 1088, 0, 0 } },
    { 0xd, 6, { 512, 1152, 0, 0 } },
    { 0xd, 7, { 1024, 1664, 0, 0 } },
    { 0x14, 0, { 1, 2, 3, 4 } },
    { 0x80000000, 0, { 0x80000021, 0x68747541, 0x444d4163, 0x69746e65 } },
    { 0x80000001, 0, { 0x663, 0, ~0u, ~0u } },
    { 0x80000002, 0, { 0x554d4551, 0, 0, 0 } },
    { 0x80000006, 0, { 0, 0x42004200, 0x02008140, 0x00808140 } },
    { 0x80000007, 0, { ~0u, ~0u, ~0u, ~0u } },
    { 0x80000008, 0, { 0x3028, ~0u, 0x7007, ~0u } },
    { 0x80000021, 0, { ~0u, 0, 0, 0 } },
};
#define LEAF_COUNT (sizeof(all_leaves) / sizeof(all_leaves[0]))
static struct fake_leaf leaves[LEAF_COUNT];

struct fake_leaf *machine_leaf(uint32_t leaf, uint32_t subleaf)
{
    for (unsigned i = 0; i < LEAF_COUNT; i++) {
        if (leaves[i].leaf == leaf && leaves[i].subleaf == subleaf)
            return &leaves[i];
    }
    return NULL;
}

static struct cpuid_result answer_cpuid(uint32_t leaf, uint32_t subleaf)
{
    const struct fake_leaf *found = machine_leaf(leaf, subleaf);

    return found ? found->result : (struct cpuid_result){ 0, 0, 0, 0 };
}

static uint64_t *msr_of(uint32_t msr)
{
    switch (msr) {
    case MSR_FS_BASE:
        return &fake_msrs.fs_base;
    case MSR_GS_BASE:
        return &fake_msrs.gs_base;
    case MSR_KERNEL_GS_BASE:
        return &fake_msrs.kernel_gs_base;
    case MSR_TSC_AUX:
        return &fake_msrs.tsc_aux;
    case MSR_EFER:
        return &fake_msrs.efer;
    case MSR_MISC_ENABLE:
        return &fake_msrs.misc_enable;
    default:
        return NULL;
    }
}

static bool read_msr(uint32_t msr, uint64_t *value)
{
    uint64_t *found = msr_of(msr);

    if (found)
        *value = *found;
    return found;
}

static bool write_msr(uint32_t msr, uint64_t value)
{
    uint64_t *found = msr_of(msr);

    if (found)
        *found = value;
    return found;
}

static uint32_t read_port(uint16_t port, unsigned bytes)
{
    fake_ports.reads++;
    fake_ports.port = port;
    fake_ports.bytes = bytes;
    return fake_ports.answer;
}

static void write_port(uint16_t port, unsigned bytes, uint32_t value)
{
    if (port == 0xcf8 && bytes == 4)
        fake_ports.pci_address = value;
    if (port == 0x70 && bytes == 1)
        fake_ports.cmos_index = (uint8_t)value;
    fake_ports.writes++;
    fake_ports.port = port;
    fake_ports.bytes = bytes;
    fake_ports.value = value;
}

/* As arch/cpu_features.c would have found it. */
static void detect_features(void)
{
    cpu_features.vendor = CPU_VENDOR_AMD;
    cpu_features.max_leaf = leaves[0].result.eax;
    cpu_features.max_extended_leaf = machine_leaf(0x80000000, 0)->result.eax;
    cpu_features.word[CPUID_1_ECX] = machine_leaf(1, 0)->result.ecx;
    cpu_features.word[CPUID_1_EDX] = machine_leaf(1, 0)->result.edx;
    cpu_features.word[CPUID_7_EBX] = machine_leaf(7, 0)->result.ebx;
    cpu_features.word[CPUID_7_ECX] = machine_leaf(7, 0)->result.ecx;
    cpu_features.word[CPUID_7_EDX] = machine_leaf(7, 0)->result.edx;
    cpu_features.word[CPUID_E1_ECX] = machine_leaf(0x80000001, 0)->result.ecx;
    cpu_features.word[CPUID_E1_EDX] = machine_leaf(0x80000001, 0)->result.edx;
    cpu_features.word[CPUID_E7_EDX] = machine_leaf(0x80000007, 0)->result.edx;
    cpu_features.word[CPUID_E8_EBX] = machine_leaf(0x80000008, 0)->result.ebx;
}

void machine_fixture_prepare(void)
{
    memcpy(leaves, all_leaves, sizeof(leaves));
    memset(&fake_x86, 0, sizeof(fake_x86));
    memset(&fake_msrs, 0, sizeof(fake_msrs));
    memset(&fake_mmu, 0, sizeof(fake_mmu));
    memset(&fake_ports, 0, sizeof(fake_ports));
    memset(&machine_acpi, 0, sizeof(machine_acpi));
    uart_com1.port = 0x3f8;
    fake_cpuid = answer_cpuid;
    fake_msr_read = read_msr;
    fake_msr_write = write_msr;
    fake_port_in = read_port;
    fake_port_out = write_port;
    frame_count = 0x100000; /* 4 GiB */
}

void machine_fixture_detect(void)
{
    detect_features();
    fpu_start_cpu();
    cpuid_view_init();
}

void machine_fixture_start(void)
{
    machine_fixture_prepare();
    machine_fixture_detect();
}

/* ---- what lies to the left ---- */

/* Asked only while there is something to settle. */
int mmu_settle_slowly(struct domain *d)
{
    atomic_store(&d->mmu.going, 0);
    fake_mmu.settles++;
    return 0;
}

int mmu_set_kernel_l4(struct vcpu *v, mfn_t l4)
{
    (void)v;
    fake_mmu.set_kernel_l4 = l4;
    return fake_mmu.set_answer;
}

int mmu_set_user_l4(struct vcpu *v, mfn_t l4)
{
    (void)v;
    fake_mmu.set_user_l4 = l4;
    return 0;
}

void mmu_vcpu_reset(struct vcpu *v)
{
    (void)v;
    fake_mmu.resets++;
}

int descriptors_set_gdt(struct vcpu *v, const uint64_t *frames, uint32_t entries)
{
    (void)v, (void)frames;
    fake_mmu.gdt_entries = entries;
    return fake_mmu.gdt_answer;
}

int descriptors_set_ldt(struct vcpu *v, uint64_t base, uint32_t entries)
{
    (void)v, (void)base;
    fake_mmu.ldt_entries = entries;
    return fake_mmu.ldt_answer;
}

bool descriptors_ldt_fault(struct vcpu *v, uint64_t window_offset)
{
    (void)v;
    fake_mmu.ldt_faults++;
    fake_mmu.ldt_fault_offset = window_offset;
    return fake_mmu.ldt_fault_answer;
}

bool m2p_fault(uint64_t address)
{
    fake_mmu.m2p_fault_address = address;
    return fake_mmu.m2p_fault_answer;
}

void descriptors_load_ldt(struct cpu *cpu, uint32_t entries)
{
    (void)cpu, (void)entries;
}

uint64_t clock_tsc_hz(void)
{
    return 2500000000;
}

struct clock_scale clock_tsc_scale(void)
{
    return (struct clock_scale){ 0x66666666, -1 };
}

bool clock_is_stable(void)
{
    return true;
}

uint64_t clock_tsc_at(uint64_t time_ns)
{
    return 0x500000000 + time_ns;
}

bool pci_device_guards(struct pci_function function, uint32_t offset)
{
    return function.bus == 0 && function.devfn == 0x18 && offset == 0x54;
}

void *heap_alloc(size_t bytes)
{
    return calloc(1, bytes);
}

void heap_free(void *object)
{
    free(object);
}
