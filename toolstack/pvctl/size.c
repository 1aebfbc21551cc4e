/* SPDX-License-Identifier: MIT */
#include "pvctl/size.h"

#include <string.h>

#include "config/values.h"

#define NUMBER_TEXT_BYTES 24

bool size_parse(const char *text, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        unsigned int shift;
    } units[] = {
        { "", 20 },    { "B", 0 },  { "K", 10 },   { "KiB", 10 }, { "M", 20 },
        { "MiB", 20 }, { "G", 30 }, { "GiB", 30 }, { "T", 40 },   { "TiB", 40 },
    };
    size_t digits = strspn(text, "0123456789");
    char number[NUMBER_TEXT_BYTES];

    if (!digits || digits >= sizeof(number))
        return false;
    memcpy(number, text, digits);
    number[digits] = '\0';
    for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
        if (strcmp(units[i].unit, text + digits) != 0)
            continue;
        if (!decimal_parse(number, MEMORY_BYTES_MAX >> units[i].shift, bytes))
            return false;
        *bytes <<= units[i].shift;
        return *bytes >= MEMORY_BYTES_MIN;
    }
    return false;
}
