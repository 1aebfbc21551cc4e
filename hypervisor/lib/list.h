/* SPDX-License-Identifier: MIT */
/*
 * Doubly linked lists through a member of the element. A list head and an element's link are the
 * same struct; an initialised link that is on no list points to itself, so list_remove() of
 * it does nothing. Whoever owns the list owns the lock.
 */
#ifndef PARAPET_LIB_LIST_H
#define PARAPET_LIB_LIST_H

#include <stdbool.h>

#include "lib/compiler.h"

struct list {
    struct list *next;
    struct list *previous;
};

#define LIST_INIT(list)                                                                            \
    {                                                                                              \
        &(list), &(list)                                                                           \
    }

static inline void list_init(struct list *list)
{
    list->next = list;
    list->previous = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

/* Puts @link behind @position, which is a head or an element on a list. */
static inline void list_insert_after(struct list *position, struct list *link)
{
    link->next = position->next;
    link->previous = position;
    position->next->previous = link;
    position->next = link;
}

static inline void list_add_head(struct list *list, struct list *link)
{
    list_insert_after(list, link);
}

static inline void list_add_tail(struct list *list, struct list *link)
{
    list_insert_after(list->previous, link);
}

/* Takes the element off its list and leaves it initialised. */
static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* The element that contains @link. */
#define list_entry(link, type, member) container_of(link, type, member)

/* First element, or NULL. */
#define list_first(list, type, member)                                                             \
    (list_is_empty(list) ? NULL : list_entry((list)->next, type, member))

/* Over all elements; the loop may not remove the current one. */
#define list_for_each(element, list, member)                                                       \
    for (element = list_entry((list)->next, __typeof__(*element), member);                         \
         &element->member != (list);                                                               \
         element = list_entry(element->member.next, __typeof__(*element), member))

/* The same where the loop may remove (and free) the current element; @after is scratch. */
#define list_for_each_removable(element, after, list, member)                                      \
    for (element = list_entry((list)->next, __typeof__(*element), member),                         \
        after = list_entry(element->member.next, __typeof__(*element), member);                    \
         &element->member != (list);                                                               \
         element = after, after = list_entry(after->member.next, __typeof__(*element), member))

#endif
