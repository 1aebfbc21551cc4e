/* SPDX-License-Identifier: MIT */
/* What is done to one domain, each a call of domctl. 0 or a negative errno. */
#ifndef PARAPET_TOOLSTACK_CONTROL_DOMCTL_H
#define PARAPET_TOOLSTACK_CONTROL_DOMCTL_H

#include "control/control.h"
#include "hypercall-abi/domctl.h"

/* @domid: the id wanted, or DOMID_INVALID for any; the one it got comes back. */
MUST_CHECK int domctl_create(struct control *control, const struct xen_domctl_createdomain *wanted,
                             domid_t *domid);

/* Repeats while the hypervisor is not done. Frames that others map keep the domain visible. */
int domctl_destroy(struct control *control, domid_t domid);

MUST_CHECK int domctl_pause(struct control *control, domid_t domid);
MUST_CHECK int domctl_unpause(struct control *control, domid_t domid);

/* The domain itself: -ESRCH if it is gone, even if one with a higher id is there. */
MUST_CHECK int domctl_info(struct control *control, domid_t domid,
                           struct xen_domctl_getdomaininfo *info);

MUST_CHECK int domctl_vcpu_info(struct control *control, domid_t domid, uint32_t vcpu,
                                struct xen_domctl_getvcpuinfo *info);
/* What the vCPU made the hypervisor do; op->vcpu says which. */
MUST_CHECK int domctl_counters(struct control *control, domid_t domid,
                               struct xen_domctl_parapet_counters *counters);
MUST_CHECK int domctl_set_vcpus_max(struct control *control, domid_t domid, uint32_t count);
MUST_CHECK int domctl_set_memory_max(struct control *control, domid_t domid, uint64_t bytes);
MUST_CHECK int domctl_set_address_size(struct control *control, domid_t domid, uint32_t bits);
MUST_CHECK int domctl_set_tsc_mode(struct control *control, domid_t domid, uint32_t mode);
MUST_CHECK int domctl_set_time_offset(struct control *control, domid_t domid, int64_t seconds);
MUST_CHECK int domctl_hypercall_page(struct control *control, domid_t domid, uint64_t mfn);
MUST_CHECK int domctl_set_context(struct control *control, domid_t domid, uint32_t vcpu,
                                  const struct vcpu_guest_context *context);

/* Bits of processors, 64 at most. @cpus comes back as what takes effect. */
MUST_CHECK int domctl_set_affinity(struct control *control, domid_t domid, uint32_t vcpu,
                                   uint64_t *cpus);
MUST_CHECK int domctl_get_affinity(struct control *control, domid_t domid, uint32_t vcpu,
                                   uint64_t *cpus);

MUST_CHECK int domctl_set_scheduling(struct control *control, domid_t domid, uint16_t weight,
                                     uint16_t cap);
MUST_CHECK int domctl_get_scheduling(struct control *control, domid_t domid, uint16_t *weight,
                                     uint16_t *cap);

#endif
