/* SPDX-License-Identifier: MIT */
/*
 * Free handles are a list through the table itself, last in, first out. The table grows by a
 * page when the list is empty.
 */
#include "grant/grant_handle.h"

#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/heap.h"

void grant_handles_init(struct grant_handles *handles, uint32_t frame_limit)
{
    spin_init(&handles->lock, LOCK_GRANT_MAPS);
    handles->frame_limit = frame_limit;
    handles->first_free = HANDLE_NONE;
}

void grant_handles_free(struct grant_handles *handles)
{
    uint32_t count = atomic_load_explicit(&handles->count, memory_order_relaxed);

    for (uint32_t i = 0; i < count / HANDLES_PER_FRAME; i++)
        page_free(handles->pages[i]);
    heap_free(handles->pages);
}

int grant_handles_grow(struct grant_handles *handles)
{
    uint32_t count = atomic_load_explicit(&handles->count, memory_order_relaxed);
    struct grant_handle *page;

    if (count / HANDLES_PER_FRAME == handles->frame_limit)
        return refuse(-ENOSPC, "all %u handles are in use", count);
    if (!handles->pages)
        handles->pages = heap_alloc(handles->frame_limit * sizeof(handles->pages[0]));
    if (!handles->pages)
        return -ENOMEM;
    page = page_alloc();
    if (!page)
        return -ENOMEM;
    for (uint32_t i = 0; i < HANDLES_PER_FRAME; i++)
        page[i].next_free = i + 1 < HANDLES_PER_FRAME ? count + i + 1 : HANDLE_NONE;
    handles->pages[count / HANDLES_PER_FRAME] = page;
    handles->first_free = count;
    atomic_store_explicit(&handles->count, count + HANDLES_PER_FRAME, memory_order_release);
    return 0;
}
