/* SPDX-License-Identifier: MIT */
#include "device/net_plan.h"

#include <stdio.h>
#include <string.h>

#include "device/nat.h"
#include "support/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* A plan as text: a line for each step. */
static const char *text_of(const struct net_plan *plan)
{
    static char text[NET_STEPS_MAX * 160];
    size_t bytes = 0;

    text[0] = 0;
    for (size_t i = 0; i < plan->count; i++) {
        const struct net_step *step = &plan->steps[i];

        bytes += (size_t)snprintf(text + bytes, sizeof(text) - bytes, "%s %s %s\n",
                                  net_action_words[step->action], step->link, step->value);
    }
    return text;
}

TEST(net_plan, a_bridged_card_becomes_a_port_of_its_bridge)
{
    struct nic_config config = { .kind = NIC_BRIDGE };
    struct nic_spot spot = {
        .first_name = "vif3.0", .name = "vif3.0", .bridge = "xenbr0", .mtu = 1500
    };
    struct net_plan plan;

    net_plan_nic(&plan, &config, &spot);
    ck_assert_str_eq(text_of(&plan), "mtu vif3.0 1500\n"
                                     "port vif3.0 xenbr0\n"
                                     "up vif3.0 \n");
}

TEST(net_plan, a_card_with_a_name_is_renamed_first)
{
    struct nic_config config = { .kind = NIC_NAT };
    struct nic_spot spot = { .first_name = "vif3.1", .name = "web", .bridge = NAT_BRIDGE };
    struct net_plan plan;

    net_plan_nic(&plan, &config, &spot);
    ck_assert_str_eq(text_of(&plan), "rename vif3.1 web\n"
                                     "port web pvnat0\n"
                                     "up web \n");
}

TEST(net_plan, a_routed_card_gets_a_route_for_each_address)
{
    char ip[] = "10.0.0.2  10.1.0.0/24 fd00::2 fd00:1::/64";
    struct nic_config config = { .kind = NIC_ROUTED, .ip = ip };
    struct nic_spot spot = { .first_name = "vif3.0", .name = "vif3.0", .mtu = 9000 };
    struct net_plan plan;

    net_plan_nic(&plan, &config, &spot);
    ck_assert_str_eq(text_of(&plan), "mtu vif3.0 9000\n"
                                     "up vif3.0 \n"
                                     "setting  ipv4/conf/vif3.0/proxy_arp=1\n"
                                     "setting  ipv4/conf/vif3.0/rp_filter=1\n"
                                     "setting  ipv4/neigh/vif3.0/proxy_delay=0\n"
                                     "setting  ipv4/ip_forward=1\n"
                                     "setting  ipv6/conf/all/forwarding=1\n"
                                     "route vif3.0 10.0.0.2/32\n"
                                     "route vif3.0 10.1.0.0/24\n"
                                     "route vif3.0 fd00::2/128\n"
                                     "route vif3.0 fd00:1::/64\n");
}

TEST(net_plan, a_script_has_its_place_to_itself)
{
    char ip[] = "10.0.0.2", script[] = "/etc/pvctl/scripts/own";
    struct nic_config config = { .kind = NIC_ROUTED, .ip = ip, .script = script };
    struct nic_spot spot = { .first_name = "vif3.0", .name = "web", .mtu = 1400 };
    struct net_plan plan;

    net_plan_nic(&plan, &config, &spot);
    ck_assert_str_eq(text_of(&plan), "rename vif3.0 web\n"
                                     "mtu web 1400\n"
                                     "up web \n");
}

TEST(net_plan, has_room_for_the_longest_list_of_addresses)
{
    char ip[256] = "";
    struct nic_config config = { .kind = NIC_ROUTED, .ip = ip };
    struct nic_spot spot = { .first_name = "vif32751.31", .name = "abcdefghijklmno", .mtu = 65535 };
    struct net_plan plan;

    for (size_t i = 0; i + 3 < sizeof(ip); i += 3)
        memcpy(ip + i, ":: ", 4);
    net_plan_nic(&plan, &config, &spot);
    ck_assert_uint_lt(plan.count, NET_STEPS_MAX);
    ck_assert_str_eq(plan.steps[plan.count - 1].value, "::/128");
}

/* ---- the network default ---- */

static struct net_range range_of(unsigned a, unsigned b, unsigned c, unsigned d, unsigned bits,
                                 const char *link)
{
    struct net_range range = { .address = a << 24 | b << 16 | c << 8 | d, .bits = bits };

    strcpy(range.link, link);
    return range;
}

TEST(nat, takes_the_first_network_that_nobody_has)
{
    const struct net_range used[] = {
        range_of(10, 0, 2, 0, 24, "eth0"),
        range_of(192, 168, 122, 0, 23, "virbr0"), /* .122 and .123 */
        range_of(192, 168, 124, 128, 25, "eth1"),
        range_of(192, 168, 125, 7, 32, "vif1.0"),
    };
    struct net_range range;

    ck_assert_int_eq(nat_choose_range(used, 1, &range), 0);
    ck_assert_uint_eq(range.address, 0xc0a87b00);
    ck_assert_uint_eq(range.bits, 24);
    ck_assert_int_eq(nat_choose_range(used, COUNT(used), &range), 0);
    ck_assert_uint_eq(range.address, 0xc0a87e00);
}

TEST(nat, keeps_the_network_that_its_bridge_has)
{
    const struct net_range used[] = { range_of(10, 0, 2, 0, 24, "eth0"),
                                      range_of(192, 168, 130, 0, 24, NAT_BRIDGE) };
    struct net_range range;

    ck_assert_int_eq(nat_choose_range(used, COUNT(used), &range), 0);
    ck_assert_uint_eq(range.address, 0xc0a88200);
}

TEST(nat, finds_none_when_all_are_taken)
{
    const struct net_range used[] = { range_of(192, 168, 0, 0, 16, "eth0") };
    struct net_range range;

    ck_assert_int_eq(nat_choose_range(used, COUNT(used), &range), -1);
}

TEST(nat, has_a_bridge_with_the_first_address)
{
    struct net_range range = range_of(192, 168, 123, 0, 24, NAT_BRIDGE);
    struct net_plan plan;
    char rules[NAT_RULE_BYTES], *words[NAT_WORDS_MAX];
    bool has_range = false;

    nat_plan(&plan, &range);
    ck_assert_str_eq(text_of(&plan), "bridge pvnat0 02:16:3e:00:00:01\n"
                                     "address pvnat0 192.168.123.1/24\n"
                                     "up pvnat0 \n"
                                     "setting  ipv4/ip_forward=1\n");
    nat_rules(&range, rules);
    ck_assert_ptr_nonnull(
        strstr(rules, "ip saddr 192.168.123.0/24 oifname != \"pvnat0\" masquerade"));
    nat_server_words(&range, "/bin/dnsmasq", words);
    ck_assert_str_eq(words[0], "/bin/dnsmasq");
    for (size_t i = 0; words[i]; i++)
        has_range |= !strcmp(words[i], "--dhcp-range=192.168.123.2,192.168.123.254,12h");
    ck_assert(has_range);
    nat_words_free(words);
}

TEST(nat, gives_a_guest_the_address_that_it_asks_for)
{
    static const struct {
        const char *list;
        const char *address; /* NULL: refused */
    } rows[] = {
        { NULL, "" },
        { "192.168.123.2", "192.168.123.2" },
        { "fd00::1 192.168.123.254/24", "192.168.123.254" },
        { "fd00::1", "" },
        { "192.168.123.1", NULL },
        { "192.168.123.0", NULL },
        { "192.168.123.255", NULL },
        { "192.168.124.7", NULL },
        { "10.0.0.2/8", NULL },
    };
    struct net_range range = range_of(192, 168, 123, 0, 24, NAT_BRIDGE);

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct error error;
        char address[16];
        int result = nat_take_address(&range, rows[i].list, address, &error);

        ck_assert_int_eq(result, rows[i].address ? 0 : -1);
        if (rows[i].address)
            ck_assert_str_eq(address, rows[i].address);
        else
            ck_assert_str_eq(error.hint,
                             "it is 192.168.123.0/24, without its first two and its last address");
    }
}

TEST(nat, tells_the_server_of_addresses_and_names)
{
    static const struct {
        const char *address, *name, *line;
    } rows[] = {
        { "", "", "" },
        { "192.168.123.9", "", "00:16:3e:01:02:03,192.168.123.9\n" },
        { "", "web-1", "00:16:3e:01:02:03,web-1\n" },
        { "192.168.123.9", "web", "00:16:3e:01:02:03,192.168.123.9,web\n" },
        { "192.168.123.9", "not a host", "00:16:3e:01:02:03,192.168.123.9\n" },
        { "", "a,b", "" },
        { "", "-a", "" },
    };
    static const uint8_t mac[MAC_BYTES] = { 0, 0x16, 0x3e, 1, 2, 3 };

    for (size_t i = 0; i < COUNT(rows); i++) {
        char line[128];

        nat_host_line(mac, rows[i].address, rows[i].name, line);
        ck_assert_str_eq(line, rows[i].line);
    }
}
