/* SPDX-License-Identifier: MIT */
#include "pvctl/nearest.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define NAME_BYTES_MAX 48u
#define FAR            100u

static unsigned int least(unsigned int a, unsigned int b)
{
    return a < b ? a : b;
}

static int folded(char c)
{
    return tolower((unsigned char)c);
}

unsigned int nearest_distance(const char *wanted, const char *known, size_t length)
{
    unsigned int rows[3][NAME_BYTES_MAX + 1];
    size_t wanted_length = strlen(wanted);

    if (length > NAME_BYTES_MAX || wanted_length > NAME_BYTES_MAX)
        return FAR;
    for (size_t j = 0; j <= length; j++)
        rows[0][j] = (unsigned int)j;
    for (size_t i = 1; i <= wanted_length; i++) {
        unsigned int *row = rows[i % 3], *above = rows[(i + 2) % 3], *two_above = rows[(i + 1) % 3];

        row[0] = (unsigned int)i;
        for (size_t j = 1; j <= length; j++) {
            unsigned int change = folded(wanted[i - 1]) != folded(known[j - 1]);

            row[j] = least(least(row[j - 1], above[j]) + 1, above[j - 1] + change);
            if (i > 1 && j > 1 && folded(wanted[i - 1]) == folded(known[j - 2]) &&
                folded(wanted[i - 2]) == folded(known[j - 1]))
                row[j] = least(row[j], two_above[j - 2] + 1);
        }
    }
    /* Short names would all be near each other. */
    return rows[wanted_length % 3][length] * 2 > wanted_length + 1
               ? FAR
               : rows[wanted_length % 3][length];
}
