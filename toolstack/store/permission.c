/* SPDX-License-Identifier: MIT */
#include "store/permission.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"

static const char letters[] = "nrwb"; /* by enum store_access */

static struct permissions *permissions_alloc(size_t count)
{
    struct permissions *new =
        memory_alloc(sizeof(struct permissions) + count * sizeof(struct store_permission));

    new->references = 1;
    new->count = (uint32_t)count;
    return new;
}

struct permissions *permissions_create(const struct store_permission *list, size_t count)
{
    struct permissions *new = permissions_alloc(count);

    /* One by one: bytes between the members stay zero, and the journal takes the list as it is. */
    for (size_t i = 0; i < count; i++) {
        new->list[i].domid = list[i].domid;
        new->list[i].access = list[i].access &STORE_BOTH;
    }
    return new;
}

struct permissions *permissions_get(struct permissions *permissions)
{
    permissions->references++;
    return permissions;
}

void permissions_put(struct permissions *permissions)
{
    if (permissions && --permissions->references == 0)
        free(permissions);
}

struct permissions *permissions_with_owner(struct permissions *permissions, uint16_t owner)
{
    struct permissions *new;

    if (permissions->list[0].domid == owner)
        return permissions_get(permissions);
    new = permissions_create(permissions->list, permissions->count);
    new->list[0].domid = owner;
    return new;
}

bool permissions_name(const struct permissions *permissions, uint16_t domid)
{
    for (uint32_t i = 0; i < permissions->count; i++) {
        if (permissions->list[i].domid == domid)
            return true;
    }
    return false;
}

struct permissions *permissions_without(struct permissions *permissions, uint16_t domid)
{
    struct permissions *new;
    uint32_t kept = 1;

    if (!permissions_name(permissions, domid))
        return permissions_get(permissions);
    new = permissions_create(permissions->list, permissions->count);
    for (uint32_t i = 1; i < new->count; i++) {
        if (new->list[i].domid != domid)
            new->list[kept++] = new->list[i];
    }
    new->count = kept;
    return new;
}

static bool is_same_domain(const struct store_permission *entry, const struct requester *who)
{
    return entry->domid == who->domid || entry->domid == who->target;
}

unsigned int permissions_access(const struct permissions *permissions, const struct requester *who)
{
    if (who->is_privileged || is_same_domain(&permissions->list[0], who))
        return ACCESS_ALL;
    for (uint32_t i = 1; i < permissions->count; i++) {
        if (is_same_domain(&permissions->list[i], who))
            return permissions->list[i].access;
    }
    return permissions->list[0].access;
}

int permission_parse(const char *text, struct store_permission *out)
{
    const char *letter = text[0] ? strchr(letters, text[0]) : NULL;
    unsigned long number;
    char *end;

    if (!letter || text[1] < '0' || text[1] > '9')
        return -EINVAL;
    number = strtoul(text + 1, &end, 10);
    if (*end || number > UINT16_MAX)
        return -EINVAL;
    out->domid = (uint16_t)number;
    out->access = (enum store_access)(letter - letters);
    return 0;
}

size_t permission_format(char out[PERMISSION_TEXT_BYTES], const struct store_permission *entry)
{
    return 1 + (size_t)snprintf(out, PERMISSION_TEXT_BYTES, "%c%u", letters[entry->access & 3],
                                entry->domid);
}
