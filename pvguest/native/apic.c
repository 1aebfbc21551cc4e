/* SPDX-License-Identifier: MIT */
/*
 * The local APIC: timer, notifications between CPUs, starting them; the processors that ACPI
 * names; and the time-stamp counter, calibrated against the PIT.
 */
#include "kernel/print.h"
#include "kernel/string.h"
#include "native/native.h"
#include "native/x86.h"

#define APIC_ID           0x020u
#define APIC_EOI          0x0b0u
#define APIC_SPURIOUS     0x0f0u
#define APIC_COMMAND      0x300u
#define APIC_COMMAND_HIGH 0x310u
#define APIC_TIMER        0x320u
#define APIC_TIMER_START  0x380u
#define APIC_TIMER_NOW    0x390u
#define APIC_TIMER_DIVIDE 0x3e0u

#define PIT_HZ         1193182u
#define CALIBRATION_HZ 100u

static uint8_t apic_ids[CPU_LIMIT];
static uint32_t cpu_count;
static uint64_t tsc_at_start, tsc_per_ms, apic_ticks_per_ms;

extern const char trampoline_start[], trampoline_end[];
extern uint64_t secondary_stack;
extern struct cpu *secondary_cpu;

static void apic_write(uint32_t reg, uint32_t value)
{
    *(volatile uint32_t *)(LOCAL_APIC_VIRT + reg) = value;
}

static uint32_t apic_read(uint32_t reg)
{
    return *(volatile uint32_t *)(LOCAL_APIC_VIRT + reg);
}

/* ---- which processors there are: RSDP, RSDT, MADT ---- */

struct acpi_header {
    char signature[4];
    uint32_t length;
    char rest[28];
} __attribute__((packed));

static const char *physical(uint64_t address)
{
    return (const char *)(DIRECT_MAP + address);
}

static uint32_t read32(const char *from)
{
    uint32_t value;

    memcpy(&value, from, sizeof(value));
    return value;
}

static const struct acpi_header *find_madt(void)
{
    for (uint64_t at = 0xe0000; at < 0x100000; at += 16) {
        if (memcmp(physical(at), "RSD PTR ", 8))
            continue;
        const struct acpi_header *rsdt = (const void *)physical(read32(physical(at) + 16));

        for (uint32_t i = sizeof(*rsdt); i + 4 <= rsdt->length; i += 4) {
            const struct acpi_header *table =
                (const void *)physical(read32((const char *)rsdt + i));

            if (!memcmp(table->signature, "APIC", 4))
                return table;
        }
    }
    return NULL;
}

void apic_find_cpus(void)
{
    const struct acpi_header *madt = find_madt();
    uint8_t boot_id = (uint8_t)(apic_read(APIC_ID) >> 24);

    apic_ids[cpu_count++] = boot_id;
    for (uint32_t at = 44; madt && at + 2 <= madt->length;) {
        const char *entry = (const char *)madt + at;
        bool is_usable_cpu = entry[0] == 0 && (read32(entry + 4) & 1);

        if (is_usable_cpu && (uint8_t)entry[3] != boot_id && cpu_count < CPU_LIMIT)
            apic_ids[cpu_count++] = (uint8_t)entry[3];
        at += entry[1] ? (uint8_t)entry[1] : madt->length;
    }
}

uint8_t apic_id_of(uint32_t cpu_id)
{
    return apic_ids[cpu_id];
}

uint32_t bottom_cpu_count(void)
{
    return cpu_count;
}

/* ---- time ---- */

static void pit_wait(void)
{
    uint16_t ticks = PIT_HZ / CALIBRATION_HZ;

    out8(0x61, (in8(0x61) & 0xfc) | 1);
    out8(0x43, 0xb0); /* channel 2, one shot */
    out8(0x42, (uint8_t)ticks);
    out8(0x42, (uint8_t)(ticks >> 8));
    while (!(in8(0x61) & 0x20))
        ;
}

void apic_enable(void)
{
    apic_write(APIC_SPURIOUS, 0x100 | VECTOR_SPURIOUS);
    apic_write(APIC_TIMER_DIVIDE, 3); /* by 16 */
    apic_write(APIC_TIMER, VECTOR_TIMER);
}

void apic_calibrate(void)
{
    apic_write(APIC_TIMER_START, ~0U);
    tsc_at_start = read_tsc();
    pit_wait();
    uint32_t ticks = ~0U - apic_read(APIC_TIMER_NOW);

    tsc_per_ms = (read_tsc() - tsc_at_start) * CALIBRATION_HZ / 1000;
    apic_ticks_per_ms = (uint64_t)ticks * CALIBRATION_HZ / 1000;
    apic_write(APIC_TIMER_START, 0);
    MUST(tsc_per_ms && apic_ticks_per_ms);
}

uint64_t bottom_clock_ns(void)
{
    uint64_t cycles = read_tsc() - tsc_at_start;

    return cycles / tsc_per_ms * 1000000 + cycles % tsc_per_ms * 1000000 / tsc_per_ms;
}

void bottom_timer_set(uint64_t deadline_ns)
{
    uint64_t now = bottom_clock_ns();
    uint64_t wait_ns = deadline_ns > now ? deadline_ns - now : 0;
    uint64_t ticks = (wait_ns < 1000000000 ? wait_ns : 1000000000) * apic_ticks_per_ms / 1000000;

    apic_write(APIC_TIMER_START, ticks ? (uint32_t)ticks : 1);
}

/* ---- other processors ---- */

void apic_acknowledge(void)
{
    apic_write(APIC_EOI, 0);
}

static void apic_command(uint32_t cpu_id, uint32_t command)
{
    apic_write(APIC_COMMAND_HIGH, (uint32_t)apic_ids[cpu_id] << 24);
    apic_write(APIC_COMMAND, command);
    while (apic_read(APIC_COMMAND) & 0x1000)
        __builtin_ia32_pause();
}

void bottom_ipi_send(struct cpu *cpu)
{
    bool were_on = bottom_interrupts_disable();

    apic_command(cpu->id, VECTOR_IPI);
    if (were_on)
        bottom_interrupts_enable();
}

/* Notifications still come here, and wake the processor to look. */
void bottom_cpu_rest(struct cpu *cpu)
{
    while (cpu->is_leaving) {
        bottom_wait();
        bottom_interrupts_disable();
    }
}

void bottom_cpu_resume(struct cpu *cpu)
{
    bottom_ipi_send(cpu);
}

void bottom_cpu_start(struct cpu *cpu, uint64_t stack_top)
{
    secondary_stack = stack_top;
    secondary_cpu = cpu;
    memcpy((void *)(DIRECT_MAP + TRAMPOLINE), trampoline_start,
           (size_t)(trampoline_end - trampoline_start));
    apic_command(cpu->id, 0x4500); /* INIT */
    pit_wait();
    apic_command(cpu->id, 0x4600 | TRAMPOLINE >> PAGE_SHIFT);
}
