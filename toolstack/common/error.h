/* SPDX-License-Identifier: MIT */
/*
 * What went wrong, for the user: one message that names cause and remedy, and the exit code of
 * its class. Functions that can fail return 0 or -1 and fill in the caller's struct error.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_ERROR_H
#define PARAPET_TOOLSTACK_COMMON_ERROR_H

#include <stdint.h>

/* Exit codes, by class (docs/toolstack.md). */
enum error_class {
    ERROR_NONE = 0,
    ERROR_FAILED = 1,      /* other */
    ERROR_USAGE = 2,       /* wrong use of the command line */
    ERROR_INPUT = 3,       /* a file cannot be read, or holds a wrong value */
    ERROR_UNSUPPORTED = 4, /* a feature not supported here */
    ERROR_NOT_FOUND = 5,   /* no such domain or device */
    ERROR_STATE = 6,       /* exists, runs, is busy */
    ERROR_RESOURCES = 7,   /* not enough memory, CPUs, grants */
    ERROR_PERMISSION = 8,
    ERROR_CONNECTION = 9, /* no hypervisor or daemon */
    ERROR_TIMEOUT = 10,   /* waiting for the guest */
    ERROR_GUEST = 11,     /* it died or could not be built */
    ERROR_HOST = 12,      /* the other host is not compatible */
};

struct error {
    enum error_class class;
    char id[12]; /* PV-E0301: `pvctl explain` knows it */
    char message[512];
    char hint[256]; /* what to do about it; may be empty */
    /* Where in which file, when it is about one; empty and 0 otherwise. */
    char file[256];
    uint32_t line;
    char path[160]; /* of the element: domain/devices/disk[2]/source@file */
};

#define MUST_CHECK __attribute__((warn_unused_result))

/* error_set - fill in @error; returns -1, for `return error_set(...)`. */
int error_set(struct error *error, enum error_class class, const char *id, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* error_hint - add what to do about it; returns -1. */
int error_hint(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* error_about - add which element of a domain document it is about; returns -1. */
int error_about(struct error *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* error_place - add where it is; returns -1. */
int error_place(struct error *error, const char *file, uint32_t line, const char *path);

#endif
