/* SPDX-License-Identifier: MIT */
/*
 * Small objects in slabs: a page that starts with a struct slab and is cut into slots of one
 * size. Slabs with a free slot are on their class's list; a slab whose slots are all free goes
 * back, unless it is the last one of its class. heap_lock guards all of it.
 *
 * A free slot begins with the index of the next free one. In debug builds a slot ends with a guard
 * that tells how many bytes of it are in use, if any; heap_check.h does that.
 */
#include "mm/heap.h"

#include "lib/assert.h"
#include "lib/bits.h"
#include "lib/list.h"
#include "lib/spinlock.h"
#include "lib/string.h"
#include "mm/frame_alloc.h"
#include "mm/heap_check.h"

#define SLAB_MAGIC  0x51ab51abu
#define SLAB_HEADER ALIGNED_SIZE(sizeof(struct slab))
#define NO_SLOT     0xffffu
#define SLOT_BYTES  (PAGE_SIZE - SLAB_HEADER)

#define ALIGNED_SIZE(bytes) (((bytes) + 15u) & ~15UL)

struct slab {
    struct list link; /* on the list of its class while a slot is free */
    uint32_t magic;
    uint16_t class;
    uint16_t used;
    uint16_t first_free;
};

/* Multiples of 16; the large ones divide a page with little waste. */
static const uint16_t class_bytes[] = {
    16, 32, 48, 64, 96, 128, 192, 256, 336, 448, 576, 800, 1008, 1344, 2016,
};

#define CLASSES ARRAY_COUNT(class_bytes)

static struct list slabs[CLASSES];
static uint64_t objects_in_use;
static struct spinlock heap_lock = SPINLOCK_INIT(LOCK_HEAP);

static void *slot_at(struct slab *slab, unsigned index)
{
    return (uint8_t *)slab + SLAB_HEADER + (size_t)index * class_bytes[slab->class];
}

static unsigned class_of(size_t bytes)
{
    unsigned class = 0;

    while (class < CLASSES && class_bytes[class] < bytes)
        class ++;
    return class;
}

static struct slab *slab_create(unsigned class)
{
    struct frame *frame = frame_alloc(0, FRAME_ADDRESS_ANY, FRAME_ALLOC_DIRTY);

    if (!frame)
        return NULL;
    struct slab *slab = mfn_to_virt(frame_to_mfn(frame));
    unsigned slots = (unsigned)(SLOT_BYTES / class_bytes[class]);
    *slab = (struct slab){ .magic = SLAB_MAGIC, .class = (uint16_t) class };
    for (unsigned i = 0; i < slots; i++) {
        *(uint16_t *)slot_at(slab, i) = (uint16_t)(i + 1 < slots ? i + 1 : NO_SLOT);
        heap_check_freed(slot_at(slab, i), class_bytes[class]);
    }
    list_add_head(&slabs[class], &slab->link);
    return slab;
}

static void slab_destroy(struct slab *slab)
{
    list_remove(&slab->link);
    slab->magic = 0;
    frame_free(mfn_to_frame(virt_to_mfn(slab)), 0);
}

/* Lists that were never used are all zero. */
static struct slab *slab_with_room(unsigned class)
{
    struct list *list = &slabs[class];

    if (!list->next)
        list_init(list);
    struct slab *slab = list_first(list, struct slab, link);
    return slab ? slab : slab_create(class);
}

static void *small_alloc(unsigned class, size_t bytes)
{
    void *slot = NULL;

    spin_lock(&heap_lock);
    struct slab *slab = slab_with_room(class);
    if (slab) {
        slot = slot_at(slab, slab->first_free);
        heap_check_still_free(slot, class_bytes[class]);
        slab->first_free = *(uint16_t *)slot;
        slab->used++;
        if (slab->first_free == NO_SLOT)
            list_remove(&slab->link);
        objects_in_use++;
    }
    spin_unlock(&heap_lock);

    if (slot) {
        memset(slot, 0, class_bytes[class]);
        heap_check_taken(slot, class_bytes[class], bytes);
    }
    return slot;
}

static void small_free(void *slot)
{
    struct slab *slab = (struct slab *)align_down((uint64_t)slot, PAGE_SIZE);
    uint64_t offset = (uint64_t)slot - (uint64_t)slab - SLAB_HEADER;

    MUST(slab->magic == SLAB_MAGIC && slab->class < CLASSES);
    unsigned bytes = class_bytes[slab->class];
    MUST(offset % bytes == 0 && slab->used > 0);
    heap_check_intact(slot, bytes);

    spin_lock(&heap_lock);
    struct list *list = &slabs[slab->class];
    if (slab->first_free == NO_SLOT)
        list_add_head(list, &slab->link);
    *(uint16_t *)slot = slab->first_free;
    heap_check_freed(slot, bytes);
    slab->first_free = (uint16_t)(offset / bytes);
    slab->used--;
    objects_in_use--;
    bool is_last = list->next == &slab->link && list->previous == &slab->link;
    if (!slab->used && !is_last)
        slab_destroy(slab);
    spin_unlock(&heap_lock);
}

static void count_pages(int change)
{
    spin_lock(&heap_lock);
    objects_in_use += (uint64_t)change;
    spin_unlock(&heap_lock);
}

static void *pages_alloc(unsigned order)
{
    struct frame *frame = frame_alloc(order, FRAME_ADDRESS_ANY, FRAME_ALLOC_ZERO);

    if (!frame)
        return NULL;
    count_pages(1);
    return mfn_to_virt(frame_to_mfn(frame));
}

static void pages_free(void *pages)
{
    struct frame *frame = mfn_to_frame(virt_to_mfn(pages));

    count_pages(-1);
    frame_free(frame, frame->order);
}

void *heap_alloc(size_t bytes)
{
    unsigned class = class_of(bytes + HEAP_GUARD_BYTES);

    if (bytes == 0 || bytes > HEAP_BYTES_MAX)
        return NULL;
    if (class < CLASSES)
        return small_alloc(class, bytes);
    return pages_alloc(order_of_count(align_up(bytes, PAGE_SIZE) >> PAGE_SHIFT));
}

void heap_free(void *object)
{
    if (!object)
        return;
    if (is_aligned((uint64_t)object, PAGE_SIZE))
        pages_free(object);
    else
        small_free(object);
}

void *page_alloc(void)
{
    return pages_alloc(0);
}

void page_free(void *page)
{
    if (page)
        pages_free(page);
}

uint64_t heap_objects_in_use(void)
{
    return objects_in_use;
}
