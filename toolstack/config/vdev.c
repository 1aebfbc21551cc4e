/* SPDX-License-Identifier: MIT */
/*
 * Numbers are Linux's of long ago, major and minor: xvd 202 with 16 partitions, sd 8 with 16, hd 3
 * and 22 with 64. Those xvd disks for which that is too small use bit 28, with 256 partitions.
 */
#include "config/vdev.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define LETTERS        26u
#define EXTENDED_VDEV  (1u << 28)
#define XVD_DISK_MAX   ((1u << 20) - 1)
#define XVD_SHORT_MAX  15u
#define HD_FIRST_MAJOR 1u

struct vdev_scheme {
    const char *prefix;
    uint32_t disk_max, partition_max;
    uint32_t (*number)(uint32_t disk, uint32_t partition);
};

static uint32_t xvd_number(uint32_t disk, uint32_t partition)
{
    if (disk <= XVD_SHORT_MAX && partition <= XVD_SHORT_MAX)
        return (202u << 8) | (disk << 4) | partition;
    return EXTENDED_VDEV | (disk << 8) | partition;
}

static uint32_t hd_number(uint32_t disk, uint32_t partition)
{
    uint32_t major = disk <= HD_FIRST_MAJOR ? 3 : 22;

    return (major << 8) | ((disk & 1) << 6) | partition;
}

static uint32_t sd_number(uint32_t disk, uint32_t partition)
{
    return (8u << 8) | (disk << 4) | partition;
}

static const struct vdev_scheme schemes[] = {
    { "xvd", XVD_DISK_MAX, 255, xvd_number },
    { "hd", 3, 63, hd_number },
    { "sd", 15, 15, sd_number },
};

/* Letters count a to z, then aa: each further letter makes room for 26 times as many. */
static bool read_letters(const char **text, uint32_t max, uint32_t *disk)
{
    uint64_t value = 0;
    const char *at = *text;

    for (; *at >= 'a' && *at <= 'z'; at++) {
        value = value * LETTERS + (uint32_t)(*at - 'a') + 1;
        if (value > (uint64_t)max + 1)
            return false;
    }
    if (at == *text)
        return false;
    *disk = (uint32_t)(value - 1);
    *text = at;
    return true;
}

static bool read_partition(const char *text, uint32_t max, uint32_t *partition)
{
    *partition = 0;
    if (!*text)
        return true;
    if (*text == '0')
        return false;
    for (; isdigit((unsigned char)*text); text++) {
        *partition = *partition * 10 + (uint32_t)(*text - '0');
        if (*partition > max)
            return false;
    }
    return !*text;
}

bool vdev_number(const char *name, uint32_t *number)
{
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        const struct vdev_scheme *scheme = &schemes[i];
        size_t length = strlen(scheme->prefix);
        const char *rest = name + length;
        uint32_t disk, partition;

        if (strncmp(name, scheme->prefix, length) != 0)
            continue;
        if (!read_letters(&rest, scheme->disk_max, &disk) ||
            !read_partition(rest, scheme->partition_max, &partition))
            return false;
        *number = scheme->number(disk, partition);
        return true;
    }
    return false;
}

void vdev_name_of_index(uint32_t index, char name[VDEV_NAME_BYTES])
{
    char letters[8];
    size_t count = 0;

    for (uint64_t rest = (uint64_t)index + 1; rest; rest = (rest - 1) / LETTERS)
        letters[count++] = (char)('a' + (rest - 1) % LETTERS);
    memcpy(name, "xvd", 3);
    for (size_t i = 0; i < count; i++)
        name[3 + i] = letters[count - 1 - i];
    name[3 + count] = '\0';
}
