/* SPDX-License-Identifier: MIT */
#include "lib/lock_order.h"

const char *lock_order_name(enum lock_order order)
{
    static const char *const names[] = {
#define LOCK_ORDER(name, guards) #name,
#include "lib/lock_order.def"
#undef LOCK_ORDER
    };

    return order < LOCK_ORDER_COUNT ? names[order] : "?";
}
