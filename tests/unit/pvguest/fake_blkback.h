/* SPDX-License-Identifier: MIT */
/*
 * A block backend with a disk in memory: as the one of Linux where it behaves, and in many ways
 * wrong where a test wants it to. It is device vbd/51712 of the store.
 */
#ifndef PARAPET_TESTS_UNIT_PVGUEST_FAKE_BLKBACK_H
#define PARAPET_TESTS_UNIT_PVGUEST_FAKE_BLKBACK_H

#include <stdbool.h>
#include <stdint.h>

#define FAKE_DISK_SECTORS 16384u
#define FAKE_BLK_BACKEND  "/local/domain/0/backend/vbd/7/51712"
#define FAKE_BLK_FRONTEND "/local/domain/7/device/vbd/51712"

enum blkback_misdeed {
    BLKBACK_BEHAVES,
    BLKBACK_WRONG_ID,        /* larger than any */
    BLKBACK_FREE_ID,         /* of no request under way */
    BLKBACK_SAME_TWICE,      /* two responses to one request */
    BLKBACK_WRONG_OPERATION, /* of a response */
    BLKBACK_TOO_MANY,        /* a producer index far ahead */
    BLKBACK_INDEX_BACK,      /* one that goes back */
    BLKBACK_ERROR_STATUS,    /* every request fails */
    BLKBACK_ODD_STATUS,      /* a number that means nothing */
    BLKBACK_UNSUPPORTED,     /* flush and discard are not supported after all */
    BLKBACK_KEEPS_PAGES,     /* mapped, for ever */
    BLKBACK_SILENT,          /* no answer */
};

struct blkback_options {
    uint32_t max_queues, max_order, max_indirect;
    bool has_persistent, has_flush, has_discard, is_read_only;
    uint32_t sector_bytes; /* 0: 512 */
};

struct blkback_counts {
    uint32_t requests, direct, indirect, flushes, discards, map_failures;
    uint32_t rings; /* pages of all rings that were mapped */
    uint32_t queues;
};

/* Makes both folders in the store, as a toolstack does, in state 1; joins the world. */
void fake_blkback_create(const struct blkback_options *options);
/* Its state, in the store. */
void fake_blkback_set_state(uint32_t state);
void fake_blkback_misbehave(enum blkback_misdeed misdeed);
/* Unmaps all, as when a backend ends. */
void fake_blkback_end(void);
const struct blkback_counts *fake_blkback_counts(void);

#endif
