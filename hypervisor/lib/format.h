/* SPDX-License-Identifier: MIT */
/*
 * printf-style formatting into a buffer.
 *
 * Conversions: %d %i %u %x %X %o %c %s %p %%, lengths hh h l ll z, flags - 0 + space #, width and
 * precision as numbers or *. No floating point, no %n. %p prints 16 hexadecimal digits after
 * 0x. A NULL string prints as "(null)". An unknown conversion is copied as it stands.
 */
#ifndef PARAPET_LIB_FORMAT_H
#define PARAPET_LIB_FORMAT_H

#include <stdarg.h>
#include <stddef.h>

#include "lib/compiler.h"

/*
 * Writes at most @bytes - 1 characters and a terminating zero (nothing if @bytes is 0). Returns
 * the length the whole text has, so a result >= @bytes says that it was cut.
 */
size_t format_buffer(char *buffer, size_t bytes, const char *format, ...) PRINTF_LIKE(3, 4);
size_t format_buffer_va(char *buffer, size_t bytes, const char *format, va_list values)
    PRINTF_LIKE(3, 0);

#endif
