/* SPDX-License-Identifier: MIT */
/*
 * The journal: a file of batches of records. A batch is read back as a whole or not at all; what
 * follows a torn one is ignored. It lies in memory (tmpfs), so that a write() is all it takes to
 * outlive the process.
 *
 * When the file has grown far beyond the state it stands for, it is written anew under another
 * name that then takes its place.
 */
#ifndef PARAPET_TOOLSTACK_STORE_JOURNAL_H
#define PARAPET_TOOLSTACK_STORE_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define RECORD_NUMBERS 4
#define RECORD_BLOBS   3

struct blob {
    const void *data;
    size_t bytes;
};

/* What the numbers and blobs mean is said by its kind (persist.c). */
struct record {
    uint8_t kind;
    uint32_t numbers[RECORD_NUMBERS];
    struct blob blobs[RECORD_BLOBS];
};

struct journal;

/* journal_open - calls @replay for the records that are there, until it returns -1. */
struct journal *journal_open(const char *path,
                             int (*replay)(void *context, const struct record *record),
                             void *context, struct error *error);
void journal_close(struct journal *journal);

/* journal_append - adds a record to the batch that the next flush writes. */
void journal_append(struct journal *journal, const struct record *record);

/*
 * journal_flush - writes the batch. When the file is to be written anew, calls @snapshot, which
 * appends records for the whole state. Without room in the file system the state is only in
 * memory, which is logged, and the next flush tries to write all of it.
 */
void journal_flush(struct journal *journal, void (*snapshot)(void *context), void *context);

/* journal_rewrite - writes the file anew now; false if that failed. */
bool journal_rewrite(struct journal *journal, void (*snapshot)(void *context), void *context);

#endif
