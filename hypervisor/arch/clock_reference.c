/* SPDX-License-Identifier: MIT */
/*
 * Calibration against HPET, ACPI PM timer or PIT, in this order.
 *
 * A reading of a reference is worth the time it took; of several the fastest is taken, so that
 * an interruption by a host or by SMM at one moment does no harm.
 */
#include "arch/clock_reference.h"

#include <stddef.h>

#include "arch/apic.h"
#include "arch/cpu_features.h"
#include "arch/x86.h"

#define MEASURE_MS 10u
#define READINGS   8u

/* A reference that has not moved this far by then does not count at all. */
#define PATIENCE_CYCLES (1UL << 33)

#define HPET_CAPABILITIES_HIGH 0x004u /* upper half: period in femtoseconds */
#define HPET_CONFIGURATION     0x010u
#define HPET_COUNTER           0x0f0u
#define HPET_ENABLE            1u
#define HPET_MAX_PERIOD_FS     100000000u /* the specification's limit */
#define FS_PER_SECOND          1000000000000000UL

#define PM_TIMER_HZ 3579545u

#define PIT_HZ             1193182u
#define PIT_CHANNEL2       0x42u
#define PIT_COMMAND        0x43u
#define PIT_CHANNEL2_MODE0 0xb0u /* both bytes, count down once */
#define PIT_CHANNEL2_LATCH 0x80u
#define SPEAKER_PORT       0x61u
#define SPEAKER_GATE       0x01u
#define SPEAKER_OUTPUT     0x02u

struct reference {
    const char *name;
    uint32_t (*read)(const struct clock_references *references); /* counts upwards */
    uint64_t hz;
    uint32_t mask; /* it counts modulo this plus one */
};

struct reading {
    uint64_t tsc;
    uint32_t count;
};

static uint32_t hpet_read(const struct clock_references *references)
{
    return mmio_read32((volatile uint8_t *)references->hpet_registers + HPET_COUNTER);
}

static uint32_t pm_timer_read(const struct clock_references *references)
{
    return in32(references->pm_timer_port);
}

static uint32_t pit_read(const struct clock_references *references)
{
    uint32_t count;

    (void)references;
    out8(PIT_COMMAND, PIT_CHANNEL2_LATCH);
    count = in8(PIT_CHANNEL2);
    count |= (uint32_t)in8(PIT_CHANNEL2) << 8;
    return 0xffff - count;
}

static bool hpet_start(const struct clock_references *references, struct reference *reference)
{
    volatile uint8_t *registers = references->hpet_registers;
    uint32_t period_fs;

    if (!registers)
        return false;
    period_fs = mmio_read32(registers + HPET_CAPABILITIES_HIGH);
    if (period_fs == 0 || period_fs > HPET_MAX_PERIOD_FS)
        return false;
    mmio_write32(registers + HPET_CONFIGURATION,
                 mmio_read32(registers + HPET_CONFIGURATION) | HPET_ENABLE);
    *reference = (struct reference){ "HPET", hpet_read, FS_PER_SECOND / period_fs, UINT32_MAX };
    return true;
}

static bool pm_timer_start(const struct clock_references *references, struct reference *reference)
{
    if (references->pm_timer_port == 0)
        return false;
    *reference = (struct reference){ "PM timer", pm_timer_read, PM_TIMER_HZ,
                                     references->pm_timer_is_32_bits ? UINT32_MAX : 0xffffff };
    return true;
}

static bool pit_start(const struct clock_references *references, struct reference *reference)
{
    (void)references;
    out8(SPEAKER_PORT, (uint8_t)((in8(SPEAKER_PORT) & ~SPEAKER_OUTPUT) | SPEAKER_GATE));
    out8(PIT_COMMAND, PIT_CHANNEL2_MODE0);
    out8(PIT_CHANNEL2, 0xff);
    out8(PIT_CHANNEL2, 0xff);
    *reference = (struct reference){ "PIT", pit_read, PIT_HZ, 0xffff };
    return true;
}

static struct reading take_reading(const struct reference *reference,
                                   const struct clock_references *references)
{
    struct reading best = { 0, 0 };
    uint64_t best_gap = UINT64_MAX;

    for (uint32_t i = 0; i < READINGS; i++) {
        uint64_t before = rdtsc_ordered();
        uint32_t count = reference->read(references);
        uint64_t gap = rdtsc_ordered() - before;

        if (gap < best_gap) {
            best_gap = gap;
            best = (struct reading){ before + gap / 2, count };
        }
    }
    return best;
}

/* False: the reference stands still. */
static bool wait_for_count(const struct reference *reference,
                           const struct clock_references *references, struct reading start)
{
    uint32_t wanted = (uint32_t)(reference->hz * MEASURE_MS / 1000);

    while (((reference->read(references) - start.count) & reference->mask) < wanted) {
        if (rdtsc() - start.tsc > PATIENCE_CYCLES)
            return false;
        cpu_relax();
    }
    return true;
}

static bool measure_against(const struct reference *reference,
                            const struct clock_references *references, uint64_t *tsc_hz)
{
    struct reading start, end;
    uint64_t timer_start_tsc, timer_tsc;
    uint32_t timer_ticks, counted;

    start = take_reading(reference, references);
    apic_timer_count_start();
    timer_start_tsc = rdtsc_ordered();
    if (!wait_for_count(reference, references, start))
        return false;
    timer_ticks = apic_timer_count_elapsed();
    timer_tsc = rdtsc_ordered() - timer_start_tsc;
    end = take_reading(reference, references);

    counted = (end.count - start.count) & reference->mask;
    *tsc_hz = (end.tsc - start.tsc) * reference->hz / counted;
    if (*tsc_hz == 0 || timer_ticks == 0 || timer_tsc == 0)
        return false;
    apic_timer_set_frequency(timer_ticks * *tsc_hz / timer_tsc);
    return true;
}

const char *clock_reference_measure(const struct clock_references *references, uint64_t *tsc_hz)
{
    static bool (*const starts[])(const struct clock_references *, struct reference *) = {
        hpet_start,
        pm_timer_start,
        pit_start,
    };
    struct reference reference;

    for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++) {
        if (starts[i](references, &reference) && measure_against(&reference, references, tsc_hz))
            return reference.name;
    }
    return NULL;
}
