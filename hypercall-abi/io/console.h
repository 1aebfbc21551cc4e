/* SPDX-License-Identifier: MIT */
/*
 * The page between a domain and its console: two byte rings.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_CONSOLE_H
#define PARAPET_HYPERCALL_ABI_IO_CONSOLE_H

#include <stdint.h>

typedef uint32_t XENCONS_RING_IDX;

struct xencons_interface {
    char in[1024];  /* to the domain */
    char out[2048]; /* from the domain */
    XENCONS_RING_IDX in_cons;
    XENCONS_RING_IDX in_prod;
    XENCONS_RING_IDX out_cons;
    XENCONS_RING_IDX out_prod;
};
_Static_assert(sizeof(struct xencons_interface) == 3088, "layout of xencons_interface");

#endif
