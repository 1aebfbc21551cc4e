/* SPDX-License-Identifier: MIT */
/*
 * The local APIC's registers (SDM volume 3A, chapter 10), by memory or by MSR.
 *
 * The timer runs in TSC-deadline mode where the CPU has it, else one-shot at the full bus
 * frequency.
 */
#include "arch/apic.h"

#include <stdatomic.h>

#include "arch/clock.h"
#include "arch/cpu_features.h"
#include "arch/interrupt.h"
#include "arch/msr.h"
#include "arch/percpu.h"
#include "arch/vectors.h"
#include "arch/x86.h"

enum apic_register {
    APIC_ID = 0x20,
    APIC_VERSION = 0x30,
    APIC_TASK_PRIORITY = 0x80,
    APIC_EOI = 0xb0,
    APIC_SPURIOUS = 0xf0,
    APIC_ERROR_STATUS = 0x280,
    APIC_LVT_CMCI = 0x2f0,
    APIC_COMMAND = 0x300,
    APIC_COMMAND_HIGH = 0x310, /* not with x2APIC */
    APIC_LVT_TIMER = 0x320,
    APIC_LVT_THERMAL = 0x330,
    APIC_LVT_PERFORMANCE = 0x340,
    APIC_LVT_LINT0 = 0x350,
    APIC_LVT_LINT1 = 0x360,
    APIC_LVT_ERROR = 0x370,
    APIC_TIMER_INITIAL = 0x380,
    APIC_TIMER_CURRENT = 0x390,
    APIC_TIMER_DIVIDE = 0x3e0,
};

#define APIC_SOFTWARE_ENABLE (1u << 8)
#define LVT_MASKED           (1u << 16)
#define LVT_NMI              (4u << 8)
#define LVT_TSC_DEADLINE     (2u << 17)
#define TIMER_DIVIDE_BY_1    0xbu

#define COMMAND_NMI     (4u << 8)
#define COMMAND_INIT    (5u << 8)
#define COMMAND_STARTUP (6u << 8)
#define COMMAND_PENDING (1u << 12)
#define COMMAND_ASSERT  (1u << 14)

/* A busy command register clears within microseconds; a dead one must not hang a panic. */
#define COMMAND_SPINS 1000000u

static volatile uint8_t *xapic;
static uint64_t xapic_address;
static bool uses_x2;
static bool uses_tsc_deadline;
static struct clock_scale timer_scale; /* nanoseconds to timer ticks */
static uint64_t timer_reach_ns;        /* what 32 bits of ticks can count */
static _Atomic uint32_t errors;

static uint32_t apic_read(enum apic_register index)
{
    if (uses_x2)
        return (uint32_t)rdmsr(MSR_X2APIC_BASE + ((uint32_t)index >> 4));
    return mmio_read32(xapic + index);
}

static void apic_write(enum apic_register index, uint32_t value)
{
    if (uses_x2)
        wrmsr(MSR_X2APIC_BASE + ((uint32_t)index >> 4), value);
    else
        mmio_write32(xapic + index, value);
}

void apic_detect(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE);

    uses_x2 = cpu_has(CPU_FEATURE_X2APIC) || (base & APIC_BASE_X2APIC);
    uses_tsc_deadline = cpu_has(CPU_FEATURE_TSC_DEADLINE);
    xapic_address = base & ~0xfffUL & ((1UL << cpu_features.physical_address_bits) - 1);
}

bool apic_is_x2(void)
{
    return uses_x2;
}

uint64_t apic_address(void)
{
    return xapic_address;
}

void apic_set_registers(volatile void *registers)
{
    xapic = registers;
}

uint32_t apic_id(void)
{
    uint32_t id = apic_read(APIC_ID);

    return uses_x2 ? id : id >> 24;
}

void apic_eoi(void)
{
    apic_write(APIC_EOI, 0);
}

uint32_t apic_error_count(void)
{
    return atomic_load_explicit(&errors, memory_order_relaxed);
}

static void handle_error(uint32_t vector)
{
    (void)vector;
    apic_write(APIC_ERROR_STATUS, 0);
    if (apic_read(APIC_ERROR_STATUS))
        atomic_fetch_add_explicit(&errors, 1, memory_order_relaxed);
}

static void handle_timer(uint32_t vector)
{
    (void)vector;
    atomic_fetch_or_explicit(&this_cpu()->softirq, 1u << SOFTIRQ_TIMER, memory_order_relaxed);
}

/* The global switch first: x2APIC is entered from the enabled xAPIC only. */
static void apic_enable(bool is_boot_cpu)
{
    uint64_t base = xapic_address | APIC_BASE_ENABLE | (is_boot_cpu ? APIC_BASE_BSP : 0);

    if (!(rdmsr(MSR_APIC_BASE) & APIC_BASE_X2APIC))
        wrmsr(MSR_APIC_BASE, base);
    if (uses_x2)
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_X2APIC);
}

void apic_start_cpu(bool is_boot_cpu)
{
    uint32_t last_lvt;

    interrupt_set_handler(VECTOR_APIC_ERROR, handle_error);
    interrupt_set_handler(VECTOR_APIC_TIMER, handle_timer);

    apic_enable(is_boot_cpu);
    apic_write(APIC_SPURIOUS, APIC_SOFTWARE_ENABLE | VECTOR_APIC_SPURIOUS);
    apic_write(APIC_TASK_PRIORITY, 0);

    last_lvt = apic_read(APIC_VERSION) >> 16 & 0xff;
    apic_write(APIC_LVT_LINT0, LVT_MASKED);
    apic_write(APIC_LVT_LINT1, is_boot_cpu ? LVT_NMI : LVT_MASKED);
    if (last_lvt >= 4)
        apic_write(APIC_LVT_PERFORMANCE, LVT_MASKED);
    if (last_lvt >= 5)
        apic_write(APIC_LVT_THERMAL, LVT_MASKED);
    if (last_lvt >= 6)
        apic_write(APIC_LVT_CMCI, LVT_MASKED);
    apic_write(APIC_LVT_ERROR, VECTOR_APIC_ERROR);

    apic_write(APIC_TIMER_DIVIDE, TIMER_DIVIDE_BY_1);
    apic_write(APIC_TIMER_INITIAL, 0);
    apic_write(APIC_LVT_TIMER, VECTOR_APIC_TIMER | (uses_tsc_deadline ? LVT_TSC_DEADLINE : 0));
    /* The mode must be set before the first deadline (SDM 3A, section 10.5.4.1). */
    atomic_thread_fence(memory_order_seq_cst);

    /* Whatever firmware or a former life left in service or pending. */
    apic_write(APIC_ERROR_STATUS, 0);
    apic_eoi();
}

static void apic_command(uint32_t target, uint32_t command)
{
    if (uses_x2) {
        /* Unlike a store, this WRMSR may overtake earlier stores. */
        atomic_thread_fence(memory_order_seq_cst);
        wrmsr(MSR_X2APIC_BASE + (APIC_COMMAND >> 4), (uint64_t)target << 32 | command);
        return;
    }
    for (uint32_t i = 0; i < COMMAND_SPINS && (apic_read(APIC_COMMAND) & COMMAND_PENDING); i++)
        cpu_relax();
    apic_write(APIC_COMMAND_HIGH, target << 24);
    apic_write(APIC_COMMAND, command);
}

void apic_send(uint32_t target, uint8_t vector)
{
    apic_command(target, COMMAND_ASSERT | vector);
}

void apic_send_nmi(uint32_t target)
{
    apic_command(target, COMMAND_ASSERT | COMMAND_NMI);
}

void apic_send_init(uint32_t target)
{
    apic_command(target, COMMAND_ASSERT | COMMAND_INIT);
}

void apic_send_startup(uint32_t target, uint8_t page)
{
    apic_command(target, COMMAND_ASSERT | COMMAND_STARTUP | page);
}

bool apic_timer_is_tsc_deadline(void)
{
    return uses_tsc_deadline;
}

void apic_timer_set(uint64_t deadline_ns)
{
    uint64_t now_ns, count = 1;

    if (uses_tsc_deadline) {
        /* A deadline of 0 disarms; one in the past fires at once. */
        wrmsr(MSR_TSC_DEADLINE, deadline_ns == APIC_TIMER_OFF ? 0 : clock_tsc_at(deadline_ns) | 1);
        return;
    }
    if (deadline_ns == APIC_TIMER_OFF) {
        apic_write(APIC_TIMER_INITIAL, 0);
        return;
    }
    now_ns = system_time_ns();
    if (deadline_ns > now_ns) {
        uint64_t distance_ns = deadline_ns - now_ns;

        if (distance_ns > timer_reach_ns)
            distance_ns = timer_reach_ns;
        count += clock_scale_apply(timer_scale, distance_ns);
    }
    apic_write(APIC_TIMER_INITIAL, (uint32_t)count);
}

void apic_timer_count_start(void)
{
    apic_write(APIC_LVT_TIMER, LVT_MASKED | VECTOR_APIC_TIMER);
    apic_write(APIC_TIMER_INITIAL, UINT32_MAX);
}

uint32_t apic_timer_count_elapsed(void)
{
    return UINT32_MAX - apic_read(APIC_TIMER_CURRENT);
}

void apic_timer_set_frequency(uint64_t hz)
{
    timer_scale = clock_scale_ratio(hz, NS_PER_SECOND);
    timer_reach_ns = clock_scale_apply(clock_scale_ratio(NS_PER_SECOND, hz), UINT32_MAX / 2);
    apic_write(APIC_TIMER_INITIAL, 0);
    apic_write(APIC_LVT_TIMER, VECTOR_APIC_TIMER | (uses_tsc_deadline ? LVT_TSC_DEADLINE : 0));
    atomic_thread_fence(memory_order_seq_cst);
}
