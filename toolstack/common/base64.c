/* SPDX-License-Identifier: MIT */
#include "common/base64.h"

#include <string.h>

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_encode(const uint8_t *from, size_t bytes, char *text)
{
    for (size_t i = 0; i < bytes; i += 3) {
        size_t here = bytes - i < 3 ? bytes - i : 3;
        uint32_t three = (uint32_t)from[i] << 16;

        three |= here > 1 ? (uint32_t)from[i + 1] << 8 : 0;
        three |= here > 2 ? from[i + 2] : 0;
        for (size_t j = 0; j < 4; j++)
            *text++ = j <= here ? letters[three >> (18 - 6 * j) & 63] : '=';
    }
    *text = '\0';
}

/* The number of a letter; 64 if it is none. */
static uint32_t letter_value(char letter)
{
    const char *found = letter ? strchr(letters, letter) : NULL;

    return found ? (uint32_t)(found - letters) : 64;
}

bool base64_decode(const char *text, uint8_t *to, size_t *bytes)
{
    size_t length = strlen(text), padding = 0;

    *bytes = 0;
    if (length % 4)
        return false;
    while (padding < 2 && padding < length && text[length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < length; i += 4) {
        size_t wanted = i + 4 == length ? 4 - padding : 4;
        uint32_t three = 0;

        for (size_t j = 0; j < 4; j++) {
            uint32_t value = j < wanted ? letter_value(text[i + j]) : 0;

            if (value > 63)
                return false;
            three |= value << (18 - 6 * j);
        }
        for (size_t j = 0; j + 1 < wanted; j++)
            to[(*bytes)++] = (uint8_t)(three >> (16 - 8 * j));
    }
    return true;
}
