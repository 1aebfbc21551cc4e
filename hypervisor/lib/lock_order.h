/* SPDX-License-Identifier: MIT */
/* The order of spinlocks as an enum; the rows are in lib/lock_order.def. */
#ifndef PARAPET_LIB_LOCK_ORDER_H
#define PARAPET_LIB_LOCK_ORDER_H

enum lock_order {
#define LOCK_ORDER(name, guards) LOCK_##name,
#include "lib/lock_order.def"
#undef LOCK_ORDER
    LOCK_ORDER_COUNT,
};

/* The row's name, for messages. */
const char *lock_order_name(enum lock_order order);

#endif
