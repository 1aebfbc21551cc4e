/* SPDX-License-Identifier: MIT */
/* The instructions of a CPU's SYSCALL stub: where each displacement leads. */
#include <string.h>

#include "arch/cpu_features.h"
#include "arch/msr.h"
#include "arch/x86.h"
#include "support/unit.h"
#include "trap/entry.h"
#include "trap/stubs.h"

#define REGION  0xffff810040030000UL
#define ENTRY64 0xffff810000120000UL
#define ENTRY32 0xffff810000120100UL

static uint8_t page[PAGE_SIZE];

void syscall_entry(void)
{
}

void syscall_compat_entry(void)
{
}

void sysenter_entry(void)
{
}

/* Checks one instruction and returns the offset behind it. */
static unsigned check(unsigned at, const char *opcode, unsigned opcode_bytes, uint64_t target)
{
    unsigned end = at + opcode_bytes + 4;
    int32_t displacement;

    ck_assert_mem_eq(page + at, opcode, opcode_bytes);
    memcpy(&displacement, page + at + opcode_bytes, 4);
    ck_assert_uint_eq(REGION + end + (uint64_t)(int64_t)displacement, target);
    return end;
}

static void check_stub(unsigned at, uint64_t entry)
{
    at = check(at, "\x48\x89\x25", 3, REGION + 0x1000);  /* mov %rsp, scratch_rsp */
    at = check(at, "\x48\x8d\x25", 3, REGION + 0x10000); /* lea stack top, %rsp */
    at = check(at, "\xe9", 1, entry);
    ck_assert_uint_eq(page[at], 0xcc);
}

TEST(syscall_stub, saves_rsp_takes_the_stack_and_jumps)
{
    syscall_stub_write(page, REGION, ENTRY64, ENTRY32);
    check_stub(SYSCALL_STUB_64, ENTRY64);
    check_stub(SYSCALL_STUB_COMPAT, ENTRY32);
    ck_assert_uint_eq(page[PAGE_SIZE - 1], 0xcc);
}

static uint64_t lstar, cstar, sysenter_esp;
static unsigned sysenter_writes;

static bool write_msr(uint32_t msr, uint64_t value)
{
    if (msr == MSR_LSTAR)
        lstar = value;
    if (msr == MSR_CSTAR)
        cstar = value;
    if (msr == MSR_SYSENTER_ESP)
        sysenter_esp = value;
    if (msr >= MSR_SYSENTER_CS && msr <= MSR_SYSENTER_EIP)
        sysenter_writes++;
    return true;
}

TEST(syscall_stub, the_processor_is_told)
{
    struct cpu *cpu = (struct cpu *)(REGION + 0x1000);

    fake_msr_write = write_msr;
    cpu_features.vendor = CPU_VENDOR_AMD;
    syscall_start_cpu(cpu);
    ck_assert_uint_eq(lstar, REGION + SYSCALL_STUB_64);
    ck_assert_uint_eq(cstar, REGION + SYSCALL_STUB_COMPAT);
    ck_assert_uint_eq(sysenter_writes, 0);
    cpu_features.vendor = CPU_VENDOR_INTEL;
    syscall_start_cpu(cpu);
    ck_assert_uint_eq(sysenter_writes, 3);
    ck_assert_uint_eq(sysenter_esp, REGION + 0x10000);
}
