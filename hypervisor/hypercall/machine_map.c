/* SPDX-License-Identifier: MIT */
/* Builds the memory map that the control domain sees. Written at boot, read only afterwards. */
#include "hypercall/machine_map.h"

#include <stdbool.h>
#include <stddef.h>

#include "arch/layout.h"
#include "arch/machine.h"
#include "console/printk.h"
#include "lib/bits.h"
#include "lib/errno.h"

struct machine_map machine_map;

static uint64_t entry_end(const struct xen_e820_entry *entry)
{
    return entry->addr + entry->size;
}

/* Behind the last entry; joined with it if they touch and are of one type. */
static void append(struct machine_map *map, uint64_t start, uint64_t end, uint32_t type)
{
    struct xen_e820_entry *last = map->count ? &map->entries[map->count - 1] : NULL;

    if (start >= end)
        return;
    if (last && last->type == type && entry_end(last) == start)
        last->size += end - start;
    else
        map->entries[map->count++] =
            (struct xen_e820_entry){ .addr = start, .size = end - start, .type = type };
}

int machine_map_set(struct machine_map *map, uint64_t start, uint64_t end, uint32_t type)
{
    static struct machine_map next; /* too large for the stack; boot has one CPU */
    bool is_placed = false;

    if (map->count > MACHINE_MAP_MAX - 2)
        return -E2BIG;
    next.count = 0;
    for (uint32_t i = 0; i < map->count; i++) {
        const struct xen_e820_entry *old = &map->entries[i];
        uint64_t old_end = entry_end(old);

        append(&next, old->addr, old_end < start ? old_end : start, old->type);
        if (!is_placed && old_end > start) {
            append(&next, start, end, type);
            is_placed = true;
        }
        append(&next, old->addr > end ? old->addr : end, old_end, old->type);
    }
    if (!is_placed)
        append(&next, start, end, type);
    *map = next;
    return 0;
}

static void reserve_page(uint64_t address)
{
    address = align_down(address, PAGE_SIZE);
    if (machine_map_set(&machine_map, address, address + PAGE_SIZE, XEN_E820_RESERVED))
        log_warning("the memory map is too long to reserve %#lx", address);
}

void machine_map_build(void)
{
    const struct memory_map *firmware = &machine_memory_map;

    machine_map.count = 0;
    for (uint32_t i = 0; i < firmware->count; i++)
        append(&machine_map, firmware->ranges[i].start, firmware->ranges[i].end,
               firmware->ranges[i].type);
    if (machine_acpi.local_apic_address)
        reserve_page(machine_acpi.local_apic_address);
    for (uint32_t i = 0; i < machine_acpi.ioapic_count; i++)
        reserve_page(machine_acpi.ioapics[i].address);
}
