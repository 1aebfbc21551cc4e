/* SPDX-License-Identifier: MIT */
#include "common/hash_table.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "common/memory.h"

#define FIRST_BUCKETS 16u

uint64_t hash_start(void)
{
    static uint64_t seed;

    while (!seed) {
        if (getrandom(&seed, sizeof(seed), 0) != (ssize_t)sizeof(seed))
            seed = 0xcbf29ce484222325u;
    }
    return seed;
}

/* Spreads the sum over all bits: buckets are chosen by the low ones. */
uint64_t hash_end(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15u;
    return hash ^ (hash >> 29);
}

uint64_t hash_bytes(const void *bytes, size_t count)
{
    const unsigned char *at = bytes;
    uint64_t hash = hash_start();

    for (size_t i = 0; i < count; i++)
        hash = hash_byte(hash, at[i]);
    return hash_end(hash);
}

uint64_t hash_string(const char *text)
{
    return hash_bytes(text, strlen(text));
}

static struct hash_link **bucket_of(const struct hash_table *table, uint64_t hash)
{
    return &table->buckets[hash & (table->bucket_count - 1)];
}

static void grow(struct hash_table *table)
{
    struct hash_link **old = table->buckets;
    size_t old_count = table->bucket_count;

    table->bucket_count = old_count ? 2 * old_count : FIRST_BUCKETS;
    table->buckets = memory_alloc_array(table->bucket_count, sizeof(struct hash_link *));
    for (size_t i = 0; i < old_count; i++) {
        struct hash_link *link = old[i];

        while (link) {
            struct hash_link *next = link->next;
            struct hash_link **bucket = bucket_of(table, link->hash);

            link->next = *bucket;
            *bucket = link;
            link = next;
        }
    }
    free(old);
}

void hash_table_add(struct hash_table *table, struct hash_link *link, uint64_t hash)
{
    struct hash_link **bucket;

    if (table->count >= table->bucket_count)
        grow(table);
    bucket = bucket_of(table, hash);
    link->hash = hash;
    link->next = *bucket;
    *bucket = link;
    table->count++;
}

void hash_table_remove(struct hash_table *table, struct hash_link *link)
{
    struct hash_link **at = bucket_of(table, link->hash);

    while (*at != link)
        at = &(*at)->next;
    *at = link->next;
    table->count--;
}

void hash_table_free(struct hash_table *table)
{
    free(table->buckets);
    *table = (struct hash_table){ 0 };
}

static struct hash_link *first_of_hash(struct hash_link *link, uint64_t hash)
{
    while (link && link->hash != hash)
        link = link->next;
    return link;
}

struct hash_link *hash_table_first(const struct hash_table *table, uint64_t hash)
{
    return table->buckets ? first_of_hash(*bucket_of(table, hash), hash) : NULL;
}

struct hash_link *hash_table_next(const struct hash_link *link)
{
    return first_of_hash(link->next, link->hash);
}
