/* SPDX-License-Identifier: MIT */
/*
 * The steps of plans on a real kernel, in a network of the test's own. Where the machine gives
 * none, or has no bridges, the tests say so and pass: live tests go the same ways.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "device/net_plan.h"
#include "support/unit.h"

static bool has_own_network(void)
{
    if (unshare(CLONE_NEWNET)) {
        printf("no network of its own: nothing is tested\n");
        return false;
    }
    return true;
}

static void add_bridge(struct net_plan *plan, const char *name)
{
    net_plan_add(plan, NET_BRIDGE, name, "02:16:3e:00:00:0%c", name[2]);
}

TEST(link, a_bridge_comes_with_address_and_routes_and_goes)
{
    struct net_plan plan = { .count = 0 };
    struct net_range ranges[8];
    struct error error;
    int count;

    if (!has_own_network())
        return;
    ck_assert_int_eq(link_ranges(ranges, 8), 0);
    add_bridge(&plan, "br1");
    net_plan_add(&plan, NET_MTU, "br1", "1400");
    net_plan_add(&plan, NET_ADDRESS, "br1", "192.168.123.1/24");
    net_plan_add(&plan, NET_UP, "br1", "%s", "");
    net_plan_add(&plan, NET_ROUTE, "br1", "10.1.0.0/24");
    net_plan_add(&plan, NET_ROUTE, "br1", "10.2.0.1/32");
    /* What is done already is done. */
    for (int i = 0; i < 2; i++)
        ck_assert_msg(!net_plan_carry_out(&plan, &error), "%s", error.message);
    ck_assert(link_index("br1"));
    ck_assert(link_is_bridge("br1"));
    ck_assert(!link_is_bridge("lo"));
    ck_assert_uint_eq(link_mtu("br1"), 1400);
    ck_assert(!link_has_ports("br1"));
    count = link_ranges(ranges, 8);
    ck_assert_int_ge(count, 3);
    for (int i = 0; i < count; i++)
        ck_assert_str_eq(ranges[i].link, "br1");
    ck_assert_int_eq(link_remove("br1"), 0);
    ck_assert_int_eq(link_remove("br1"), 0);
    ck_assert(!link_index("br1"));
}

TEST(link, a_route_that_leads_elsewhere_is_an_error)
{
    struct net_plan plan = { .count = 0 };
    struct error error;

    if (!has_own_network())
        return;
    add_bridge(&plan, "br1");
    add_bridge(&plan, "br2");
    net_plan_add(&plan, NET_UP, "br1", "%s", "");
    net_plan_add(&plan, NET_UP, "br2", "%s", "");
    net_plan_add(&plan, NET_ROUTE, "br1", "10.2.0.1/32");
    net_plan_add(&plan, NET_ROUTE, "br2", "10.2.0.1/32");
    ck_assert_int_eq(net_plan_carry_out(&plan, &error), -1);
    ck_assert_int_eq(error.class, ERROR_STATE);
    ck_assert_ptr_nonnull(strstr(error.message, "route br2 10.2.0.1/32"));
}

TEST(link, is_renamed_once)
{
    struct net_plan plan = { .count = 0 };
    struct error error;

    if (!has_own_network())
        return;
    add_bridge(&plan, "br1");
    ck_assert_int_eq(net_plan_carry_out(&plan, &error), 0);
    plan.count = 0;
    net_plan_add(&plan, NET_RENAME, "br1", "other");
    for (int i = 0; i < 2; i++)
        ck_assert_msg(!net_plan_carry_out(&plan, &error), "%s", error.message);
    ck_assert(link_is_bridge("other"));
    ck_assert(!link_index("br1"));
}

/* Of the test's own network, as the kernel has it after the step. */
static int setting_of(const char *path)
{
    char text[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool has_read = fd >= 0 && read(fd, text, sizeof(text) - 1) > 0;

    if (fd >= 0)
        close(fd);
    return has_read ? atoi(text) : -1;
}

TEST(link, settings_are_changed_both_ways)
{
    struct net_plan plan = { .count = 0 };
    struct error error;

    if (!has_own_network())
        return;
    for (int value = 1; value >= 0; value--) {
        plan.count = 0;
        net_plan_add(&plan, NET_SETTING, "", "ipv4/ip_forward=%d", value);
        ck_assert_msg(!net_plan_carry_out(&plan, &error), "%s", error.message);
        ck_assert_int_eq(setting_of("/proc/sys/net/ipv4/ip_forward"), value);
    }
}

TEST(link, what_is_not_there_is_named)
{
    static const struct net_step steps[] = {
        { NET_MTU, "none", "1500" },
        { NET_UP, "none", "" },
        { NET_PORT, "lo", "none" },
        { NET_ROUTE, "none", "10.0.0.1/32" },
        { NET_ADDRESS, "none", "10.0.0.1/32" },
        { NET_RENAME, "none", "other" },
        { NET_SETTING, "", "ipv4/conf/none/proxy_arp=1" },
    };

    if (!has_own_network())
        return;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        struct net_plan plan = { .count = 1, .steps[0] = steps[i] };
        struct error error;

        ck_assert_int_eq(net_plan_carry_out(&plan, &error), -1);
        ck_assert_ptr_nonnull(strstr(error.message, steps[i].value));
    }
}

TEST(link, is_no_port_of_what_is_no_bridge)
{
    struct net_plan plan = { .count = 0 };
    struct error error;

    if (!has_own_network())
        return;
    add_bridge(&plan, "br1");
    net_plan_add(&plan, NET_PORT, "br1", "lo");
    ck_assert_int_eq(net_plan_carry_out(&plan, &error), -1);
    ck_assert_ptr_nonnull(strstr(error.message, "port br1 lo"));
}
