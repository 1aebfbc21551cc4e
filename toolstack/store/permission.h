/* SPDX-License-Identifier: MIT */
/* Lists of permissions, shared by the nodes that have the same, and what they grant to whom. */
#ifndef PARAPET_TOOLSTACK_STORE_PERMISSION_H
#define PARAPET_TOOLSTACK_STORE_PERMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "store/store.h"

/* What a requester may be granted; the first two are those of enum store_access. */
#define ACCESS_READ  1u
#define ACCESS_WRITE 2u
#define ACCESS_OWNER 4u
#define ACCESS_ALL   7u

/* Counted, never changed. */
struct permissions {
    uint32_t references;
    uint32_t count; /* at least one: the owner */
    struct store_permission list[];
};

/* Who asks. */
struct requester {
    uint16_t domid;
    uint16_t target; /* whose rights it has too; its own number if it has no target */
    bool is_privileged;
};

struct permissions *permissions_create(const struct store_permission *list, size_t count);
struct permissions *permissions_get(struct permissions *permissions);
void permissions_put(struct permissions *permissions);

/* permissions_with_owner - a new reference to the same list, but for the owner. */
struct permissions *permissions_with_owner(struct permissions *permissions, uint16_t owner);
/* permissions_without - a new reference to the list without entries of @domid, the owner's apart. */
struct permissions *permissions_without(struct permissions *permissions, uint16_t domid);
/* permissions_name - whether an entry is for @domid. */
bool permissions_name(const struct permissions *permissions, uint16_t domid);

/* permissions_access - the ACCESS_ bits that the list grants. */
unsigned int permissions_access(const struct permissions *permissions, const struct requester *who);

/* permission_parse - "r7" and so on; -EINVAL if it is not like that. */
MUST_CHECK int permission_parse(const char *text, struct store_permission *out);
/* permission_format - as text, with its NUL; returns the bytes. */
#define PERMISSION_TEXT_BYTES 8
size_t permission_format(char out[PERMISSION_TEXT_BYTES], const struct store_permission *entry);

#endif
