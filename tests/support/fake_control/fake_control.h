/* SPDX-License-Identifier: MIT */
/*
 * A hypervisor for the toolstack's unit tests: domains are records, frames are pages of an array.
 * It keeps count of what is mapped and allocated, and can refuse any of its calls.
 */
#ifndef PARAPET_TESTS_SUPPORT_FAKE_CONTROL_H
#define PARAPET_TESTS_SUPPORT_FAKE_CONTROL_H

#include <stdbool.h>

#include "control/control.h"
#include "hypercall-abi/domctl.h"

#define FAKE_PAGES   16384u
#define FAKE_DOMAINS 4u
#define FAKE_MFN     0x1000u /* of the first frame */

struct fake_domain {
    bool exists;
    bool is_dying;
    uint32_t pauses;
    uint32_t vcpus_max;
    uint64_t pages;
    uint64_t pages_max;
    uint64_t shared_info_mfn;
    uint64_t grant_mfn;
    uint64_t pinned_mfn;
    uint64_t hypercall_mfn;
    uint32_t next_port;
    bool has_context;
    struct vcpu_guest_context context;
    xen_domain_handle_t uuid;
    uint32_t flags; /* more XEN_DOMINF_* */
};

struct fake_control {
    struct control control;
    uint8_t (*frames)[CONTROL_PAGE_BYTES];
    domid_t owner[FAKE_PAGES]; /* + 1; 0: free */
    struct fake_domain domains[FAKE_DOMAINS + 1];
    bool large_extents_fail;
    unsigned pages_mapped;
    unsigned calls;   /* and maps */
    unsigned fail_at; /* this call or map, counted from 1, answers -EINVAL; 0: none */
};

/* A fresh one; its memory is freed by control_close(). */
struct fake_control *fake_control_open(void);

/* The content of a frame. */
uint8_t *fake_frame(struct fake_control *fake, uint64_t mfn);

unsigned fake_frames_used(const struct fake_control *fake);
unsigned fake_domains_alive(const struct fake_control *fake);

#endif
