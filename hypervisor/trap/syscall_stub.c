/* SPDX-License-Identifier: MIT */
/*
 * SYSCALL brings no stack and leaves RSP the guest's, so each CPU has a few instructions of its
 * own that save RSP in its struct cpu and take the top of its main stack, both relative to RIP:
 *
 *     mov  %rsp, scratch_rsp(%rip)
 *     lea  main_stack_top(%rip), %rsp
 *     jmp  syscall_entry
 */
#include "arch/cpu_features.h"
#include "arch/msr.h"
#include "arch/x86.h"
#include "lib/string.h"
#include "trap/entry.h"
#include "trap/stubs.h"

#define INT3 0xcc

/* An instruction that ends in a 32-bit displacement from its own end. */
static uint32_t emit_relative(uint8_t *page, uint32_t at, uint64_t page_address,
                              const uint8_t *opcode, uint32_t opcode_bytes, uint64_t target)
{
    uint32_t end = at + opcode_bytes + 4;
    int32_t displacement = (int32_t)(int64_t)(target - (page_address + end));

    memcpy(page + at, opcode, opcode_bytes);
    memcpy(page + at + opcode_bytes, &displacement, 4);
    return end;
}

static void emit_stub(uint8_t *page, uint32_t at, uint64_t region, uint64_t entry)
{
    static const uint8_t save_rsp[] = { 0x48, 0x89, 0x25 };
    static const uint8_t load_rsp[] = { 0x48, 0x8d, 0x25 };
    static const uint8_t jump[] = { 0xe9 };
    uint64_t address = region + CPU_REGION_STUB_PAGE * PAGE_SIZE;
    uint64_t scratch = region + CPU_REGION_CPU_PAGE * PAGE_SIZE + CPU_SCRATCH_RSP;

    at = emit_relative(page, at, address, save_rsp, sizeof(save_rsp), scratch);
    at = emit_relative(page, at, address, load_rsp, sizeof(load_rsp), region + CPU_REGION_SIZE);
    emit_relative(page, at, address, jump, sizeof(jump), entry);
}

void syscall_stub_write(uint8_t page[PAGE_SIZE], uint64_t region, uint64_t entry64,
                        uint64_t entry_compat)
{
    memset(page, INT3, PAGE_SIZE);
    emit_stub(page, SYSCALL_STUB_64, region, entry64);
    emit_stub(page, SYSCALL_STUB_COMPAT, region, entry_compat);
}

void syscall_stub_install(uint8_t page[PAGE_SIZE], uint64_t region)
{
    syscall_stub_write(page, region, (uint64_t)syscall_entry, (uint64_t)syscall_compat_entry);
}

void syscall_start_cpu(struct cpu *cpu)
{
    uint64_t region = (uint64_t)cpu - CPU_REGION_CPU_PAGE * PAGE_SIZE;
    uint64_t stub = region + CPU_REGION_STUB_PAGE * PAGE_SIZE;

    wrmsr(MSR_LSTAR, stub + SYSCALL_STUB_64);
    wrmsr(MSR_CSTAR, stub + SYSCALL_STUB_COMPAT);
    /* AMD: SYSENTER is #UD in long mode, and these registers are not wide enough for it. */
    if (cpu_features.vendor != CPU_VENDOR_AMD) {
        wrmsr(MSR_SYSENTER_CS, SEL_HYPERVISOR_CS);
        wrmsr(MSR_SYSENTER_ESP, region + CPU_REGION_SIZE);
        wrmsr(MSR_SYSENTER_EIP, (uint64_t)sysenter_entry);
    }
}
