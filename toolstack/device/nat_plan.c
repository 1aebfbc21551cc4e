/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "config/values.h"
#include "device/nat.h"

#define NAT_TABLE   "pvnat"
#define NAT_MAC     "02:16:3e:00:00:01" /* the bridge's own, whatever its ports have */
#define NAT_BITS    24u
#define NAT_RANGES  32u
#define FIRST_RANGE 0xc0a87b00u /* 192.168.123.0: libvirt's hosts have 192.168.122.0 */
#define LEASE_TIME  "12h"

/* Formats the address @host of the range. */
static void format_host(const struct net_range *range, uint32_t host, char text[16])
{
    uint32_t address = range->address + host;

    snprintf(text, 16, "%u.%u.%u.%u", address >> 24, address >> 16 & 255, address >> 8 & 255,
             address & 255);
}

static uint32_t mask_of(uint32_t bits)
{
    return bits ? UINT32_MAX << (32 - bits) : 0;
}

static bool overlaps(const struct net_range *one, const struct net_range *other)
{
    uint32_t mask = mask_of(one->bits < other->bits ? one->bits : other->bits);

    return (one->address & mask) == (other->address & mask);
}

int nat_choose_range(const struct net_range *used, int count, struct net_range *range)
{
    for (int i = 0; i < count; i++) {
        if (!strcmp(used[i].link, NAT_BRIDGE) && used[i].bits == NAT_BITS) {
            *range = used[i];
            return 0;
        }
    }
    for (uint32_t i = 0; i < NAT_RANGES; i++) {
        bool is_free = true;

        *range = (struct net_range){ .address = FIRST_RANGE + (i << (32 - NAT_BITS)),
                                     .bits = NAT_BITS,
                                     .link = NAT_BRIDGE };
        for (int j = 0; j < count; j++)
            is_free = is_free && !overlaps(range, &used[j]);
        if (is_free)
            return 0;
    }
    return -1;
}

void nat_plan(struct net_plan *plan, const struct net_range *range)
{
    char gateway[16];

    format_host(range, 1, gateway);
    plan->count = 0;
    net_plan_add(plan, NET_BRIDGE, NAT_BRIDGE, NAT_MAC);
    net_plan_add(plan, NET_ADDRESS, NAT_BRIDGE, "%s/%u", gateway, range->bits);
    net_plan_add(plan, NET_UP, NAT_BRIDGE, "%s", "");
    net_plan_add(plan, NET_SETTING, "", "ipv4/ip_forward=1");
}

/* From outside come only answers. */
void nat_rules(const struct net_range *range, char text[NAT_RULE_BYTES])
{
    char network[16];

    format_host(range, 0, network);
    snprintf(text, NAT_RULE_BYTES,
             "table ip " NAT_TABLE "\n"
             "delete table ip " NAT_TABLE "\n"
             "table ip " NAT_TABLE " {\n"
             " chain out {\n"
             "  type nat hook postrouting priority srcnat; policy accept;\n"
             "  ip saddr %s/%u oifname != \"" NAT_BRIDGE "\" masquerade\n"
             " }\n"
             " chain in {\n"
             "  type filter hook forward priority filter; policy accept;\n"
             "  oifname \"" NAT_BRIDGE "\" iifname != \"" NAT_BRIDGE
             "\" ct state new,invalid drop\n"
             " }\n"
             "}\n",
             network, range->bits);
}

void nat_server_words(const struct net_range *range, const char *program,
                      char *words[NAT_WORDS_MAX])
{
    static const char *const fixed[] = {
        "--conf-file=/dev/null",
        "--interface=" NAT_BRIDGE,
        "--except-interface=lo",
        "--bind-interfaces",
        "--no-hosts",
        "--domain-needed",
        "--bogus-priv",
        "--dhcp-authoritative",
        "--quiet-dhcp",
        "--dhcp-lease-max=253",
        "--dhcp-leasefile=" NAT_FOLDER "/leases",
        "--dhcp-hostsdir=" NAT_HOSTS,
        "--pid-file=" NAT_PID_FILE,
        "--log-facility=" NAT_FOLDER "/log",
    };
    char first[16], last[16];
    size_t count = 0;

    format_host(range, 2, first);
    format_host(range, 254, last);
    words[count++] = memory_string(program);
    for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
        words[count++] = memory_string(fixed[i]);
    words[count++] = memory_format("--dhcp-range=%s,%s," LEASE_TIME, first, last);
    words[count] = NULL;
}

void nat_words_free(char *words[NAT_WORDS_MAX])
{
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
}

int nat_take_address(const struct net_range *range, const char *list, char address[16],
                     struct error *error)
{
    const char *text = list ? list : "";
    char network[16];

    address[0] = 0;
    while (*(text += strspn(text, " "))) {
        size_t length = strcspn(text, " /"), whole = strcspn(text, " ");
        struct in_addr parsed;

        if (length < 16 && !memchr(text, ':', length)) {
            memcpy(address, text, length);
            address[length] = 0;
            if (inet_pton(AF_INET, address, &parsed) == 1 &&
                (ntohl(parsed.s_addr) & mask_of(range->bits)) == range->address &&
                (ntohl(parsed.s_addr) & 255) > 1 && (ntohl(parsed.s_addr) & 255) < 255)
                return 0;
            format_host(range, 0, network);
            error_set(error, ERROR_INPUT, "PV-E0347",
                      "a card of the network default cannot have the address %.*s", (int)whole,
                      text);
            return error_hint(error, "it is %s/%u, without its first two and its last address",
                              network, range->bits);
        }
        text += whole;
    }
    return 0;
}

/* Letters, digits and dashes, as names of hosts have. */
static bool is_host_name(const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '-')
            return false;
    }
    return length && name[0] != '-' && name[length - 1] != '-';
}

void nat_host_line(const uint8_t mac[MAC_BYTES], const char *address, const char *name,
                   char line[128])
{
    char text[MAC_TEXT_BYTES];
    bool has_name = is_host_name(name);

    mac_format(mac, text);
    if (!*address && !has_name)
        line[0] = 0;
    else
        snprintf(line, 128, "%s%s%s%s%s\n", text, *address ? "," : "", address, has_name ? "," : "",
                 has_name ? name : "");
}
