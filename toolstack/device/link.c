/* SPDX-License-Identifier: MIT */
#include "device/link.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define MESSAGE_BYTES 512u

/* A message to the kernel, with room for its attributes, and then its answer. */
struct message {
    struct nlmsghdr header;
    struct ifinfomsg info;
    char attributes[MESSAGE_BYTES];
};

unsigned link_index(const char *name)
{
    return if_nametoindex(name);
}

bool link_is_bridge(const char *name)
{
    char path[64];

    snprintf(path, sizeof(path), "/sys/class/net/%s/bridge", name);
    return !access(path, F_OK);
}

uint32_t link_mtu(const char *name)
{
    struct ifreq request = { .ifr_mtu = 0 };
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    uint32_t mtu = 0;

    snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
    if (fd >= 0 && !ioctl(fd, SIOCGIFMTU, &request) && request.ifr_mtu > 0)
        mtu = (uint32_t)request.ifr_mtu;
    if (fd >= 0)
        close(fd);
    return mtu;
}

static struct message message_for(unsigned index)
{
    return (struct message){
        .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(struct ifinfomsg)),
                    .nlmsg_type = RTM_NEWLINK,
                    .nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK },
        .info = { .ifi_family = AF_UNSPEC, .ifi_index = (int)index },
    };
}

static void add_attribute(struct message *message, unsigned short type, const void *value,
                          size_t bytes)
{
    struct rtattr *attribute = (void *)((char *)message + NLMSG_ALIGN(message->header.nlmsg_len));

    attribute->rta_type = type;
    attribute->rta_len = (unsigned short)RTA_LENGTH(bytes);
    memcpy(RTA_DATA(attribute), value, bytes);
    message->header.nlmsg_len =
        NLMSG_ALIGN(message->header.nlmsg_len) + (uint32_t)RTA_ALIGN(attribute->rta_len);
}

/* The kernel's answer is an error code, 0 for none. */
static int ask(const struct message *message)
{
    struct {
        struct nlmsghdr header;
        struct nlmsgerr error;
        char more[MESSAGE_BYTES];
    } answer;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    int result = 0;

    if (fd < 0)
        return -errno;
    if (send(fd, message, message->header.nlmsg_len, 0) < 0 ||
        recv(fd, &answer, sizeof(answer), 0) < (ssize_t)NLMSG_LENGTH(sizeof(answer.error)))
        result = errno ? -errno : -EIO;
    else if (answer.header.nlmsg_type == NLMSG_ERROR)
        result = answer.error.error;
    close(fd);
    return result;
}

int link_configure(unsigned index, unsigned master, uint32_t mtu)
{
    struct message message = message_for(index);

    message.info.ifi_flags = IFF_UP;
    message.info.ifi_change = IFF_UP;
    if (mtu)
        add_attribute(&message, IFLA_MTU, &mtu, sizeof(mtu));
    if (master)
        add_attribute(&message, IFLA_MASTER, &master, sizeof(master));
    return ask(&message);
}

int link_rename(unsigned index, const char *name)
{
    struct message message = message_for(index);

    add_attribute(&message, IFLA_IFNAME, name, strlen(name) + 1);
    return ask(&message);
}
