/* SPDX-License-Identifier: MIT */
/*
 * The network "default": a bridge of its own, whose guests get addresses by DHCP, have names
 * resolved, and reach the world with the control domain's address. It is made for the first card
 * and goes with the last one.
 */
#ifndef PARAPET_TOOLSTACK_DEVICE_NAT_H
#define PARAPET_TOOLSTACK_DEVICE_NAT_H

#include "common/event_loop.h"
#include "device/net_plan.h"

#define NAT_BRIDGE     "pvnat0"
#define NAT_FOLDER     "/run/pvd-nat" /* dnsmasq reads it, under another user */
#define NAT_HOSTS      NAT_FOLDER "/hosts"
#define NAT_PID_FILE   NAT_FOLDER "/dnsmasq.pid"
#define NAT_RULE_BYTES 1024
#define NAT_WORDS_MAX  24

/* ---- nat_plan.c: pure ---- */

/*
 * nat_choose_range - the network's own range if its bridge is among the @count ranges in use; else
 * the first of ours that none of them overlaps; -1 if there is none.
 */
MUST_CHECK int nat_choose_range(const struct net_range *used, int count, struct net_range *range);

/* The bridge with its address, and what the kernel must do for it. */
void nat_plan(struct net_plan *plan, const struct net_range *range);

/* nat_rules - for nft, replacing those that are there. */
void nat_rules(const struct net_range *range, char text[NAT_RULE_BYTES]);

/* dnsmasq's command line: texts to be freed with nat_words_free(). */
void nat_server_words(const struct net_range *range, const char *program,
                      char *words[NAT_WORDS_MAX]);
void nat_words_free(char *words[NAT_WORDS_MAX]);

/*
 * nat_take_address - the IPv4 address in @list (may be NULL) that a guest of the network is to get,
 * as text; empty if it names none. -1 with @error filled in if it cannot be one of the network.
 */
MUST_CHECK int nat_take_address(const struct net_range *range, const char *list, char address[16],
                                struct error *error);

/* What dnsmasq is to know of a guest's card; empty texts: nothing. */
void nat_host_line(const uint8_t mac[MAC_BYTES], const char *address, const char *name,
                   char line[128]);

/* ---- nat.c: on this host ---- */

enum nat_phase { NAT_DOWN, NAT_STARTING, NAT_UP, NAT_FAILED };

/* nat_check - could it be made, and may a card have this list of addresses? Changes nothing. */
MUST_CHECK int nat_check(const char *addresses, struct error *error);

/* nat_begin - one more card; it is ready when nat_phase() says NAT_UP. */
MUST_CHECK int nat_begin(struct event_loop *loop, struct error *error);
/* One card less. */
void nat_end(void);
enum nat_phase nat_phase(const struct error **error);

/* What DHCP and the name server answer for a card, from now on. */
MUST_CHECK int nat_host_add(const uint8_t mac[MAC_BYTES], const char *addresses, const char *name,
                            struct error *error);
void nat_host_remove(const uint8_t mac[MAC_BYTES]);

/* nat_clean_up - when no guest is there: what a daemon that died left behind. */
void nat_clean_up(struct event_loop *loop);

#endif
