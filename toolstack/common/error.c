/* SPDX-License-Identifier: MIT */
#include "common/error.h"

#include <stdarg.h>
#include <stdio.h>

int error_set(struct error *error, enum error_class class, const char *id, const char *format, ...)
{
    va_list args;

    error->class = class;
    snprintf(error->id, sizeof(error->id), "%s", id);
    va_start(args, format);
    vsnprintf(error->message, sizeof(error->message), format, args);
    va_end(args);
    error->hint[0] = '\0';
    return error_place(error, "", 0, "");
}

int error_hint(struct error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->hint, sizeof(error->hint), format, args);
    va_end(args);
    return -1;
}

int error_about(struct error *error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(error->path, sizeof(error->path), format, args);
    va_end(args);
    return -1;
}

int error_place(struct error *error, const char *file, uint32_t line, const char *path)
{
    snprintf(error->file, sizeof(error->file), "%s", file);
    snprintf(error->path, sizeof(error->path), "%s", path);
    error->line = line;
    return -1;
}
