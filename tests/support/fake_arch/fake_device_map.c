/* SPDX-License-Identifier: MIT */
/* In place of mm/device_map.c. */
#include "mm/hypervisor_map.h"
#include "support/fake_arch/fake_devices.h"

uint32_t fake_device_memory[0x4000];

void *map_device(maddr_t address, size_t bytes, enum map_cache cache)
{
    uint64_t offset = address.value % sizeof(fake_device_memory);

    (void)cache;
    if (offset + bytes > sizeof(fake_device_memory))
        return NULL;
    return (uint8_t *)fake_device_memory + offset;
}
