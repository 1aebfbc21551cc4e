/* SPDX-License-Identifier: MIT */
/*
 * What only the real processors can show: option selftest of debug builds, run by tests/system on
 * each CPU model. A check that fails is a panic; the last line says that all went well.
 */
#include "arch/apic.h"
#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "arch/fpu.h"
#include "arch/ipi.h"
#include "arch/msr.h"
#include "arch/percpu.h"
#include "arch/tlb.h"
#include "arch/x86.h"
#include "boot/start.h"
#include "console/printk.h"
#include "lib/assert.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame_alloc.h"
#include "mm/heap.h"

/* In all: in an emulator whose threads outnumber its cores, each handover of a contended lock
 * waits for the one thread whose turn it is. */
#define STRESS_ROUNDS     256u
#define WAKE_UP_ROUNDS    200u
#define PAGES_HELD        8u
#define BAD_SELECTOR      (GDT_LIMIT + 1) /* beyond the GDT */
#define TIMER_BIT         (1u << SOFTIRQ_TIMER)
#define FPU_AREA_MAX      4096u
#define FPU_RESET_CONTROL 0x7fu /* low byte of the x87 control word */
#define FPU_TEST_CONTROL  0x7eu

static struct spinlock stress_lock = SPINLOCK_INIT(LOCK_HEAP);
static uint64_t stress_count;
static _Atomic uint32_t arrivals;

static void check_registers(void *unused)
{
    (void)unused;
    MUST((read_cr0() & (CR0_WP | CR0_TS | CR0_EM)) == CR0_WP);
    MUST(read_cr4() == cpu_base_cr4);
    MUST(!(read_cr4() & (CR4_PGE | CR4_PCIDE | CR4_UMIP)));
    MUST(rdmsr(MSR_PAT) == PAT_VALUE);
    MUST((rdmsr(MSR_EFER) & ~EFER_AIBRSE) == (EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE));
    MUST(rdmsr(MSR_STAR) >> 32 == ((uint64_t)SEL_USER_CS32 << 16 | SEL_HYPERVISOR_CS));
    MUST(!(rdmsr(MSR_FMASK) & RFLAGS_FIXED) && (rdmsr(MSR_FMASK) & RFLAGS_IF));
    MUST(!(read_rflags() & RFLAGS_IF));
    atomic_fetch_add(&arrivals, 1);
}

static void check_fixups(void *unused)
{
    (void)unused;
    MUST(!load_fs_safe(BAD_SELECTOR));
    MUST(read_fs() == 0);
    MUST(load_fs_safe(SEL_FLAT_DS));
    load_fs(0);
}

/* The CPU's own time lies between two readings of the asking one. */
static void read_time(void *result)
{
    *(uint64_t *)result = system_time_ns();
}

static void check_time(uint32_t id)
{
    uint64_t before = system_time_ns(), there = 0, after;

    cpu_call(CPU_MASK(id), read_time, &there);
    after = system_time_ns();
    MUST(!clock_is_stable() || (there >= before && there <= after));
}

static bool timer_has_fired(void)
{
    return atomic_load(&this_cpu()->softirq) & TIMER_BIT;
}

static void timer_forget(void)
{
    atomic_fetch_and(&this_cpu()->softirq, ~TIMER_BIT);
}

/* A timer that was switched off in time does not fire; in an emulator it may take more tries. */
static void check_timer_off(void)
{
    uint64_t deadline;

    do {
        timer_forget();
        deadline = system_time_ns() + NS_PER_MS;
        apic_timer_set(deadline);
        apic_timer_set(APIC_TIMER_OFF);
        cpu_poll_interrupts();
    } while (system_time_ns() >= deadline);
    clock_delay_us(2000);
    cpu_poll_interrupts();
    MUST(!timer_has_fired());
}

static void check_timer(void *unused)
{
    uint64_t deadline = system_time_ns() + 2 * NS_PER_MS;

    (void)unused;
    timer_forget();
    apic_timer_set(deadline);
    while (!timer_has_fired())
        cpu_wait_for_interrupt();
    MUST(system_time_ns() + NS_PER_MS > deadline);
    timer_forget();

    apic_timer_set(0); /* long past */
    while (!timer_has_fired())
        cpu_wait_for_interrupt();
    timer_forget();

    check_timer_off();
}

static void check_fpu(void *unused)
{
    uint8_t *area = heap_alloc(FPU_AREA_MAX);
    uint8_t *saved = heap_alloc(FPU_AREA_MAX);

    (void)unused;
    MUST(area && saved && fpu_area_bytes() <= FPU_AREA_MAX);
    fpu_area_init(area);
    area[0] = FPU_TEST_CONTROL;
    area[FPU_FXSAVE_BYTES] = XCR0_X87; /* with XSAVE: this component is not in its initial state */
    MUST(fpu_restore(area));
    fpu_save(saved);
    MUST(saved[0] == FPU_TEST_CONTROL);
    if (fpu_components()) {
        area[FPU_FXSAVE_BYTES + 7] = 0x80; /* a component that does not exist */
        MUST(!fpu_restore(area));
        fpu_save(saved);
        MUST(saved[0] == FPU_RESET_CONTROL); /* nothing was left behind */
    }
    heap_free(area);
    heap_free(saved);
}

/* All CPUs but the asking one at once: locks, flushes and memory against each other. */
static uint32_t stress_rounds(void)
{
    return STRESS_ROUNDS / cpu_count;
}

static void stress(void *unused)
{
    void *pages[PAGES_HELD] = { NULL };

    (void)unused;
    for (uint32_t round = 0; round < stress_rounds(); round++) {
        spin_lock(&stress_lock);
        stress_count++;
        spin_unlock(&stress_lock);
        page_free(pages[round % PAGES_HELD]);
        pages[round % PAGES_HELD] = page_alloc();
        if (round % 16 == 0)
            tlb_flush_cpus(cpu_mask_online());
    }
    for (uint32_t i = 0; i < PAGES_HELD; i++)
        page_free(pages[i]);
}

static void check_stress(void)
{
    uint64_t free_before = frames_free_total();

    cpu_call(cpu_mask_online(), stress, NULL);
    MUST(stress_count == (uint64_t)stress_rounds() * cpu_count);
    MUST(frames_free_total() == free_before);
    frame_alloc_check();
}

static void check_flush(void)
{
    uint32_t stamp = tlb_stamp_now();

    MUST(tlb_filter(cpu_mask_online(), stamp) == cpu_mask_online());
    tlb_flush_cpus(cpu_mask_online());
    MUST(tlb_filter(cpu_mask_online(), stamp) == 0);
}

static void check_nmi(uint32_t id)
{
    const struct cpu *cpu = cpu_by_id(id);
    uint32_t before = cpu->nmi_count;

    apic_send_nmi(cpu->apic_id);
    while (*(const volatile uint32_t *)&cpu->nmi_count == before)
        cpu_relax();
}

static void arrive(void *unused)
{
    (void)unused;
}

/* A CPU that is about to sleep gets an NMI, and work while it leaves the handler. */
static void check_wake_up(uint32_t id)
{
    for (uint32_t round = 0; round < WAKE_UP_ROUNDS; round++) {
        check_nmi(id);
        cpu_call(CPU_MASK(id), arrive, NULL);
    }
}

void boot_self_test(void)
{
    cpu_mask_t all = cpu_mask_online();

    cpu_call(all, check_registers, NULL);
    MUST(arrivals == cpu_count);
    cpu_call(all, check_fixups, NULL);
    cpu_call(all, check_fpu, NULL);
    check_flush();
    check_stress();
    log_info("self test: registers, fixups, FPU, calls, locks, flushes, memory");
    for (uint32_t id = 0; id < cpu_count; id++) {
        check_time(id);
        check_wake_up(id);
        cpu_call(CPU_MASK(id), check_timer, NULL);
    }
    log_info("self test: time, NMIs, timers");
    log_info("self test: passed on %u CPUs", cpu_count);
}
