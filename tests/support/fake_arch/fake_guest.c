/* SPDX-License-Identifier: MIT */
/* In place of mm/guest_copy.S: guest memory is what fake_guest_map() says, byte for byte. */
#include <stdlib.h>

#include "arch/cpu_features.h"
#include "arch/guest_words.h"
#include "arch/x86.h"
#include "mm/guest_copy.h"
#include "support/fake_arch/fake_machine.h"

#define RANGES_MAX 64u

static struct {
    uint64_t start, end;
    uint8_t *host;
    bool is_writable;
} ranges[RANGES_MAX];
static unsigned range_count;

void fake_guest_map(uint64_t guest_address, void *host, size_t bytes, bool is_writable)
{
    if (range_count == RANGES_MAX)
        abort();
    ranges[range_count].start = guest_address;
    ranges[range_count].end = guest_address + bytes;
    ranges[range_count].host = host;
    ranges[range_count].is_writable = is_writable;
    range_count++;
}

void fake_guest_unmap_all(void)
{
    range_count = 0;
}

/* NULL where an access would fault. */
static uint8_t *find(uint64_t address, bool is_write)
{
    if (smap_active && !fake_x86.smap_is_open)
        return NULL;
    for (unsigned i = 0; i < range_count; i++) {
        if (address - ranges[i].start < ranges[i].end - ranges[i].start &&
            (ranges[i].is_writable || !is_write))
            return ranges[i].host + (address - ranges[i].start);
    }
    return NULL;
}

/* Which side is the guest's is seen from the range check: the other one is a host pointer that
 * no test maps as guest memory. */
int guest_copy(void *to, const void *from, size_t bytes)
{
    bool is_write = find((uint64_t)from, false) == NULL;

    for (size_t i = 0; i < bytes; i++) {
        uint8_t *target = is_write ? find((uint64_t)to + i, true) : (uint8_t *)to + i;
        const uint8_t *source =
            is_write ? (const uint8_t *)from + i : find((uint64_t)from + i, false);
        if (!target || !source)
            return 1;
        *target = *source;
    }
    return 0;
}

__attribute__((weak)) int fake_guest_load(uint64_t *into, uint64_t address)
{
    return guest_copy(into, (const void *)address, sizeof(*into));
}

__attribute__((weak)) int fake_guest_store(uint64_t address, uint64_t value)
{
    return guest_copy((void *)address, &value, sizeof(value));
}

int guest_clear(void *to, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        uint8_t *target = find((uint64_t)to + i, true);
        if (!target)
            return 1;
        *target = 0;
    }
    return 0;
}

int guest_exchange(uint64_t *word, uint64_t *expected, uint64_t replacement)
{
    uint64_t *target = (uint64_t *)(void *)find((uint64_t)word, true);

    if (!target)
        return 1;
    uint64_t found = *target;
    if (found == *expected)
        *target = replacement;
    *expected = found;
    return 0;
}
