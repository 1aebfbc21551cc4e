/* SPDX-License-Identifier: MIT */
/*
 * FPU, SSE and, where enabled, AVX registers belong to the vCPU: another vCPU on the same processor that uses them too
 * changes nothing, whether a vCPU yields, blocks or polls (abi-facts 3.13; XSA-52).
 *
 * Machine: options="dom0_max_vcpus=2"
 */
#include "events.h"
#include "privileged.h"

#define ROUNDS 30u

static bool has_avx;

static void load(uint64_t seed)
{
    uint64_t words[8];
    uint32_t mxcsr = 0x1f80 | (uint32_t)(seed & 3) << 13;
    uint16_t control = (uint16_t)(0x37f | (seed & 3) << 10);

    for (unsigned i = 0; i < 8; i++)
        words[i] = seed * 0x9e3779b97f4a7c15 + i;
    __asm__ volatile("fninit; fldcw %0; fildll %1; ldmxcsr %2"
                     :
                     : "m"(control), "m"(words[0]), "m"(mxcsr));
    if (has_avx)
        __asm__ volatile("vmovups (%0), %%ymm0; vmovups 32(%0), %%ymm15" : : "r"(words) : "memory");
    else
        __asm__ volatile("movups (%0), %%xmm0; movups 32(%0), %%xmm15" : : "r"(words) : "memory");
}

static bool holds(uint64_t seed)
{
    uint64_t words[8] = { 0 }, x87;
    uint32_t mxcsr;
    uint16_t control;
    unsigned step = has_avx ? 4 : 2;

    __asm__ volatile("fnstcw %0; fistpll %1; stmxcsr %2" : "=m"(control), "=m"(x87), "=m"(mxcsr));
    if (has_avx)
        __asm__ volatile("vmovups %%ymm0, (%0); vmovups %%ymm15, 32(%0)" : : "r"(words) : "memory");
    else
        __asm__ volatile("movups %%xmm0, (%0); movups %%xmm15, 32(%0)" : : "r"(words) : "memory");
    for (unsigned i = 0; i < 8; i++) {
        if (i % 4 < step && words[i] != seed * 0x9e3779b97f4a7c15 + i)
            return false;
    }
    return x87 == seed * 0x9e3779b97f4a7c15 && control == (0x37f | (seed & 3) << 10) &&
           (mxcsr & 0xffc0) == (0x1f80 | (seed & 3) << 13);
}

static void enable_avx(void)
{
    uint64_t cr4 = 0;

    if (!cpu_has_xsave() || !(cpuid_forced(0xd, 0).eax & 4))
        return;
    (void)try_read_cr(4, &cr4);
    require(!try_write_cr(4, cr4 | CR4_OSXSAVE).trapped, "CR4.OSXSAVE");
    __asm__ volatile("xsetbv" : : "a"(7), "d"(0), "c"(0));
    has_avx = true;
}

static void other_vcpu(uint32_t id)
{
    enable_avx();
    for (unsigned i = 0; i < ROUNDS; i++) {
        load(1000 + i + id);
        (void)hypercall(sched_op, SCHEDOP_yield);
        expect(holds(1000 + i + id), "vCPU 1 across a yield");
    }
}

void test_main(void)
{
    uint32_t timer = port_virq(VIRQ_TIMER, 0);
    struct sched_poll poll = { .ports = (uint64_t)&timer, .nr_ports = 1 };

    enable_avx();
    require_eq(vcpu_start(1, other_vcpu), 0, "vCPU 1");
    for (unsigned i = 0; i < ROUNDS; i++) {
        load(i);
        (void)hypercall(sched_op, SCHEDOP_yield);
        expect(holds(i), "vCPU 0 across a yield");
        if (i % 8)
            continue;
        load(i);
        require_eq(hypercall(set_timer_op, system_time() + 300000), 0, "a timer");
        (void)hypercall(sched_op, SCHEDOP_poll, &poll);
        event_clear(timer);
        expect(holds(i), "vCPU 0 across a poll");
    }
    vcpu_wait(1);
    print("AVX was %s", has_avx ? "used" : "not there");
}
