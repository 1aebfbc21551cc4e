/* SPDX-License-Identifier: MIT */
/*
 * The daemon's log: lines with a level, to standard error or to a file.
 *
 * What a guest can provoke again and again is logged at LEVEL_DEBUG, or once.
 */
#ifndef PARAPET_TOOLSTACK_COMMON_LOG_H
#define PARAPET_TOOLSTACK_COMMON_LOG_H

#include "common/error.h"

enum log_level { LEVEL_ERROR, LEVEL_WARNING, LEVEL_INFO, LEVEL_DEBUG };

/* log_open - lines up to @level go to the end of file @path, or to standard error if NULL. */
MUST_CHECK int log_open(enum log_level level, const char *path, struct error *error);

/* log_level_of - the level of that name; -1 if there is none. */
int log_level_of(const char *name);

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)   log_line(LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)    log_line(LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_line(LEVEL_DEBUG, __VA_ARGS__)

#endif
