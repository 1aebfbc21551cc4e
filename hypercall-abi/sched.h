/* SPDX-License-Identifier: MIT */
/*
 * Scheduling and shutdown: sched_op(cmd, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_SCHED_H
#define PARAPET_HYPERCALL_ABI_SCHED_H

#include <stdint.h>

#include "hypercall-abi/event_channel.h"
#include "hypercall-abi/types.h"

#define SCHEDOP_yield           0
#define SCHEDOP_block           1
#define SCHEDOP_shutdown        2
#define SCHEDOP_poll            3
#define SCHEDOP_remote_shutdown 4
#define SCHEDOP_shutdown_code   5
#define SCHEDOP_watchdog        6
#define SCHEDOP_pin_override    7

struct sched_shutdown {
    uint32_t reason; /* SHUTDOWN_* */
};
_Static_assert(sizeof(struct sched_shutdown) == 4, "layout of sched_shutdown");

struct sched_poll {
    GUEST_HANDLE(evtchn_port_t) ports;
    uint32_t nr_ports;
    uint64_t timeout; /* system time in nanoseconds, 0 for none */
};
_Static_assert(sizeof(struct sched_poll) == 24, "layout of sched_poll");

struct sched_remote_shutdown {
    domid_t domain_id;
    uint32_t reason; /* SHUTDOWN_* */
};
_Static_assert(sizeof(struct sched_remote_shutdown) == 8, "layout of sched_remote_shutdown");

struct sched_watchdog {
    uint32_t id;      /* 0 for a new one, whose id is the result */
    uint32_t timeout; /* seconds, 0 to stop it */
};
_Static_assert(sizeof(struct sched_watchdog) == 8, "layout of sched_watchdog");

struct sched_pin_override {
    int32_t pcpu; /* negative: no longer pinned */
};
_Static_assert(sizeof(struct sched_pin_override) == 4, "layout of sched_pin_override");

/* Reasons of a shutdown. */
#define SHUTDOWN_poweroff   0
#define SHUTDOWN_reboot     1
#define SHUTDOWN_suspend    2
#define SHUTDOWN_crash      3
#define SHUTDOWN_watchdog   4
#define SHUTDOWN_soft_reset 5
#define SHUTDOWN_MAX        5

#endif
