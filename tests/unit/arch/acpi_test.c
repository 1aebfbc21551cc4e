/* SPDX-License-Identifier: MIT */
/*
 * Tables as firmware makes them, whole and damaged. The reader hands out copies of exactly the
 * bytes asked for, so that ASan sees a read of one byte more.
 */
#include "arch/acpi.h"

#include <stdlib.h>
#include <string.h>

#include "lib/errno.h"
#include "support/unit.h"

#define BASE  0xf0000UL
#define BYTES 0x1000u

static uint8_t firmware[BYTES];
static size_t used;
static struct acpi_info info;
static char error[ACPI_ERROR_MAX];

static const void *read_copy(uint64_t address, size_t bytes)
{
    static void *last;

    free(last);
    last = NULL;
    if (address < BASE || address - BASE > BYTES || bytes > BYTES - (address - BASE))
        return NULL;
    last = malloc(bytes);
    memcpy(last, firmware + (address - BASE), bytes);
    return last;
}

static void put(size_t offset, uint64_t value, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        firmware[offset + i] = (uint8_t)(value >> (8 * i));
}

static void fix_sum(size_t start, size_t bytes, size_t checksum)
{
    uint8_t sum = 0;

    firmware[checksum] = 0;
    for (size_t i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + firmware[start + i]);
    firmware[checksum] = (uint8_t)(0u - sum);
}

static void fix_table(size_t table)
{
    size_t bytes = (size_t)(firmware[table + 4] | firmware[table + 5] << 8);

    fix_sum(table, bytes, table + 9);
}

/* Appends a table with @body behind its header; its offset. */
static size_t add_table(const char *signature, const uint8_t *body, size_t bytes)
{
    size_t table = used;

    memcpy(firmware + table, signature, 4);
    put(table + 4, 36 + bytes, 4);
    memcpy(firmware + table + 36, body, bytes);
    fix_table(table);
    used = (table + 36 + bytes + 15) & ~15UL;
    return table;
}

static const uint8_t madt_body[] = {
    0x00, 0x00, 0xe0, 0xfe, 1,    0,    0,    0, /* local APIC, has 8259 */
    0,    8,    0,    0,    1,    0,    0,    0, /* CPU 0 */
    0,    8,    1,    2,    1,    0,    0,    0, /* CPU 1, APIC id 2 */
    0,    8,    2,    4,    0,    0,    0,    0, /* disabled */
    0,    8,    3,    0xff, 1,    0,    0,    0, /* no APIC id */
    9,    16,   0,    0,    0x34, 0x12, 0,    0,    1,    0, 0, 0,
    7,    0,    0,    0, /* x2APIC id 0x1234 */
    9,    16,   0,    0,    2,    0,    0,    0,    1,    0, 0, 0,
    1,    0,    0,    0,                                           /* CPU 1 once more */
    1,    12,   8,    0,    0x00, 0x00, 0xc0, 0xfe, 0,    0, 0, 0, /* I/O APIC */
    2,    10,   0,    0,    2,    0,    0,    0,    0,    0,       /* IRQ 0 is GSI 2 */
    2,    10,   0,    9,    9,    0,    0,    0,    0x0f, 0,       /* IRQ 9 low, level */
    4,    6,    0xff, 0,    0,    1,                               /* NMI at LINT1 of all */
    10,   12,   0x0f, 0,    7,    0,    0,    0,    0,    0, 0, 0, /* NMI of x2APIC CPU 7 */
    77,   4,    0,    0,                                           /* unknown */
    5,    12,   0,    0,    0,    0,    0xd0, 0xfe, 1,    0, 0, 0, /* APIC is elsewhere */
};

static const uint8_t hpet_body[] = {
    0, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0xd0, 0xfe, 0, 0, 0, 0, 0, 0x80, 0, 0,
};

static const uint8_t mcfg_body[] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xb0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0, 0, 0, 0,
};

static struct {
    size_t rsdp, root, madt, hpet, mcfg, fadt;
} at;

static void add_fadt(size_t bytes)
{
    uint8_t body[232] = { 0 };

    at.fadt = add_table("FACP", body, bytes);
    put(at.fadt + 36, 0x7fe0000, 4);
    put(at.fadt + 40, 0x7fe1000, 4);
    put(at.fadt + 46, 9, 2);
    put(at.fadt + 64, 0x604, 4);
    put(at.fadt + 76, 0x608, 4);
    put(at.fadt + 91, 4, 1);
    put(at.fadt + 109, 2, 2);
    put(at.fadt + 112, 1u << 8 | 1u << 10, 4);
    if (bytes >= 200) {
        put(at.fadt + 116, 1 | 8 << 8, 4);
        put(at.fadt + 120, 0xcf9, 8);
        put(at.fadt + 128, 0x0f, 1);
        put(at.fadt + 140, 0x123456789000, 8);
        put(at.fadt + 208, 0, 4);
        put(at.fadt + 212, 0xfed80000, 8);
    }
    fix_table(at.fadt);
}

static void add_root(bool is_extended)
{
    size_t tables[] = { at.madt, at.hpet, at.mcfg, at.fadt };
    uint8_t body[32] = { 0 };
    unsigned width = is_extended ? 8 : 4;

    at.root = add_table(is_extended ? "XSDT" : "RSDT", body, 4 * width);
    for (unsigned i = 0; i < 4; i++)
        put(at.root + 36 + i * width, BASE + tables[i], width);
    fix_table(at.root);
}

static void add_rsdp(bool is_extended)
{
    at.rsdp = used;
    memcpy(firmware + at.rsdp, "RSD PTR ", 8);
    firmware[at.rsdp + 15] = is_extended ? 2 : 0;
    if (is_extended) {
        put(at.rsdp + 20, 36, 4);
        put(at.rsdp + 24, BASE + at.root, 8);
    } else {
        put(at.rsdp + 16, BASE + at.root, 4);
    }
    fix_sum(at.rsdp, 20, at.rsdp + 8);
    if (is_extended)
        fix_sum(at.rsdp, 36, at.rsdp + 32);
    used += 48;
}

static void build(bool is_extended)
{
    memset(firmware, 0, sizeof(firmware));
    used = 0x40;
    at.madt = add_table("APIC", madt_body, sizeof(madt_body));
    at.hpet = add_table("HPET", hpet_body, sizeof(hpet_body));
    at.mcfg = add_table("MCFG", mcfg_body, sizeof(mcfg_body));
    add_fadt(is_extended ? 208 : 80);
    add_root(is_extended);
    add_rsdp(is_extended);
}

static int parse(void)
{
    error[0] = '\0';
    return acpi_parse(BASE + at.rsdp, read_copy, &info, error);
}

static void refused_with(const char *text)
{
    ck_assert_int_eq(parse(), -EINVAL);
    ck_assert_msg(strstr(error, text) != NULL, "\"%s\" is not in \"%s\"", text, error);
}

TEST(acpi, cpus_and_interrupt_controllers)
{
    build(true);
    ck_assert_msg(parse() == 0, "%s", error);
    ck_assert_uint_eq(info.local_apic_address, 0x1fed00000);
    ck_assert(info.has_8259);
    ck_assert_uint_eq(info.cpu_count, 3);
    ck_assert_uint_eq(info.cpus[0].apic_id, 0);
    ck_assert_uint_eq(info.cpus[1].apic_id, 2);
    ck_assert_uint_eq(info.cpus[1].acpi_id, 1);
    ck_assert_uint_eq(info.cpus[2].apic_id, 0x1234);
    ck_assert_uint_eq(info.cpus[2].acpi_id, 7);
    ck_assert_uint_eq(info.ioapic_count, 1);
    ck_assert_uint_eq(info.ioapics[0].id, 8);
    ck_assert_uint_eq(info.ioapics[0].address, 0xfec00000);
    ck_assert_uint_eq(info.override_count, 2);
    ck_assert_uint_eq(info.overrides[0].gsi, 2);
    ck_assert(!info.overrides[0].is_level && !info.overrides[0].is_active_low);
    ck_assert_uint_eq(info.overrides[1].isa_irq, 9);
    ck_assert(info.overrides[1].is_level && info.overrides[1].is_active_low);
    ck_assert_uint_eq(info.nmi_count, 2);
    ck_assert_uint_eq(info.nmis[0].acpi_id, UINT32_MAX);
    ck_assert_uint_eq(info.nmis[0].pin, 1);
    ck_assert_uint_eq(info.nmis[1].acpi_id, 7);
}

TEST(acpi, timers_and_configuration_space)
{
    build(true);
    ck_assert_int_eq(parse(), 0);
    ck_assert(info.has_hpet);
    ck_assert_uint_eq(info.hpet_address, 0xfed00000);
    ck_assert_uint_eq(info.hpet_minimum_tick, 0x80);
    ck_assert_uint_eq(info.mmconfig_count, 1);
    ck_assert_uint_eq(info.mmconfigs[0].address, 0xb0000000);
    ck_assert_uint_eq(info.mmconfigs[0].last_bus, 0xff);
}

TEST(acpi, power_registers_of_a_new_table)
{
    build(true);
    ck_assert_int_eq(parse(), 0);
    ck_assert(info.has_fadt);
    ck_assert_uint_eq(info.sci_irq, 9);
    ck_assert_uint_eq(info.pm1a_control.address, 0x604);
    ck_assert_uint_eq(info.pm1a_control.space, ACPI_SPACE_IO);
    ck_assert_uint_eq(info.pm1b_control.address, 0);
    ck_assert_uint_eq(info.pm_timer.address, 0xfed80000);
    ck_assert_uint_eq(info.pm_timer.space, ACPI_SPACE_MEMORY);
    ck_assert(info.pm_timer_is_32_bit);
    ck_assert_uint_eq(info.reset.address, 0xcf9);
    ck_assert_uint_eq(info.reset_value, 0x0f);
    ck_assert_uint_eq(info.dsdt_address, 0x123456789000);
    ck_assert_uint_eq(info.facs_address, 0x7fe0000);
}

TEST(acpi, old_firmware_has_an_rsdt_and_a_short_fadt)
{
    build(false);
    ck_assert_msg(parse() == 0, "%s", error);
    ck_assert_uint_eq(info.cpu_count, 3);
    ck_assert_uint_eq(info.pm_timer.address, 0x608);
    ck_assert_uint_eq(info.pm_timer.space, ACPI_SPACE_IO);
    ck_assert_uint_eq(info.reset.address, 0);
    ck_assert_uint_eq(info.dsdt_address, 0x7fe1000);
}

TEST(acpi, no_rsdp_is_found_where_nothing_can_be_read)
{
    build(false);
    ck_assert_uint_eq(acpi_find_rsdp(read_copy), 0);
}

static const void *read_low_memory(uint64_t address, size_t bytes)
{
    static uint8_t low[0x100000];
    static bool is_built;

    if (!is_built) {
        memcpy(low + 0xf5000, firmware, sizeof(firmware));
        memcpy(low + 0xe0000, "RSD PTR ", 8); /* a decoy with a wrong checksum */
        low[0x40e] = 0x00;
        low[0x40f] = 0x9f;
        is_built = true;
    }
    return address <= sizeof(low) && bytes <= sizeof(low) - address ? low + address : NULL;
}

TEST(acpi, the_rsdp_is_found_behind_a_decoy)
{
    build(false);
    ck_assert_uint_eq(acpi_find_rsdp(read_low_memory), 0xf5000 + at.rsdp);
}

TEST(acpi, wrong_checksums_are_named)
{
    build(true);
    firmware[at.madt + 60]++;
    refused_with("APIC");
    refused_with("checksum");
    build(true);
    firmware[at.fadt + 200]++;
    refused_with("FACP");
    build(true);
    firmware[at.root + 40]++;
    refused_with("XSDT");
    build(true);
    firmware[at.rsdp + 10]++;
    refused_with("RSDP");
    build(true);
    firmware[at.rsdp + 33]++;
    refused_with("extended checksum");
}

TEST(acpi, impossible_lengths_are_named)
{
    build(true);
    put(at.madt + 4, 35, 4);
    refused_with("APIC");
    build(true);
    put(at.hpet + 4, 0x7fffffff, 4);
    refused_with("HPET");
    build(true);
    put(at.hpet + 4, 40, 4);
    fix_table(at.hpet);
    refused_with("too short");
    build(true);
    put(at.fadt + 4, 115, 4);
    fix_table(at.fadt);
    refused_with("too short");
    build(true);
    firmware[at.madt + 44 + 1] = 0;
    fix_table(at.madt);
    refused_with("impossible length");
    build(true);
    firmware[at.madt + 44 + 1] = 250;
    fix_table(at.madt);
    refused_with("impossible length");
}

TEST(acpi, no_processor_is_refused)
{
    build(true);
    memcpy(firmware + at.madt, "XPIC", 4);
    fix_table(at.madt);
    refused_with("no processor");
}

TEST(acpi, missing_optional_tables_are_fine)
{
    build(true);
    memcpy(firmware + at.hpet, "XPET", 4);
    memcpy(firmware + at.mcfg, "XCFG", 4);
    put(at.root + 36 + 24, 0, 8);
    fix_table(at.root);
    ck_assert_msg(parse() == 0, "%s", error);
    ck_assert(!info.has_hpet && !info.has_fadt);
    ck_assert_uint_eq(info.mmconfig_count, 0);
}

TEST(acpi, limits_are_kept)
{
    uint8_t many[8 + 8 * (ACPI_CPUS_MAX + 1)] = { 0 };
    uint8_t body[8 + 16 * (ACPI_MMCONFIGS_MAX + 1)] = { 0 };

    build(true);
    for (unsigned i = 0; i <= ACPI_CPUS_MAX; i++) {
        many[8 + 8 * i] = 4;
        many[8 + 8 * i + 1] = 6 + 2;
    }
    put(at.root + 36, BASE + used, 8);
    fix_table(at.root);
    add_table("APIC", many, 8 + 8 * (ACPI_NMIS_MAX + 1));
    refused_with("too many NMI");

    build(true);
    put(at.root + 36 + 16, BASE + used, 8);
    fix_table(at.root);
    add_table("MCFG", body, sizeof(body));
    refused_with("too many windows");
}

/* One byte after the other gets other values, its table's checksum put right again. */
static void damage(size_t table, size_t bytes, void (*repair)(void))
{
    static const uint8_t masks[] = { 0x01, 0x80, 0xff, 0x10 };

    for (size_t offset = 0; offset < bytes; offset++) {
        for (unsigned i = 0; i < sizeof(masks); i++) {
            uint8_t before = firmware[table + offset];
            firmware[table + offset] ^= masks[i];
            parse();
            repair();
            if (parse() == 0)
                ck_assert(info.cpu_count > 0 && info.cpu_count <= ACPI_CPUS_MAX);
            else
                ck_assert_uint_gt(strlen(error), 10);
            firmware[table + offset] = before;
            repair();
        }
    }
}

static void repair_all(void)
{
    const size_t tables[] = { at.madt, at.hpet, at.mcfg, at.fadt, at.root };

    for (unsigned i = 0; i < 5; i++) {
        size_t bytes = (size_t)(firmware[tables[i] + 4] | firmware[tables[i] + 5] << 8);
        if (tables[i] + bytes <= BYTES && bytes > 9)
            fix_sum(tables[i], bytes, tables[i] + 9);
    }
    fix_sum(at.rsdp, 20, at.rsdp + 8);
    fix_sum(at.rsdp, 36, at.rsdp + 32);
}

TEST(acpi, every_damaged_byte_is_survived)
{
    build(true);
    damage(at.rsdp, 36, repair_all);
    damage(at.root, 68, repair_all);
    damage(at.madt, 36 + sizeof(madt_body), repair_all);
    damage(at.hpet, 36 + sizeof(hpet_body), repair_all);
    damage(at.mcfg, 36 + sizeof(mcfg_body), repair_all);
    damage(at.fadt, 36 + 208, repair_all);
    ck_assert_int_eq(parse(), 0);
}

TEST(acpi, every_cut_table_is_survived)
{
    build(true);
    const size_t tables[] = { at.madt, at.hpet, at.mcfg, at.fadt, at.root };

    for (unsigned i = 0; i < 5; i++) {
        size_t whole = (size_t)(firmware[tables[i] + 4] | firmware[tables[i] + 5] << 8);
        for (size_t bytes = 0; bytes < whole; bytes++) {
            put(tables[i] + 4, bytes, 4);
            if (bytes > 9)
                fix_table(tables[i]);
            parse();
        }
        put(tables[i] + 4, whole, 4);
        fix_table(tables[i]);
    }
    ck_assert_int_eq(parse(), 0);
}

/* Firmware whose memory ends early. */
static size_t readable;

static const void *read_some(uint64_t address, size_t bytes)
{
    return address - BASE + bytes <= readable ? read_copy(address, bytes) : NULL;
}

TEST(acpi, every_end_of_memory_is_survived)
{
    build(true);
    for (readable = 0; readable < used; readable++)
        ck_assert_int_eq(acpi_parse(BASE + at.rsdp, read_some, &info, error),
                         readable < at.rsdp + 36 ? -EINVAL : 0);
}
