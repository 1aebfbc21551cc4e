/* SPDX-License-Identifier: MIT */
/* Links, addresses and routes of the control domain, through libnl; its settings in /proc/sys. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/link.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "device/net_plan.h"

#define IPV4_BITS 32u

/* A socket for questions and requests, or NULL. */
static struct nl_sock *netlink_open(void)
{
    struct nl_sock *socket = nl_socket_alloc();

    if (socket && nl_connect(socket, NETLINK_ROUTE)) {
        nl_socket_free(socket);
        return NULL;
    }
    return socket;
}

unsigned link_index(const char *name)
{
    return if_nametoindex(name);
}

/* ---- questions ---- */

/* The link as the kernel has it now, for rtnl_link_put(), or NULL. */
static struct rtnl_link *find_link(const char *name)
{
    struct nl_sock *socket = netlink_open();
    struct rtnl_link *link = NULL;

    if (socket && rtnl_link_get_kernel(socket, 0, name, &link))
        link = NULL;
    nl_socket_free(socket);
    return link;
}

bool link_is_bridge(const char *name)
{
    struct rtnl_link *link = find_link(name);
    const char *type = link ? rtnl_link_get_type(link) : NULL;
    bool is_bridge = type && !strcmp(type, "bridge");

    rtnl_link_put(link);
    return is_bridge;
}

uint32_t link_mtu(const char *name)
{
    struct rtnl_link *link = find_link(name);
    uint32_t mtu = link ? rtnl_link_get_mtu(link) : 0;

    rtnl_link_put(link);
    return mtu;
}

bool link_has_ports(const char *bridge)
{
    struct nl_sock *socket = netlink_open();
    struct nl_cache *cache = NULL;
    int master = (int)link_index(bridge);
    bool has_ports = false;

    if (master && socket && !rtnl_link_alloc_cache(socket, AF_UNSPEC, &cache)) {
        for (struct nl_object *object = nl_cache_get_first(cache); object;
             object = nl_cache_get_next(object))
            has_ports |= rtnl_link_get_master((struct rtnl_link *)object) == master;
        nl_cache_free(cache);
    }
    nl_socket_free(socket);
    return has_ports;
}

static bool take_range(struct rtnl_route *route, struct net_range *range)
{
    struct nl_addr *to = rtnl_route_get_dst(route);
    struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
    const uint8_t *bytes;
    char name[IF_NAMESIZE] = "";

    if (!to || nl_addr_get_family(to) != AF_INET || nl_addr_get_len(to) != sizeof(uint32_t) ||
        !nl_addr_get_prefixlen(to))
        return false;
    bytes = nl_addr_get_binary_addr(to);
    *range = (struct net_range){
        .address = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
                   bytes[3],
        .bits = nl_addr_get_prefixlen(to),
    };
    if (hop && if_indextoname((unsigned)rtnl_route_nh_get_ifindex(hop), name))
        memcpy(range->link, name, sizeof(range->link));
    return range->bits <= IPV4_BITS;
}

int link_ranges(struct net_range *ranges, int limit)
{
    struct nl_sock *socket = netlink_open();
    struct nl_cache *cache = NULL;
    int count = 0;

    if (!socket)
        return -ENOBUFS;
    if (rtnl_route_alloc_cache(socket, AF_INET, 0, &cache)) {
        nl_socket_free(socket);
        return -EIO;
    }
    for (struct nl_object *object = nl_cache_get_first(cache); object && count < limit;
         object = nl_cache_get_next(object))
        count += take_range((struct rtnl_route *)object, &ranges[count]);
    nl_cache_free(cache);
    nl_socket_free(socket);
    return count;
}

/* ---- steps: each returns 0 or one of libnl's negative error numbers ---- */

static int step_bridge(struct nl_sock *socket, const struct net_step *step)
{
    struct rtnl_link *link;
    struct nl_addr *address = NULL;
    int result;

    if (link_is_bridge(step->link))
        return 0;
    link = rtnl_link_alloc();
    if (!link)
        return -NLE_NOMEM;
    result = nl_addr_parse(step->value, AF_LLC, &address);
    if (!result)
        result = rtnl_link_set_type(link, "bridge");
    if (!result) {
        rtnl_link_set_name(link, step->link);
        rtnl_link_set_addr(link, address);
        result = rtnl_link_add(socket, link, NLM_F_CREATE | NLM_F_EXCL);
    }
    nl_addr_put(address);
    rtnl_link_put(link);
    return result;
}

/* Changes what @changes says of the link; that is freed. */
static int change_link(struct nl_sock *socket, const char *name, struct rtnl_link *changes)
{
    struct rtnl_link *link = NULL;
    int result = changes ? rtnl_link_get_kernel(socket, 0, name, &link) : -NLE_NOMEM;

    if (!result)
        result = rtnl_link_change(socket, link, changes, 0);
    rtnl_link_put(link);
    rtnl_link_put(changes);
    return result;
}

static int step_rename(struct nl_sock *socket, const struct net_step *step)
{
    struct rtnl_link *changes;

    if (!link_index(step->link) && link_index(step->value))
        return 0;
    changes = rtnl_link_alloc();
    if (changes)
        rtnl_link_set_name(changes, step->value);
    return change_link(socket, step->link, changes);
}

static int step_mtu(struct nl_sock *socket, const struct net_step *step)
{
    struct rtnl_link *changes = rtnl_link_alloc();

    if (changes)
        rtnl_link_set_mtu(changes, (unsigned)strtoul(step->value, NULL, 10));
    return change_link(socket, step->link, changes);
}

static int step_port(struct nl_sock *socket, const struct net_step *step)
{
    unsigned master = link_index(step->value);
    struct rtnl_link *changes;

    if (!master)
        return -NLE_NODEV;
    changes = rtnl_link_alloc();
    if (changes)
        rtnl_link_set_master(changes, (int)master);
    return change_link(socket, step->link, changes);
}

static int step_up(struct nl_sock *socket, const struct net_step *step)
{
    struct rtnl_link *changes = rtnl_link_alloc();

    if (changes)
        rtnl_link_set_flags(changes, IFF_UP);
    return change_link(socket, step->link, changes);
}

static int step_address(struct nl_sock *socket, const struct net_step *step)
{
    struct rtnl_addr *entry = rtnl_addr_alloc();
    struct nl_addr *address = NULL;
    int result = entry ? nl_addr_parse(step->value, AF_UNSPEC, &address) : -NLE_NOMEM;

    if (!result) {
        rtnl_addr_set_ifindex(entry, (int)link_index(step->link));
        result = rtnl_addr_set_local(entry, address);
    }
    if (!result)
        result = rtnl_addr_add(socket, entry, 0);
    nl_addr_put(address);
    rtnl_addr_put(entry);
    return result == -NLE_EXIST ? 0 : result;
}

/* Does the route to @address lead through the link already? */
static bool is_routed(struct nl_sock *socket, struct nl_addr *address, int index)
{
    struct nl_cache *cache = NULL;
    bool found = false;

    if (rtnl_route_alloc_cache(socket, nl_addr_get_family(address), 0, &cache))
        return false;
    for (struct nl_object *object = nl_cache_get_first(cache); object;
         object = nl_cache_get_next(object)) {
        struct rtnl_route *route = (struct rtnl_route *)object;
        struct rtnl_nexthop *hop = rtnl_route_nexthop_n(route, 0);
        struct nl_addr *to = rtnl_route_get_dst(route);

        found |= hop && to && rtnl_route_nh_get_ifindex(hop) == index && !nl_addr_cmp(to, address);
    }
    nl_cache_free(cache);
    return found;
}

static int add_route(struct nl_sock *socket, struct nl_addr *address, int index)
{
    struct rtnl_route *route = rtnl_route_alloc();
    struct rtnl_nexthop *hop = rtnl_route_nh_alloc();
    int result = -NLE_NOMEM;

    if (!route || !hop) {
        rtnl_route_nh_free(hop);
    } else {
        rtnl_route_nh_set_ifindex(hop, index);
        rtnl_route_add_nexthop(route, hop); /* it is the route's now */
        rtnl_route_set_table(route, RT_TABLE_MAIN);
        rtnl_route_set_scope(route, RT_SCOPE_LINK);
        rtnl_route_set_protocol(route, RTPROT_STATIC);
        result = rtnl_route_set_family(route, (uint8_t)nl_addr_get_family(address));
        if (!result)
            result = rtnl_route_set_dst(route, address);
        if (!result)
            result = rtnl_route_add(socket, route, NLM_F_CREATE | NLM_F_EXCL);
    }
    rtnl_route_put(route);
    return result;
}

static int step_route(struct nl_sock *socket, const struct net_step *step)
{
    struct nl_addr *address = NULL;
    int index = (int)link_index(step->link);
    int result = nl_addr_parse(step->value, AF_UNSPEC, &address);

    if (!result)
        result = add_route(socket, address, index);
    if (result == -NLE_EXIST && is_routed(socket, address, index))
        result = 0;
    nl_addr_put(address);
    return result;
}

static int step_setting(struct nl_sock *socket, const struct net_step *step)
{
    char path[NET_VALUE_BYTES + 16], was[16] = "";
    const char *equals = strchr(step->value, '=');
    int fd, result;

    (void)socket;
    snprintf(path, sizeof(path), "/proc/sys/net/%.*s", (int)(equals - step->value), step->value);
    fd = open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return -nl_syserr2nlerr(errno);
    /*
     * Written only when it changes: some of them have effects all the same. And at the file's
     * start: what is written elsewhere the kernel takes without a word, and ignores.
     */
    result = pread(fd, was, sizeof(was) - 1, 0) > 0 && atoi(was) == atoi(equals + 1)
                 ? 0
                 : file_write_all(fd, equals + 1, strlen(equals + 1));
    if (result)
        result = -nl_syserr2nlerr(errno);
    close(fd);
    return result;
}

int net_plan_carry_out(const struct net_plan *plan, struct error *error)
{
    static int (*const carry_out[])(struct nl_sock * socket, const struct net_step *step) = {
        [NET_BRIDGE] = step_bridge, [NET_RENAME] = step_rename,   [NET_MTU] = step_mtu,
        [NET_PORT] = step_port,     [NET_ADDRESS] = step_address, [NET_UP] = step_up,
        [NET_ROUTE] = step_route,   [NET_SETTING] = step_setting,
    };
    struct nl_sock *socket = netlink_open();
    int result = 0;

    if (!socket)
        return error_set(error, ERROR_RESOURCES, "PV-E0742", "no socket for netlink");
    for (size_t i = 0; i < plan->count && !result; i++) {
        const struct net_step *step = &plan->steps[i];

        result = carry_out[step->action](socket, step);
        if (result)
            error_set(error, result == -NLE_EXIST ? ERROR_STATE : ERROR_FAILED,
                      result == -NLE_EXIST ? "PV-E0641" : "PV-E0131",
                      "the kernel refuses \"%s%s%s %s\": %s", net_action_words[step->action],
                      *step->link ? " " : "", step->link, step->value, nl_geterror(result));
    }
    nl_socket_free(socket);
    return result ? -1 : 0;
}

int link_remove(const char *name)
{
    struct nl_sock *socket;
    struct rtnl_link *link;
    int result;

    if (!link_index(name))
        return 0;
    socket = netlink_open();
    link = rtnl_link_alloc();
    if (!socket || !link) {
        result = -ENOMEM;
    } else {
        rtnl_link_set_name(link, name);
        result = rtnl_link_delete(socket, link);
        result = result && result != -NLE_NODEV && result != -NLE_OBJ_NOTFOUND ? -EBUSY : 0;
    }
    rtnl_link_put(link);
    nl_socket_free(socket);
    return result;
}
