/* SPDX-License-Identifier: MIT */
/*
 * A log file that cannot fill the disk: when it has reached its size, it becomes PATH.1 in place
 * of the one before, and a new one begins. Writing never fails for the caller: a disk that is full
 * costs the log, not the guest.
 */
#ifndef PARAPET_TOOLSTACK_CONSOLE_LOG_FILE_H
#define PARAPET_TOOLSTACK_CONSOLE_LOG_FILE_H

#include <stddef.h>
#include <stdint.h>

struct log_file {
    char *path;
    int fd; /* -1: could not be opened */
    uint64_t bytes;
    uint64_t bytes_max;
};

/* Goes on at the end of what is there. A path that cannot be opened makes a log that is lost. */
void log_file_open(struct log_file *log, const char *path, uint64_t bytes_max);
void log_file_close(struct log_file *log);
void log_file_write(struct log_file *log, const char *bytes, size_t count);

#endif
