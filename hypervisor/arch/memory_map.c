/* SPDX-License-Identifier: MIT */
/*
 * Walks the borders of all ranges from the lowest to the highest address; between two
 * neighbouring borders nothing changes, so one type holds there: the greatest claimed.
 */
#include "arch/memory_map.h"

#include <stddef.h>

#include "lib/compiler.h"

#define ADDRESS_END (1UL << 52)

const char *memory_type_name(uint32_t type)
{
    static const char *const names[] = {
        [MEMORY_RAM] = "RAM",
        [MEMORY_RESERVED] = "reserved",
        [MEMORY_ACPI_TABLES] = "ACPI tables",
        [MEMORY_ACPI_NVS] = "ACPI NVS",
        [MEMORY_UNUSABLE] = "unusable",
    };

    return type < ARRAY_COUNT(names) && names[type] ? names[type] : "unknown";
}

static struct memory_map_range clean(struct memory_map_range range)
{
    if (range.end > ADDRESS_END)
        range.end = ADDRESS_END;
    if (range.type < MEMORY_RAM || range.type > MEMORY_UNUSABLE)
        range.type = MEMORY_RESERVED;
    return range;
}

/* The lowest border of any range above @address, or ADDRESS_END. */
static uint64_t next_border(const struct memory_map_range *ranges, uint32_t count, uint64_t address)
{
    uint64_t border = ADDRESS_END;

    for (uint32_t i = 0; i < count; i++) {
        struct memory_map_range range = clean(ranges[i]);

        if (range.start >= range.end)
            continue;
        if (range.start > address && range.start < border)
            border = range.start;
        if (range.end > address && range.end < border)
            border = range.end;
    }
    return border;
}

/* The greatest type claimed for @address, or 0. */
static uint32_t type_at(const struct memory_map_range *ranges, uint32_t count, uint64_t address)
{
    uint32_t type = 0;

    for (uint32_t i = 0; i < count; i++) {
        struct memory_map_range range = clean(ranges[i]);

        if (address >= range.start && address < range.end && range.type > type)
            type = range.type;
    }
    return type;
}

static bool append(struct memory_map *map, uint64_t start, uint64_t end, uint32_t type)
{
    struct memory_map_range *last = map->count ? &map->ranges[map->count - 1] : NULL;

    if (last && last->end == start && last->type == type) {
        last->end = end;
        return true;
    }
    if (map->count == MEMORY_MAP_MAX)
        return false;
    map->ranges[map->count++] = (struct memory_map_range){ start, end, type };
    return true;
}

bool memory_map_build(struct memory_map *map, const struct memory_map_range *ranges, uint32_t count)
{
    uint64_t start = 0;

    map->count = 0;
    while (start < ADDRESS_END) {
        uint64_t end = next_border(ranges, count, start);
        uint32_t type = type_at(ranges, count, start);

        if (type && !append(map, start, end, type))
            return false;
        start = end;
    }
    return true;
}

bool memory_map_is_ram(const struct memory_map *map, uint64_t start, uint64_t end)
{
    for (uint32_t i = 0; i < map->count; i++) {
        const struct memory_map_range *range = &map->ranges[i];

        if (range->type == MEMORY_RAM && start >= range->start && end <= range->end)
            return start < end;
    }
    return false;
}
