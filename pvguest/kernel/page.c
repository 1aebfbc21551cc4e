/* SPDX-License-Identifier: MIT */
/*
 * The page allocator: a list of free pages linked through the pages themselves, and an array
 * with the number of users of each page. Small objects come from lists of equal pieces.
 */
#include "kernel/page.h"

#include "kernel/print.h"
#include "kernel/spinlock.h"
#include "kernel/string.h"

struct free_page {
    struct free_page *next;
};

#define SMALLEST_SHIFT 5
#define SIZE_CLASSES   8u /* 32 bytes to 4096 */

static struct spinlock page_lock;
static struct free_page *free_pages;
static uint64_t free_page_count, first_page;
static uint16_t *users; /* by pfn */
static struct free_page *free_objects[SIZE_CLASSES];

void page_init(void)
{
    uint64_t first = boot_info.free_first;
    uint64_t table_pages = (boot_info.page_count * sizeof(users[0]) + PAGE_SIZE - 1) / PAGE_SIZE;

    MUST(first + table_pages < boot_info.free_end);
    first_page = first + table_pages;
    users = pfn_to_virt(first);
    memset(users, 0, table_pages * PAGE_SIZE);
    for (uint64_t pfn = boot_info.free_end; pfn-- > first_page;) {
        struct free_page *page = pfn_to_virt(pfn);

        page->next = free_pages;
        free_pages = page;
        free_page_count++;
    }
}

uint64_t page_alloc(void)
{
    bool were_on = spin_lock(&page_lock);
    struct free_page *page = free_pages;

    if (page) {
        free_pages = page->next;
        free_page_count--;
        users[virt_to_pfn(page)] = 1;
    }
    spin_unlock(&page_lock, were_on);
    if (!page)
        return 0;
    memset(page, 0, PAGE_SIZE);
    return virt_to_pfn(page);
}

/* With the lock held: the first of @count free pages one after another, or 0. */
static uint64_t find_run(uint32_t count)
{
    uint32_t length = 0;

    for (uint64_t pfn = first_page; pfn < boot_info.free_end; pfn++) {
        length = users[pfn] ? 0 : length + 1;
        if (length == count)
            return pfn - count + 1;
    }
    return 0;
}

/* With the lock held: take pages out of the middle of the list. */
static void take_run(uint64_t first, uint32_t count)
{
    for (struct free_page **link = &free_pages; *link;) {
        uint64_t pfn = virt_to_pfn(*link);

        if (pfn - first < count) {
            *link = (*link)->next;
            users[pfn] = 1;
            free_page_count--;
        } else {
            link = &(*link)->next;
        }
    }
}

uint64_t pages_alloc(uint32_t count)
{
    bool were_on = spin_lock(&page_lock);
    uint64_t first = find_run(count);

    if (first)
        take_run(first, count);
    spin_unlock(&page_lock, were_on);
    if (first)
        memset(pfn_to_virt(first), 0, count * PAGE_SIZE);
    return first;
}

void page_get(uint64_t pfn)
{
    bool were_on = spin_lock(&page_lock);

    MUST(users[pfn] > 0 && users[pfn] < UINT16_MAX);
    users[pfn]++;
    spin_unlock(&page_lock, were_on);
}

void page_put(uint64_t pfn)
{
    bool were_on = spin_lock(&page_lock);

    MUST(users[pfn] > 0);
    if (--users[pfn] == 0) {
        struct free_page *page = pfn_to_virt(pfn);

        page->next = free_pages;
        free_pages = page;
        free_page_count++;
    }
    spin_unlock(&page_lock, were_on);
}

uint32_t page_users(uint64_t pfn)
{
    return users[pfn];
}

uint64_t page_free_count(void)
{
    return free_page_count;
}

static uint32_t size_class(size_t bytes)
{
    uint32_t class = 0;

    while (((size_t)1 << (class + SMALLEST_SHIFT)) < bytes)
        class ++;
    MUST(class < SIZE_CLASSES);
    return class;
}

static bool refill(uint32_t class)
{
    size_t size = (size_t)1 << (class + SMALLEST_SHIFT);
    uint64_t pfn = page_alloc();
    char *page = pfn_to_virt(pfn);

    if (!pfn)
        return false;
    bool were_on = spin_lock(&page_lock);

    for (size_t at = 0; at < PAGE_SIZE; at += size) {
        struct free_page *object = (void *)(page + at);

        object->next = free_objects[class];
        free_objects[class] = object;
    }
    spin_unlock(&page_lock, were_on);
    return true;
}

void *kmalloc(size_t bytes)
{
    uint32_t class = size_class(bytes);

    for (;;) {
        bool were_on = spin_lock(&page_lock);
        struct free_page *object = free_objects[class];

        if (object)
            free_objects[class] = object->next;
        spin_unlock(&page_lock, were_on);
        if (object)
            return memset(object, 0, bytes);
        if (!refill(class))
            return NULL;
    }
}

void kfree(void *object, size_t bytes)
{
    uint32_t class = size_class(bytes);
    struct free_page *piece = object;
    bool were_on = spin_lock(&page_lock);

    piece->next = free_objects[class];
    free_objects[class] = piece;
    spin_unlock(&page_lock, were_on);
}
