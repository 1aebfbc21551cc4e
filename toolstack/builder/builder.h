/* SPDX-License-Identifier: MIT */
/*
 * Makes a domain: from a kernel's file to a paused domain whose first vCPU is ready to run.
 *
 * The store and devices are not the builder's: it only reserves their two ports and pages. A
 * failure leaves no domain behind.
 */
#ifndef PARAPET_TOOLSTACK_BUILDER_BUILDER_H
#define PARAPET_TOOLSTACK_BUILDER_BUILDER_H

#include "common/file.h"
#include "control/control.h"
#include "hypercall-abi/event_channel.h"

#define BUILD_VCPUS_MAX 128u

struct build_request {
    const char *kernel;       /* path */
    const char *ramdisk;      /* path, or NULL */
    const char *command_line; /* may be NULL */
    xen_domain_handle_t uuid;
    uint64_t memory_bytes;     /* what it gets now */
    uint64_t memory_max_bytes; /* what it may ask for later; at least memory_bytes */
    uint32_t vcpus;            /* that it can bring up */
    uint32_t event_channels_max;
    int32_t grant_frames_max; /* negative: the hypervisor's default */
    int32_t maptrack_frames_max;
    uint32_t tsc_mode;
    int64_t time_offset_s;
};

/* What the first memory of a domain is used for. */
enum built_use {
    BUILT_KERNEL,
    BUILT_RAMDISK,
    BUILT_P2M,
    BUILT_P2M_TABLES,
    BUILT_START_INFO,
    BUILT_STORE,
    BUILT_CONSOLE,
    BUILT_TABLES,
    BUILT_STACK,
    BUILT_PIECES,
};
extern const char *const built_use_words[BUILT_PIECES];

/* Page-frame numbers [pfn, pfn + pages). */
struct built_piece {
    uint64_t pfn;
    uint64_t pages; /* 0: there is none */
    enum built_use use;
};

struct built_domain {
    domid_t domid;
    uint64_t store_mfn;
    uint64_t console_mfn;
    evtchn_port_t store_port; /* of the domain; the control domain may bind it */
    evtchn_port_t console_port;
    char guest_os[16];
    uint64_t pages; /* at the start */
    struct built_piece pieces[BUILT_PIECES];
};

/* build_domain - @control does it; 0, or -1 with @error filled in and nothing left behind. */
MUST_CHECK int build_domain(struct control *control, const struct build_request *request,
                            struct built_domain *built, struct error *error);

#endif
