/* SPDX-License-Identifier: MIT */
/* From the firmware's memory map to the frame allocator. */
#include "arch/cpu_features.h"
#include "arch/layout.h"
#include "arch/machine.h"
#include "boot/start.h"
#include "console/panic.h"
#include "console/printk.h"
#include "lib/bits.h"
#include "mm/frame_alloc.h"
#include "mm/ram.h"

/* Less than this is no memory to speak of. */
#define MEMORY_MIN_BYTES (32UL << 20)

extern char image_start[], image_end[];

static uint64_t image_address(const char *symbol)
{
    return (uint64_t)symbol - HYPERVISOR_VIRT;
}

static void print_memory_map(void)
{
    for (uint32_t i = 0; i < machine_memory_map.count; i++) {
        const struct memory_map_range *range = &machine_memory_map.ranges[i];

        log_info("  %016lx-%016lx %s", range->start, range->end, memory_type_name(range->type));
    }
}

/* RAM that the CPU's physical addresses do not reach is no RAM. */
static unsigned collect_ram(struct memory_range ranges[MEMORY_MAP_MAX])
{
    uint64_t reach = 1UL << cpu_features.physical_address_bits;
    unsigned count = 0;

    for (uint32_t i = 0; i < machine_memory_map.count; i++) {
        const struct memory_map_range *range = &machine_memory_map.ranges[i];

        if (range->type != MEMORY_RAM || range->start >= reach)
            continue;
        ranges[count++] = (struct memory_range){
            .start = range->start,
            .end = range->end < reach ? range->end : reach,
        };
    }
    return count;
}

static void check_module(unsigned number, const struct boot_module *module)
{
    if (module->start == module->end)
        boot_failure("Module %u is empty", number);
    if (!memory_map_is_ram(&machine_memory_map, module->start, module->end))
        boot_failure("Module %u lies at 0x%lx-0x%lx, where there is no RAM", number, module->start,
                     module->end);
    if (module->start < image_address(image_end) && module->end > image_address(image_start))
        boot_failure("Module %u overlaps the hypervisor", number);
}

void boot_plan_memory(void)
{
    static struct memory_range ranges[MEMORY_MAP_MAX]; /* too large for the stack */

    if (!memory_map_build(&machine_memory_map, boot_info.ranges, boot_info.range_count))
        log_warning("The firmware's memory map has too many ranges; the highest are left out");
    log_info("Memory map:");
    print_memory_map();

    if (ram_init(ranges, collect_ram(ranges)) || ram_bytes_total() < MEMORY_MIN_BYTES)
        boot_failure("This machine has too little memory, or its map says so; stopping");
    early_reserve(0, LOW_MEMORY_END);
    early_reserve(image_address(image_start), image_address(image_end));
    for (unsigned i = 0; i < boot_info.module_count; i++) {
        const struct boot_module *module = &boot_info.modules[i];

        check_module(i + 1, module);
        early_reserve(module->start, module->end);
        log_info("Module %u: 0x%lx-0x%lx \"%s\"", i + 1, module->start, module->end,
                 module->command_line);
    }
}

/* conring_size=: rounded up to what the frame allocator gives; without memory for it, as before. */
static void enlarge_log(void)
{
    uint64_t pages = align_up(log_ring_bytes_wanted, PAGE_SIZE) >> PAGE_SHIFT;
    unsigned order = order_of_count(pages);
    struct frame *ring;

    if (log_ring_bytes_wanted <= LOG_RING_BYTES_MIN)
        return;
    ring =
        order <= FRAME_ORDER_MAX ? frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY) : NULL;
    if (ring)
        log_ring_replace(mfn_to_virt(frame_to_mfn(ring)), PAGE_SIZE << order);
    else
        log_warning("No memory for a log of %lu KiB", log_ring_bytes_wanted >> 10);
}

void boot_start_memory(void)
{
    uint64_t frames = ram_frames_end();
    maddr_t chunks = early_alloc(frame_alloc_table_bytes(frames), PAGE_SIZE, 0);

    frame_alloc_init(frames, maddr_to_virt(chunks));
    early_alloc_finish();
    enlarge_log();
}
