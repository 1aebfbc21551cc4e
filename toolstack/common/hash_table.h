/* SPDX-License-Identifier: MIT */
/*
 * Hash tables whose links lie in their members. The caller compares keys:
 *
 *     for (struct hash_link *l = hash_table_first(&table, hash); l; l = hash_table_next(l))
 *         if (!strcmp(container_of(l, struct watch, link)->path, path)) ...
 *
 * Sums are seeded at random, so that no guest can choose names that collide.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_HASH_TABLE_H
#define PARAPET_TOOLSTACK_COMMON_HASH_TABLE_H

#include <stddef.h>
#include <stdint.h>

struct hash_link {
    struct hash_link *next;
    uint64_t hash;
};

struct hash_table {
    struct hash_link **buckets; /* NULL as long as nothing was added */
    size_t bucket_count;
    size_t count;
};

/* hash_start, hash_byte, hash_end - the sum of bytes that come one by one. */
uint64_t hash_start(void);
uint64_t hash_end(uint64_t hash);

static inline uint64_t hash_byte(uint64_t hash, unsigned char byte)
{
    return (hash ^ byte) * 0x100000001b3u;
}

uint64_t hash_bytes(const void *bytes, size_t count);
uint64_t hash_string(const char *text);

void hash_table_add(struct hash_table *table, struct hash_link *link, uint64_t hash);
/* hash_table_remove - @link must be in the table. */
void hash_table_remove(struct hash_table *table, struct hash_link *link);
/* hash_table_free - the table is empty again; its members are the caller's. */
void hash_table_free(struct hash_table *table);

/* hash_table_first, hash_table_next - the members of that hash, one after the other. */
struct hash_link *hash_table_first(const struct hash_table *table, uint64_t hash);
struct hash_link *hash_table_next(const struct hash_link *link);

#endif
