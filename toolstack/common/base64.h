/* SPDX-License-Identifier: MIT */
/* Bytes as text, by RFC 4648 with padding: how consoles travel in JSON. */
#ifndef PARAPET_TOOLSTACK_COMMON_BASE64_H
#define PARAPET_TOOLSTACK_COMMON_BASE64_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of text for @bytes, with the 0 at the end. */
#define BASE64_TEXT_BYTES(bytes) (((bytes) + 2) / 3 * 4 + 1)

void base64_encode(const uint8_t *from, size_t bytes, char *text);

/* base64_decode - into @to, which has room for strlen(text) / 4 * 3 bytes; false if it is none. */
bool base64_decode(const char *text, uint8_t *to, size_t *bytes);

#endif
