/* SPDX-License-Identifier: MIT */
#include "lib/list.h"

#include "support/unit.h"

struct element {
    int number;
    struct list link;
};

static struct list head = LIST_INIT(head);
static struct element elements[4] = {
    { .number = 0 }, { .number = 1 }, { .number = 2 }, { .number = 3 }
};

static void fill(void)
{
    list_init(&head);
    for (int i = 0; i < 4; i++)
        list_add_tail(&head, &elements[i].link);
}

/* The numbers on the list as decimal digits, forward; checks the way back too. */
static int digits(void)
{
    struct element *element;
    int forward = 0, backward = 0, scale = 1;

    list_for_each(element, &head, link) forward = forward * 10 + element->number;
    for (struct list *at = head.previous; at != &head; at = at->previous) {
        backward += list_entry(at, struct element, link)->number * scale;
        scale *= 10;
    }
    ck_assert_int_eq(forward, backward);
    return forward;
}

TEST(list, keeps_the_order_of_the_tail)
{
    fill();
    ck_assert_int_eq(digits(), 123);
    ck_assert_ptr_eq(list_first(&head, struct element, link), &elements[0]);
}

TEST(list, head_comes_first)
{
    list_init(&head);
    for (int i = 0; i < 4; i++)
        list_add_head(&head, &elements[i].link);
    ck_assert_int_eq(digits(), 3210);
}

TEST(list, remove_keeps_the_others)
{
    fill();
    list_remove(&elements[1].link);
    ck_assert_int_eq(digits(), 23);
    list_remove(&elements[3].link);
    ck_assert_int_eq(digits(), 2);
}

TEST(list, removing_twice_does_nothing)
{
    fill();
    list_remove(&elements[2].link);
    list_remove(&elements[2].link);
    ck_assert_int_eq(digits(), 13);
    ck_assert(list_is_empty(&elements[2].link));
}

TEST(list, is_empty_after_all_went)
{
    struct element *element, *after;

    fill();
    list_for_each_removable(element, after, &head, link) list_remove(&element->link);
    ck_assert(list_is_empty(&head));
    ck_assert_ptr_null(list_first(&head, struct element, link));
}

TEST(list, inserts_behind_a_position)
{
    fill();
    list_remove(&elements[3].link);
    list_insert_after(&elements[0].link, &elements[3].link);
    ck_assert_int_eq(digits(), 312);
}
