/* SPDX-License-Identifier: MIT */
/* Doubly linked lists whose links lie in their members. */
#ifndef PARAPET_TOOLSTACK_COMMON_LIST_H
#define PARAPET_TOOLSTACK_COMMON_LIST_H

#include <stdbool.h>
#include <stddef.h>

/* A list's head, or a member's place in it. */
struct list {
    struct list *next;
    struct list *previous;
};

/* The structure that holds @link as @member. */
#define container_of(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void list_init(struct list *list)
{
    list->next = list->previous = list;
}

static inline bool list_is_empty(const struct list *list)
{
    return list->next == list;
}

static inline void list_append(struct list *list, struct list *link)
{
    link->next = list;
    link->previous = list->previous;
    list->previous->next = link;
    list->previous = link;
}

/* list_remove - afterwards the link is a list of its own: removing it again changes nothing. */
static inline void list_remove(struct list *link)
{
    link->previous->next = link->next;
    link->next->previous = link->previous;
    list_init(link);
}

/* list_move_all - all members of @from go to the end of @to. */
static inline void list_move_all(struct list *to, struct list *from)
{
    while (!list_is_empty(from)) {
        struct list *link = from->next;

        list_remove(link);
        list_append(to, link);
    }
}

/* The body may remove @link (a struct list *) from the list, but no other member. */
#define list_for_each(link, head)                                                                  \
    for (struct list *link = (head)->next, *link##_next = link->next; link != (head);              \
         link = link##_next, link##_next = link->next)

#endif
