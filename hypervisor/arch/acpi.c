/* SPDX-License-Identifier: MIT */
/*
 * From the RSDP to the tables (ACPI specification 6.4, section 5.2). A table that is wanted must
 * have a correct length and checksum, or the machine is refused: with wrong interrupt routing
 * nothing would work later, and less visibly. Tables that are not wanted are not looked at.
 */
#include "arch/acpi.h"

#include "arch/acpi_table.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

#define RSDP_BYTES_1    20u
#define RSDP_BYTES_2    36u
#define RSDP_ALIGNMENT  16u
#define EBDA_POINTER    0x40eu
#define EBDA_BYTES      1024u
#define BIOS_AREA       0xe0000u
#define BIOS_AREA_BYTES 0x20000u
#define TABLES_MAX      128u
#define TABLE_BYTES_MAX 0x100000u
#define SIGNATURE_BYTES 4u

typedef const char *table_parser(struct acpi_table *table, struct acpi_info *info);

static const struct {
    const char *signature;
    table_parser *parse;
} parsers[] = {
    { "APIC", acpi_parse_madt },
    { "HPET", acpi_parse_hpet },
    { "MCFG", acpi_parse_mcfg },
    { "FACP", acpi_parse_fadt },
};

#define PARSERS (sizeof(parsers) / sizeof(parsers[0]))

/* What one run needs. */
struct walk {
    acpi_reader *reader;
    struct acpi_info *info;
    char *error;
    uint32_t table_count;
    uint64_t tables[TABLES_MAX]; /* addresses, copied from the root table */
};

static int fail(struct walk *walk, const char *what, uint64_t address, const char *problem)
{
    format_buffer(walk->error, ACPI_ERROR_MAX, "ACPI table %.4s at %#lx: %s", what, address,
                  problem);
    return -EINVAL;
}

static bool rsdp_ok(const uint8_t *bytes)
{
    return !memcmp(bytes, "RSD PTR ", 8) && acpi_checksum_ok(bytes, RSDP_BYTES_1);
}

static uint64_t search_rsdp(acpi_reader *reader, uint64_t start, size_t bytes)
{
    const uint8_t *area = reader(start, bytes);

    for (size_t offset = 0; area && offset + RSDP_BYTES_1 <= bytes; offset += RSDP_ALIGNMENT) {
        if (rsdp_ok(area + offset))
            return start + offset;
    }
    return 0;
}

uint64_t acpi_find_rsdp(acpi_reader *reader)
{
    const uint8_t *pointer = reader(EBDA_POINTER, 2);
    uint64_t ebda = pointer ? (uint64_t)(pointer[0] | pointer[1] << 8) << 4 : 0;
    uint64_t found = ebda ? search_rsdp(reader, ebda, EBDA_BYTES) : 0;

    return found ? found : search_rsdp(reader, BIOS_AREA, BIOS_AREA_BYTES);
}

/* The whole table at @address if its header is sound; *@problem says what is not. */
static bool read_table(struct walk *walk, uint64_t address, struct acpi_table *table,
                       const char **problem)
{
    struct acpi_table header = { walk->reader(address, ACPI_HEADER_BYTES), ACPI_HEADER_BYTES,
                                 false };

    *problem = "cannot be read";
    if (!header.bytes)
        return false;
    uint32_t length = acpi_read32(&header, 4);
    *problem = "has an impossible length";
    if (length < ACPI_HEADER_BYTES || length > TABLE_BYTES_MAX)
        return false;
    *table = (struct acpi_table){ walk->reader(address, length), length, false };
    if (!table->bytes)
        return false;
    *problem = "has a wrong checksum";
    return acpi_checksum_ok(table->bytes, length);
}

/* Copies the addresses out of an RSDT or XSDT, whose entries have @entry_bytes. */
static int read_root(struct walk *walk, uint64_t address, const char *signature,
                     unsigned entry_bytes)
{
    struct acpi_table root;
    const char *problem;

    if (!read_table(walk, address, &root, &problem))
        return fail(walk, signature, address, problem);
    if (memcmp(root.bytes, signature, SIGNATURE_BYTES))
        return fail(walk, signature, address, "has another signature");
    walk->table_count = 0;
    for (size_t offset = ACPI_HEADER_BYTES; offset + entry_bytes <= root.length;
         offset += entry_bytes) {
        if (walk->table_count == TABLES_MAX)
            return fail(walk, signature, address, "lists too many tables");
        walk->tables[walk->table_count++] = acpi_read(&root, offset, entry_bytes);
    }
    return 0;
}

static int read_rsdp(struct walk *walk, uint64_t address)
{
    struct acpi_table rsdp = { walk->reader(address, RSDP_BYTES_1), RSDP_BYTES_1, false };

    if (!rsdp.bytes || !rsdp_ok(rsdp.bytes))
        return fail(walk, "RSDP", address, "is not there or has a wrong checksum");
    uint64_t rsdt = acpi_read32(&rsdp, 16);
    if (acpi_read8(&rsdp, 15) < 2)
        return read_root(walk, rsdt, "RSDT", 4);

    rsdp = (struct acpi_table){ walk->reader(address, RSDP_BYTES_2), RSDP_BYTES_2, false };
    if (!rsdp.bytes || acpi_read32(&rsdp, 20) != RSDP_BYTES_2 ||
        !acpi_checksum_ok(rsdp.bytes, RSDP_BYTES_2))
        return fail(walk, "RSDP", address, "has a wrong extended checksum or length");
    uint64_t xsdt = acpi_read64(&rsdp, 24);
    return xsdt ? read_root(walk, xsdt, "XSDT", 8) : read_root(walk, rsdt, "RSDT", 4);
}

/* The first listed table of that signature, or 0. */
static uint64_t find_table(struct walk *walk, const char *signature)
{
    for (uint32_t i = 0; i < walk->table_count; i++) {
        const uint8_t *header =
            walk->tables[i] ? walk->reader(walk->tables[i], ACPI_HEADER_BYTES) : NULL;

        if (header && !memcmp(header, signature, SIGNATURE_BYTES))
            return walk->tables[i];
    }
    return 0;
}

static int parse_one(struct walk *walk, const char *signature, table_parser *parse)
{
    uint64_t address = find_table(walk, signature);
    struct acpi_table table;
    const char *problem;

    if (!address)
        return 0;
    if (!read_table(walk, address, &table, &problem))
        return fail(walk, signature, address, problem);
    problem = parse(&table, walk->info);
    if (!problem && table.is_overrun)
        problem = "is too short";
    return problem ? fail(walk, signature, address, problem) : 0;
}

int acpi_parse(uint64_t rsdp, acpi_reader *reader, struct acpi_info *info,
               char error[ACPI_ERROR_MAX])
{
    struct walk walk = { .reader = reader, .info = info, .error = error };
    int result;

    memset(info, 0, sizeof(*info));
    info->rsdp_address = rsdp;
    result = read_rsdp(&walk, rsdp);
    for (unsigned i = 0; i < PARSERS && !result; i++)
        result = parse_one(&walk, parsers[i].signature, parsers[i].parse);
    if (!result && info->cpu_count == 0) {
        format_buffer(error, ACPI_ERROR_MAX, "ACPI tables list no processor (no table APIC?)");
        result = -EINVAL;
    }
    return result;
}
