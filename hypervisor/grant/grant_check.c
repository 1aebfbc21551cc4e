/* SPDX-License-Identifier: MIT */
/*
 * Recounting: do the handles of all domains add up to the pins of all entries?
 *
 * In place, as pvmmu_check() does it: every handle takes its pins off, nothing may be left, and
 * every handle puts them back. No vCPU but the caller's runs, and nobody is in a grant call.
 */
#include "arch/arch.h"
#include "console/printk.h"
#include "grant/grant_entry.h"
#include "grant/grant_table.h"
#include "pvmmu/pvmmu.h"

typedef void handle_function(const struct grant_handle *handle, uint32_t state);

static bool is_consistent;

#define COMPLAIN(...)                                                                              \
    do {                                                                                           \
        is_consistent = false;                                                                     \
        log_error("grant_check: " __VA_ARGS__);                                                    \
    } while (0)

static const struct grant_table *next_table(uint16_t *id)
{
    for (const struct domain *d = domain_next(*id); d; d = domain_next(*id)) {
        *id = (uint16_t)(d->id + 1);
        if (d->grants)
            return d->grants;
    }
    return NULL;
}

static void for_each_handle(handle_function *function)
{
    uint16_t id = 0;

    for (const struct grant_table *table = next_table(&id); table; table = next_table(&id)) {
        uint32_t count = atomic_load(&table->handles.count);

        for (grant_handle_t number = 0; number < count; number++) {
            const struct grant_handle *handle = grant_handle_find(&table->handles, number);
            uint32_t state = atomic_load(&handle->state);

            if (state & HANDLE_IN_USE)
                function(handle, state);
        }
    }
}

/* ---- pins ---- */

static void add_pins(const struct grant_handle *handle, uint32_t state, int change)
{
    struct grant_active *active = grant_active(handle->table, handle->ref);
    bool is_read_only = state & HANDLE_READ_ONLY;
    enum grant_kind host = is_read_only ? GRANT_HOST_READ : GRANT_HOST_WRITE;
    enum grant_kind device = is_read_only ? GRANT_DEVICE_READ : GRANT_DEVICE_WRITE;

    if (state & HANDLE_HOST)
        active->pins[host] = (uint16_t)(active->pins[host] + change);
    if (state & HANDLE_DEVICE)
        active->pins[device] = (uint16_t)(active->pins[device] + change);
    handle->table->handle_count += (uint32_t)change;
}

static void take_off(const struct grant_handle *handle, uint32_t state)
{
    if (state & HANDLE_ENDING)
        COMPLAIN("a handle of grant %u of domain %u is still ending", handle->ref,
                 handle->table->owner->id);
    add_pins(handle, state, -1);
}

static void put_back(const struct grant_handle *handle, uint32_t state)
{
    add_pins(handle, state, 1);
}

static void expect_no_pins(const struct grant_table *table)
{
    uint32_t entries = atomic_load(&table->frame_count) * GRANTS_PER_FRAME;

    if (table->handle_count)
        COMPLAIN("domain %u: %d handles too many", table->owner->id, (int)table->handle_count);
    for (grant_ref_t ref = 0; ref < entries; ref++) {
        if (grant_active(table, ref)->all_pins)
            COMPLAIN("domain %u: grant %u has pins %#lx that no handle has", table->owner->id, ref,
                     grant_active(table, ref)->all_pins);
    }
}

/* ---- free handles ---- */

static void check_free_handles(const struct domain *d, const struct grant_handles *handles)
{
    uint32_t count = atomic_load(&handles->count);
    uint32_t unseen = count;

    for (grant_handle_t number = 0; number < count; number++) {
        if (atomic_load(&grant_handle_find(handles, number)->state) & HANDLE_IN_USE)
            unseen--;
    }
    for (grant_handle_t number = handles->first_free; number != HANDLE_NONE;) {
        const struct grant_handle *handle = grant_handle_find(handles, number);

        if (!handle || (atomic_load(&handle->state) & HANDLE_IN_USE) || !unseen--) {
            COMPLAIN("domain %u: handle %#x is in the list of free ones", d->id, number);
            return;
        }
        number = handle->next_free;
    }
    if (unseen)
        COMPLAIN("domain %u: %u handles are neither free nor in use", d->id, unseen);
}

bool grant_check(void)
{
    uint16_t id = 0;

    is_consistent = true;
    for_each_handle(take_off);
    for (const struct grant_table *table = next_table(&id); table; table = next_table(&id)) {
        expect_no_pins(table);
        check_free_handles(table->owner, &table->handles);
    }
    for_each_handle(put_back);
    return is_consistent;
}

/* ---- what pvmmu_check() cannot see: references for devices ---- */

static void count_device_references(const struct grant_handle *handle, uint32_t state)
{
    struct frame *frame = mfn_to_frame(mfn(grant_active(handle->table, handle->ref)->frame));

    if (state & HANDLE_DEVICE)
        pvmmu_check_count(frame, 1, (state & HANDLE_READ_ONLY) ? 0 : 1);
}

static void count_references(void)
{
    for_each_handle(count_device_references);
}

void grant_init(void)
{
    static struct pvmmu_check_source source = { .count = count_references };

    pvmmu_check_register(&source);
}
