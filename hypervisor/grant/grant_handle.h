/* SPDX-License-Identifier: MIT */
/*
 * The grants that a domain has mapped: a table of handles (the ABI's maptrack).
 *
 * A handle is free or names one entry of one granting domain and the parts of a mapping that it
 * still has: one for page tables (HANDLE_HOST), one for devices (HANDLE_DEVICE). Who wants
 * to end a part claims it first, by turning its bit into the one that says it is ending; so each
 * part is ended once, by one CPU, and the handle stays as it is until that CPU is done.
 */
#ifndef PARAPET_GRANT_GRANT_HANDLE_H
#define PARAPET_GRANT_GRANT_HANDLE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "arch/x86.h"
#include "hypercall-abi/grant_table.h"
#include "lib/assert.h"
#include "lib/compiler.h"
#include "lib/spinlock.h"
#include "mm/address.h"

struct grant_table;

/* The state of a handle. What is asked for by flags of the ABI has the ABI's numbers. */
#define HANDLE_DEVICE       GNTMAP_device_map
#define HANDLE_HOST         GNTMAP_host_map
#define HANDLE_READ_ONLY    GNTMAP_readonly
#define HANDLE_CONTAINS_PTE GNTMAP_contains_pte
#define HANDLE_PARTS        (HANDLE_HOST | HANDLE_DEVICE)
#define HANDLE_FLAGS        (HANDLE_PARTS | HANDLE_READ_ONLY | HANDLE_CONTAINS_PTE)

/* Parts that are ending are shifted. */
#define HANDLE_ENDING_SHIFT 8
#define HANDLE_ENDING       (HANDLE_PARTS << HANDLE_ENDING_SHIFT)
#define HANDLE_IN_USE       (HANDLE_PARTS | HANDLE_ENDING)

struct grant_handle {
    struct grant_table *table; /* of the granting domain, which it keeps in memory */
    union {
        grant_ref_t ref;
        grant_handle_t next_free; /* HANDLE_NONE ends the list */
    };
    _Atomic uint32_t state; /* HANDLE_*; in use while there is any of HANDLE_IN_USE */
};
_Static_assert(sizeof(struct grant_handle) == 16, "found by shifts");

#define HANDLE_NONE       UINT32_MAX
#define HANDLES_PER_FRAME ((uint32_t)(PAGE_SIZE / sizeof(struct grant_handle)))

/* The lock guards the list of free ones and growth; a page is published by count, and stays. */
struct grant_handles {
    struct spinlock lock;
    uint32_t frame_limit;
    grant_handle_t first_free;
    uint32_t close_next; /* how far the teardown has come */
    _Atomic uint32_t count;
    struct grant_handle **pages; /* room for frame_limit, made with the first handle */
};

void grant_handles_init(struct grant_handles *handles, uint32_t frame_limit);
void grant_handles_free(struct grant_handles *handles);

/* A handle whose number we know to exist. */
static inline struct grant_handle *grant_handle_at(const struct grant_handles *handles,
                                                   grant_handle_t number)
{
    return &handles->pages[number / HANDLES_PER_FRAME][number % HANDLES_PER_FRAME];
}

/* The handle, in use or not; NULL if it never existed. Safe for any number of a guest's. */
static inline struct grant_handle *grant_handle_find(const struct grant_handles *handles,
                                                     grant_handle_t number)
{
    uint32_t count = atomic_load_explicit(&handles->count, memory_order_acquire);

    if (unlikely(number >= count))
        return NULL;
    return grant_handle_at(handles, (grant_handle_t)index_clamp(number, count));
}

/* Lock held: makes some more free handles. 0, -ENOSPC or -ENOMEM. */
MUST_CHECK int grant_handles_grow(struct grant_handles *handles);

/* grant_handle_take - one that is not in use, for the caller to fill. 0, -ENOSPC or -ENOMEM. */
MUST_CHECK static inline int grant_handle_take(struct grant_handles *handles,
                                               grant_handle_t *number)
{
    int error = 0;

    spin_lock(&handles->lock);
    if (unlikely(handles->first_free == HANDLE_NONE))
        error = grant_handles_grow(handles);
    if (likely(!error)) {
        *number = handles->first_free;
        handles->first_free = grant_handle_at(handles, *number)->next_free;
    }
    spin_unlock(&handles->lock);
    return error;
}

/* Handles that are not in use any more, linked as in the table's list. */
struct grant_handle_list {
    grant_handle_t first; /* HANDLE_NONE: empty */
    struct grant_handle *last;
};

static inline void grant_handle_list_add(struct grant_handle_list *list,
                                         struct grant_handle *handle, grant_handle_t number)
{
    ASSERT(!(atomic_load(&handle->state) & HANDLE_IN_USE));
    if (list->first == HANDLE_NONE)
        list->last = handle;
    handle->next_free = list->first;
    list->first = number;
}

/* All of the list can be taken again. */
static inline void grant_handle_list_give_back(struct grant_handles *handles,
                                               const struct grant_handle_list *list)
{
    if (list->first == HANDLE_NONE)
        return;
    spin_lock(&handles->lock);
    list->last->next_free = handles->first_free;
    handles->first_free = list->first;
    spin_unlock(&handles->lock);
}

/* The same for one. */
static inline void grant_handle_give_back(struct grant_handles *handles, grant_handle_t number)
{
    struct grant_handle_list list = { .first = HANDLE_NONE };

    grant_handle_list_add(&list, grant_handle_at(handles, number), number);
    grant_handle_list_give_back(handles, &list);
}

/*
 * grant_handle_claim - make those of the parts @wanted that the handle has the caller's to end. Its
 * state afterwards is in *@state; false: it is not in use. None of the parts may be there.
 */
MUST_CHECK static inline bool grant_handle_claim(struct grant_handle *handle, uint32_t wanted,
                                                 uint32_t *claimed, uint32_t *state)
{
    *state = atomic_load_explicit(&handle->state, memory_order_acquire);
    do {
        if (unlikely(!(*state & HANDLE_PARTS)))
            return false;
        *claimed = *state & wanted;
    } while (!atomic_compare_exchange_weak_explicit(&handle->state, state,
                                                    (*state & ~*claimed) |
                                                        *claimed << HANDLE_ENDING_SHIFT,
                                                    memory_order_acq_rel, memory_order_acquire));
    return true;
}

/* The claimed parts did not end after all. */
static inline void grant_handle_unclaim(struct grant_handle *handle, uint32_t claimed)
{
    /* Both bits of a part are the caller's while it is claimed. */
    atomic_fetch_xor_explicit(&handle->state, claimed | claimed << HANDLE_ENDING_SHIFT,
                              memory_order_release);
}

/* The claimed parts have ended. True: it was the last part, and the handle is the caller's. */
MUST_CHECK static inline bool grant_handle_ended(struct grant_handle *handle, uint32_t claimed)
{
    uint32_t ending = claimed << HANDLE_ENDING_SHIFT;
    uint32_t before = atomic_fetch_and_explicit(&handle->state, ~ending, memory_order_acq_rel);

    return !(before & ~ending & HANDLE_IN_USE);
}

#endif
