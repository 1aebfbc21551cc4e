/* SPDX-License-Identifier: MIT */
/*
 * The size of memory follows memory/target (KiB): free pages go to the hypervisor, and come back
 * from it. A page that was given away keeps its number; its frame is gone and nothing maps it.
 *
 * Memory never gets larger than it was at the start, for there are no numbers for more pages. Some
 * pages are always kept for the kernel itself, whatever the target says.
 */
#include "pv/balloon.h"

#include "hypercall-abi/memory.h"
#include "kernel/bottom.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/semaphore.h"
#include "kernel/text.h"
#include "pv/hypercall.h"
#include "pv/pv.h"
#include "pv/store.h"

#define TARGET_NODE "memory/target"
#define KEPT_FREE   256u /* pages */
#define RETRY_NS    1000000000UL
#define LIST_PAGES  ((uint32_t)(PAGE_SIZE / sizeof(uint64_t)) - 2)

/* Numbers of pages that were given away, in a list of pages. */
struct given_list {
    struct given_list *next;
    uint64_t count;
    uint64_t pfns[LIST_PAGES];
};
_Static_assert(sizeof(struct given_list) == PAGE_SIZE, "a list is a page");

static struct given_list *given;
static uint64_t given_count, target_pages;
static bool has_target;

static uint64_t pages_now(void)
{
    return boot_info.page_count - given_count;
}

static int64_t reservation(uint64_t command, uint64_t *frame)
{
    struct xen_memory_reservation one = { .extent_start = (uint64_t)frame,
                                          .nr_extents = 1,
                                          .domid = DOMID_SELF };

    return hypercall_memory_op(command, (uint64_t)&one);
}

static bool remember(uint64_t pfn)
{
    if (!given || given->count == LIST_PAGES) {
        uint64_t list_pfn = page_alloc();
        struct given_list *list = pfn_to_virt(list_pfn);

        if (!list_pfn)
            return false;
        list->next = given;
        given = list;
    }
    given->pfns[given->count++] = pfn;
    given_count++;
    return true;
}

static uint64_t recall(void)
{
    while (given && !given->count) {
        struct given_list *empty = given;

        given = empty->next;
        page_put(virt_to_pfn(empty));
    }
    if (!given)
        return 0;
    given_count--;
    return given->pfns[--given->count];
}

/* One page less; false: it cannot be spared. */
static bool give_page(void)
{
    uint64_t pfn = page_free_count() > KEPT_FREE ? page_alloc() : 0;

    if (!pfn)
        return false;
    if (!remember(pfn)) {
        page_put(pfn);
        return false;
    }
    uint64_t mfn = page_table_remove(pfn);

    if (reservation(XENMEM_decrease_reservation, &mfn) != 1)
        print("balloon: page %lu was not taken\n", pfn);
    return true;
}

/* One page more; false: the hypervisor has none for us. */
static bool take_page(void)
{
    uint64_t pfn = recall(), frame = pfn;

    if (!pfn)
        return false;
    if (reservation(XENMEM_populate_physmap, &frame) != 1) {
        if (!remember(pfn)) /* there is room, where it just was */
            print("balloon: page %lu is forgotten\n", pfn);
        return false;
    }
    page_table_restore(pfn, frame);
    page_put(pfn);
    return true;
}

void balloon_adjust(void)
{
    uint64_t before = pages_now();

    if (!has_target)
        return;
    while (pages_now() > target_pages && give_page())
        ;
    while (pages_now() < target_pages && take_page())
        ;
    if (pages_now() != before)
        print("balloon: %lu pages, the target is %lu\n", pages_now(), target_pages);
}

uint64_t balloon_again_ns(void)
{
    bool is_done = !has_target || pages_now() == target_pages;

    return is_done ? NEVER_NS : bottom_clock_ns() + RETRY_NS;
}

static void target_changed(void *context)
{
    char text[24];

    (void)context;
    if (store_read(0, TARGET_NODE, text, sizeof(text)) || text[0] < '0' || text[0] > '9')
        return;
    target_pages = parse_number(text, NULL) / (PAGE_SIZE / 1024);
    if (target_pages > boot_info.page_count)
        target_pages = boot_info.page_count;
    has_target = true;
    balloon_adjust();
}

void balloon_init(void)
{
    if (!store_watch(TARGET_NODE, target_changed, NULL))
        print("balloon: %s is not seen\n", TARGET_NODE);
}
