/* SPDX-License-Identifier: MIT */
#include "config/values.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IP_TEXT_BYTES 64

const char *const domain_action_words[] = {
    "destroy", "restart", "preserve", "rename-restart", "coredump-destroy", "coredump-restart", NULL
};
const char *const clock_offset_words[] = { "utc", "localtime", NULL };
const char *const tsc_mode_words[] = { "auto", "emulate", "native", "paravirt", NULL };
const char *const disk_kind_words[] = { "file", "block", NULL };
const char *const nic_kind_words[] = { "bridge", "routed", "nat", NULL };
const char *const feature_policy_words[] = { "disable", "require", NULL };

int word_find(const char *const *words, const char *text)
{
    for (int i = 0; words[i]; i++) {
        if (!strcmp(words[i], text))
            return i;
    }
    return -1;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)tolower((unsigned char)c);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Two hex digits; false if there are none. */
static bool hex_byte(const char *text, uint8_t *byte)
{
    int high = hex_digit(text[0]);
    int low = high < 0 ? -1 : hex_digit(text[1]);

    if (low < 0)
        return false;
    *byte = (uint8_t)(high << 4 | low);
    return true;
}

bool uuid_parse(const char *text, uint8_t uuid[DOMAIN_UUID_BYTES])
{
    bool dashes = strlen(text) == UUID_TEXT_BYTES - 1;

    if (!dashes && strlen(text) != 2 * DOMAIN_UUID_BYTES)
        return false;
    for (unsigned int i = 0; i < DOMAIN_UUID_BYTES; i++) {
        if (dashes && (i == 4 || i == 6 || i == 8 || i == 10) && *text++ != '-')
            return false;
        if (!hex_byte(text, &uuid[i]))
            return false;
        text += 2;
    }
    return true;
}

void uuid_format(const uint8_t uuid[DOMAIN_UUID_BYTES], char text[UUID_TEXT_BYTES])
{
    char *at = text;

    for (unsigned int i = 0; i < DOMAIN_UUID_BYTES; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *at++ = '-';
        at += sprintf(at, "%02x", uuid[i]);
    }
}

bool mac_parse(const char *text, uint8_t mac[MAC_BYTES])
{
    if (strlen(text) != MAC_TEXT_BYTES - 1)
        return false;
    for (unsigned int i = 0; i < MAC_BYTES; i++) {
        if ((i && text[3 * i - 1] != ':') || !hex_byte(text + 3 * i, &mac[i]))
            return false;
    }
    return true;
}

void mac_format(const uint8_t mac[MAC_BYTES], char text[MAC_TEXT_BYTES])
{
    snprintf(text, MAC_TEXT_BYTES, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
}

bool decimal_parse(const char *text, uint64_t max, uint64_t *value)
{
    uint64_t number = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        uint64_t digit = (uint64_t)(*text - '0');
        if (digit > max || number > (max - digit) / 10)
            return false;
        number = number * 10 + digit;
    }
    *value = number;
    return true;
}

/* The mask of "3" or "1-4"; 0 if it is none. */
static cpu_mask_t cpu_range(const char *text)
{
    unsigned int first, last;
    char dash, end;
    int fields = sscanf(text, "%2u%c%2u%c", &first, &dash, &last, &end);

    if (!isdigit((unsigned char)text[0]) || first >= DOMAIN_CPUS_MAX)
        return 0;
    if (fields == 1)
        return (cpu_mask_t)1 << first;
    if (fields != 3 || dash != '-' || !isdigit((unsigned char)strchr(text, '-')[1]) ||
        last < first || last >= DOMAIN_CPUS_MAX)
        return 0;
    return (UINT64_MAX >> (63 - last)) & (UINT64_MAX << first);
}

bool cpus_parse(const char *text, cpu_mask_t *cpus)
{
    char copy[CPUS_TEXT_BYTES], *rest = copy, *part;

    *cpus = 0;
    if (!strcmp(text, "all")) {
        *cpus = CPU_MASK_ALL;
        return true;
    }
    if (strlen(text) >= sizeof(copy))
        return false;
    memcpy(copy, text, strlen(text) + 1);
    while ((part = strsep(&rest, ","))) {
        bool without = *part == '^';
        cpu_mask_t range = cpu_range(part + without);

        if (!range)
            return false;
        *cpus = without ? *cpus & ~range : *cpus | range;
    }
    return *cpus != 0;
}

void cpus_format(cpu_mask_t cpus, char text[CPUS_TEXT_BYTES])
{
    char *at = text;

    *at = '\0';
    if (cpus == CPU_MASK_ALL) {
        memcpy(text, "all", sizeof("all"));
        return;
    }
    for (unsigned int first = 0; first < DOMAIN_CPUS_MAX; first++) {
        unsigned int last = first;

        if (!(cpus >> first & 1))
            continue;
        while (last + 1 < DOMAIN_CPUS_MAX && (cpus >> (last + 1) & 1))
            last++;
        at += sprintf(at, "%s%u", at == text ? "" : ",", first);
        if (last > first)
            at += sprintf(at, "-%u", last);
        first = last;
    }
}

static bool ip_is_valid(const char *text)
{
    char copy[IP_TEXT_BYTES], *prefix;
    uint8_t address[sizeof(struct in6_addr)];
    uint64_t bits = 0;
    int family;

    if (strlen(text) >= sizeof(copy))
        return false;
    memcpy(copy, text, strlen(text) + 1);
    prefix = strchr(copy, '/');
    if (prefix)
        *prefix++ = '\0';
    family = strchr(copy, ':') ? AF_INET6 : AF_INET;
    if (inet_pton(family, copy, address) != 1)
        return false;
    return !prefix || decimal_parse(prefix, family == AF_INET6 ? 128 : 32, &bits);
}

bool ip_list_is_valid(const char *text)
{
    char *copy = strdup(text), *rest = copy, *part;
    unsigned int count = 0;
    bool valid = copy != NULL;

    while (valid && (part = strsep(&rest, " "))) {
        if (!*part)
            continue;
        valid = ip_is_valid(part);
        count++;
    }
    free(copy);
    return valid && count;
}

bool domain_name_is_valid(const char *name)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "._+:@- ";
    size_t length = strlen(name);

    if (!length || length >= DOMAIN_NAME_BYTES || strspn(name, allowed) != length)
        return false;
    /* Numbers are domids; a dash begins an option, a dot hides a file. */
    return strspn(name, "0123456789") != length && !strchr("-. ", name[0]) &&
           name[length - 1] != ' ';
}
