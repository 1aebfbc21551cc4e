/* SPDX-License-Identifier: MIT */
/*
 * Firmware whose ACPI tables are damaged, with their checksums put right half of the time so that
 * the damage is met behind the first check. Parsing ends, reads no byte beyond what it asked for,
 * and what it accepts keeps the limits of struct acpi_info.
 */
#include <stdlib.h>
#include <string.h>

#include "arch/acpi.h"
#include "lib/errno.h"
#include "support/fuzz.h"

#define FIRMWARE_BASE  0xe0000u
#define FIRMWARE_BYTES 0x1000u
#define RSDP           0x000u
#define RSDT           0x040u
#define XSDT           0x080u
#define MADT           0x100u
#define HPET           0x200u
#define MCFG           0x280u
#define FADT           0x300u
#define HEADER_BYTES   36u

static uint8_t firmware[FIRMWARE_BYTES];

/* The reader's last answer: a block of exactly the bytes asked for, so that ASan sees more. */
static void *last_answer;

static const void *read_firmware(uint64_t address, size_t bytes)
{
    free(last_answer);
    last_answer = NULL;
    if (address < FIRMWARE_BASE || address - FIRMWARE_BASE > FIRMWARE_BYTES ||
        bytes > FIRMWARE_BYTES - (address - FIRMWARE_BASE))
        return NULL;
    last_answer = malloc(bytes);
    FUZZ_CHECK(last_answer);
    memcpy(last_answer, firmware + (address - FIRMWARE_BASE), bytes);
    return last_answer;
}

static void put(unsigned int offset, uint64_t value, size_t bytes)
{
    memcpy(firmware + offset, &value, bytes);
}

/* Makes bytes [offset, offset + bytes) add up to 0 through the one at @checksum. */
static void fix_sum(unsigned int offset, size_t bytes, unsigned int checksum)
{
    uint8_t sum = 0;
    if (offset >= FIRMWARE_BYTES || bytes > FIRMWARE_BYTES - offset)
        return;
    firmware[offset + checksum] = 0;
    for (size_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + firmware[offset + i]);
    firmware[offset + checksum] = (uint8_t)-sum;
}

static void put_table(unsigned int offset, const char *signature, size_t body_bytes)
{
    memcpy(firmware + offset, signature, 4);
    put(offset + 4, HEADER_BYTES + body_bytes, 4);
}

static void put_rsdp_and_roots(void)
{
    static const unsigned int tables[] = { MADT, HPET, MCFG, FADT };

    memcpy(firmware + RSDP, "RSD PTR ", 8);
    firmware[RSDP + 15] = 2;
    put(RSDP + 16, FIRMWARE_BASE + RSDT, 4);
    put(RSDP + 20, 36, 4);
    put(RSDP + 24, FIRMWARE_BASE + XSDT, 8);
    put_table(RSDT, "RSDT", sizeof(tables) / sizeof(tables[0]) * 4);
    put_table(XSDT, "XSDT", sizeof(tables) / sizeof(tables[0]) * 8);
    for (unsigned int i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        put(RSDT + HEADER_BYTES + i * 4, FIRMWARE_BASE + tables[i], 4);
        put(XSDT + HEADER_BYTES + i * 8, FIRMWARE_BASE + tables[i], 8);
    }
}

static void put_madt(void)
{
    static const uint8_t entries[] = {
        0, 8,  0,   0, 1,    0,    0,    0,                               /* local APIC */
        0, 8,  1,   1, 1,    0,    0,    0,                               /* another */
        1, 12, 0,   0, 0x00, 0x00, 0xc0, 0xfe, 0,    0, 0, 0,             /* IO-APIC */
        2, 10, 0,   9, 9,    0,    0,    0,    0x0d, 0,                   /* override */
        4, 6,  255, 0, 0,    1,                                           /* NMI pin */
        5, 12, 0,   0, 0x00, 0x00, 0xe0, 0xfe, 0,    0, 0, 0,             /* APIC address */
        9, 16, 0,   0, 7,    0,    0,    0,    1,    0, 0, 0, 2, 0, 0, 0, /* x2APIC */
    };
    put_table(MADT, "APIC", 8 + sizeof(entries));
    put(MADT + HEADER_BYTES, 0xfee00000, 4);
    put(MADT + HEADER_BYTES + 4, 1, 4);
    memcpy(firmware + MADT + HEADER_BYTES + 8, entries, sizeof(entries));
}

static void put_others(void)
{
    put_table(HPET, "HPET", 20);
    put(HPET + 40, 0x4000, 4);
    put(HPET + 44, 0xfed00000, 8);
    put_table(MCFG, "MCFG", 8 + 16);
    put(MCFG + 44, 0xb0000000, 8);
    put(MCFG + 44 + 11, 0xff, 1);
    put_table(FADT, "FACP", 244 - HEADER_BYTES);
    firmware[FADT + 8] = 6;
    put(FADT + 46, 9, 2);
    put(FADT + 64, 0x604, 4);
    put(FADT + 76, 0x608, 4);
    put(FADT + 89, 2, 1);
    put(FADT + 91, 4, 1);
}

static uint32_t table_length(unsigned int offset)
{
    uint32_t length;
    memcpy(&length, firmware + offset + 4, sizeof(length));
    return length;
}

static void fix_all_sums(void)
{
    static const unsigned int tables[] = { RSDT, XSDT, MADT, HPET, MCFG, FADT };

    fix_sum(RSDP, 20, 8);
    fix_sum(RSDP, 36, 32);
    for (unsigned int i = 0; i < sizeof(tables) / sizeof(tables[0]); i++)
        fix_sum(tables[i], table_length(tables[i]), 9);
}

static void check_limits(const struct acpi_info *info)
{
    FUZZ_CHECK(info->cpu_count >= 1 && info->cpu_count <= ACPI_CPUS_MAX);
    FUZZ_CHECK(info->ioapic_count <= ACPI_IOAPICS_MAX);
    FUZZ_CHECK(info->override_count <= ACPI_OVERRIDES_MAX);
    FUZZ_CHECK(info->nmi_count <= ACPI_NMIS_MAX);
    FUZZ_CHECK(info->mmconfig_count <= ACPI_MMCONFIGS_MAX);
}

void fuzz_case(struct random *random)
{
    static struct acpi_info info;
    char error[ACPI_ERROR_MAX];
    bool is_damaged = !random_one_in(random, 16);

    memset(firmware, 0, sizeof(firmware));
    put_rsdp_and_roots();
    put_madt();
    put_others();
    fix_all_sums();
    if (is_damaged) {
        random_mutate(random, firmware, FADT + 244);
        if (random_one_in(random, 2))
            fix_all_sums();
    }

    memset(error, 0x7f, sizeof(error));
    int result = acpi_parse(FIRMWARE_BASE + RSDP, read_firmware, &info, error);
    FUZZ_CHECK(result == 0 || (is_damaged && result == -EINVAL));
    FUZZ_CHECK(result == 0 || memchr(error, 0, sizeof(error)));
    if (result == 0)
        check_limits(&info);
    free(last_answer);
    last_answer = NULL;
}
