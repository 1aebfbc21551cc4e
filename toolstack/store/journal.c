/* SPDX-License-Identifier: MIT */
/*
 * File: "PVSTORE1", then batches of { length, crc32 of the records, records }. A record is its kind,
 * its numbers, the lengths of its blobs, and their bytes. Numbers are in the machine's order: no
 * journal travels.
 */
#include "store/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "common/file.h"
#include "common/log.h"
#include "common/memory.h"

#define MAGIC              "PVSTORE1"
#define MAGIC_BYTES        (sizeof(MAGIC) - 1)
#define READ_LIMIT_BYTES   (1u << 30)
#define REWRITE_AT_BYTES   (1u << 20) /* and twice what the last snapshot had */
#define BUFFER_KEEPS_BYTES (1u << 20)

struct batch_head {
    uint32_t bytes;
    uint32_t crc;
};

struct record_head {
    uint32_t kind;
    uint32_t numbers[RECORD_NUMBERS];
    uint32_t blob_bytes[RECORD_BLOBS];
};

struct journal {
    char *path;
    int fd;
    off_t file_bytes; /* up to the last whole batch */
    off_t snapshot_bytes;
    /* The batch to be written, with room for its head in front. */
    uint8_t *buffer;
    size_t used, capacity;
    bool is_behind; /* the file lacks something: only a new one will do */
};

static void buffer_reset(struct journal *journal)
{
    journal->used = sizeof(struct batch_head);
    if (journal->capacity > BUFFER_KEEPS_BYTES || !journal->buffer) {
        free(journal->buffer);
        journal->capacity = 4096;
        journal->buffer = memory_alloc(journal->capacity);
    }
}

static void buffer_add(struct journal *journal, const void *bytes, size_t count)
{
    while (journal->used + count > journal->capacity) {
        journal->capacity *= 2;
        journal->buffer = memory_resize(journal->buffer, journal->capacity);
    }
    if (count)
        memcpy(journal->buffer + journal->used, bytes, count);
    journal->used += count;
}

void journal_append(struct journal *journal, const struct record *record)
{
    struct record_head head = { .kind = record->kind };

    memcpy(head.numbers, record->numbers, sizeof(head.numbers));
    for (int i = 0; i < RECORD_BLOBS; i++)
        head.blob_bytes[i] = (uint32_t)record->blobs[i].bytes;
    buffer_add(journal, &head, sizeof(head));
    for (int i = 0; i < RECORD_BLOBS; i++)
        buffer_add(journal, record->blobs[i].data, record->blobs[i].bytes);
}

/* --- Reading ----------------------------------------------------------------------------------- */

/* One record of a batch; how long it is, or 0 if it is not one. */
static size_t parse_record(const uint8_t *data, size_t bytes, struct record *record)
{
    struct record_head head;
    size_t used = sizeof(head);

    if (bytes < sizeof(head))
        return 0;
    memcpy(&head, data, sizeof(head));
    record->kind = (uint8_t)head.kind;
    memcpy(record->numbers, head.numbers, sizeof(head.numbers));
    for (int i = 0; i < RECORD_BLOBS; i++) {
        if (head.blob_bytes[i] > bytes - used)
            return 0;
        record->blobs[i] = (struct blob){ data + used, head.blob_bytes[i] };
        used += head.blob_bytes[i];
    }
    return used;
}

static int replay_batch(const uint8_t *data, size_t bytes,
                        int (*replay)(void *context, const struct record *record), void *context)
{
    struct record record;

    while (bytes) {
        size_t used = parse_record(data, bytes, &record);

        if (!used || replay(context, &record))
            return -1;
        data += used;
        bytes -= used;
    }
    return 0;
}

/* How many bytes of whole, good batches the file begins with. */
static size_t replay_file(const struct buffer *file,
                          int (*replay)(void *context, const struct record *record), void *context)
{
    size_t done = MAGIC_BYTES;
    struct batch_head head;

    if (file->bytes < MAGIC_BYTES || memcmp(file->data, MAGIC, MAGIC_BYTES) != 0)
        return 0;
    while (file->bytes - done >= sizeof(head)) {
        const uint8_t *records = file->data + done + sizeof(head);

        memcpy(&head, file->data + done, sizeof(head));
        if (head.bytes > file->bytes - done - sizeof(head) ||
            crc32(0, records, head.bytes) != head.crc)
            break;
        if (replay_batch(records, head.bytes, replay, context))
            break;
        done += sizeof(head) + head.bytes;
    }
    return done;
}

static int read_journal(const char *path, int (*replay)(void *context, const struct record *record),
                        void *context, struct error *error)
{
    struct buffer file;
    size_t good;

    if (access(path, F_OK))
        return 0;
    if (file_read(path, READ_LIMIT_BYTES, &file, error))
        return -1;
    good = replay_file(&file, replay, context);
    if (good < file.bytes)
        log_warning("%s: the last %zu of %zu bytes are no whole batch, and ignored", path,
                    file.bytes - good, file.bytes);
    free(file.data);
    return 0;
}

struct journal *journal_open(const char *path,
                             int (*replay)(void *context, const struct record *record),
                             void *context, struct error *error)
{
    struct journal *journal;

    if (read_journal(path, replay, context, error))
        return NULL;
    journal = memory_alloc(sizeof(*journal));
    journal->path = memory_string(path);
    journal->fd = -1;
    journal->is_behind = true;
    buffer_reset(journal);
    return journal;
}

void journal_close(struct journal *journal)
{
    if (!journal)
        return;
    if (journal->fd >= 0)
        close(journal->fd);
    free(journal->path);
    free(journal->buffer);
    free(journal);
}

/* --- Writing ----------------------------------------------------------------------------------- */

static int write_batch(struct journal *journal, int fd)
{
    struct batch_head head = { .bytes = (uint32_t)(journal->used - sizeof(head)) };

    head.crc = (uint32_t)crc32(0, journal->buffer + sizeof(head), head.bytes);
    memcpy(journal->buffer, &head, sizeof(head));
    return file_write_all(fd, journal->buffer, journal->used);
}

/* A new file with one batch takes the place of the old one. */
static int replace_file(struct journal *journal)
{
    char *temporary = memory_format("%s.new", journal->path);
    int fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0 || file_write_all(fd, (const uint8_t *)MAGIC, MAGIC_BYTES) ||
        write_batch(journal, fd) || rename(temporary, journal->path)) {
        if (fd >= 0) {
            unlink(temporary);
            close(fd);
        }
        free(temporary);
        return -1;
    }
    free(temporary);
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = fd;
    journal->file_bytes = (off_t)(MAGIC_BYTES + journal->used);
    journal->snapshot_bytes = journal->file_bytes;
    return 0;
}

bool journal_rewrite(struct journal *journal, void (*snapshot)(void *context), void *context)
{
    bool was_behind = journal->is_behind;

    buffer_reset(journal);
    snapshot(context);
    journal->is_behind = replace_file(journal) != 0;
    if (journal->is_behind && !was_behind)
        log_error("%s cannot be written: %s; the store would not outlive this process",
                  journal->path, strerror(errno));
    buffer_reset(journal);
    return !journal->is_behind;
}

void journal_flush(struct journal *journal, void (*snapshot)(void *context), void *context)
{
    if (journal->used == sizeof(struct batch_head))
        return;
    if (journal->is_behind || (journal->file_bytes > REWRITE_AT_BYTES &&
                               journal->file_bytes > 2 * journal->snapshot_bytes)) {
        journal_rewrite(journal, snapshot, context);
        return;
    }
    if (write_batch(journal, journal->fd)) {
        log_warning("%s: %s; it is written anew", journal->path, strerror(errno));
        journal_rewrite(journal, snapshot, context);
        return;
    }
    journal->file_bytes += (off_t)journal->used;
    buffer_reset(journal);
}
