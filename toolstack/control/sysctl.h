/* SPDX-License-Identifier: MIT */
/* What is asked of the whole machine, each a call of sysctl or xen_version. */
#ifndef PARAPET_TOOLSTACK_CONTROL_SYSCTL_H
#define PARAPET_TOOLSTACK_CONTROL_SYSCTL_H

#include <stdbool.h>

#include "control/control.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/sysctl.h"
#include "hypercall-abi/version.h"

/* At most this many domains are described at once. */
#define SYSCTL_DOMAINS_MAX 512u

MUST_CHECK int sysctl_physinfo(struct control *control, struct xen_sysctl_physinfo *info);

/* Domains from id @first on, in the order of their ids. Their number, or a negative errno. */
int sysctl_domains(struct control *control, domid_t first, struct xen_domctl_getdomaininfo *domains,
                   size_t room);

/*
 * The hypervisor's log from *@index on (incremental), which comes back advanced. The bytes that
 * were copied to @text, or a negative errno.
 */
int sysctl_read_console(struct control *control, uint32_t *index, bool clear, char *text,
                        size_t room);

MUST_CHECK int sysctl_debug_keys(struct control *control, const char *keys);

/* How long each processor was idle, in ns. Their number, or a negative errno. */
int sysctl_idle_times(struct control *control, uint64_t *times_ns, size_t room);

/* The hypervisor's counters: names of 80 bytes and values. Their number, or a negative errno. */
struct sysctl_counter {
    char name[80];
    uint64_t value; /* of all processors */
};
int sysctl_counters(struct control *control, struct sysctl_counter *counters, size_t room);

/*
 * What is done about the @index-th vulnerability of the CPU; -ENOENT: it has no more. is_emulated
 * is told in any case.
 */
struct sysctl_mitigation {
    bool is_mitigated, is_emulated;
    char text[256]; /* "NAME: what is done" */
};
MUST_CHECK int sysctl_mitigation(struct control *control, uint32_t index,
                                 struct sysctl_mitigation *mitigation);

/* Texts of xen_version, each ended by a zero byte. */
struct sysctl_version {
    unsigned major, minor;
    char extra[XEN_EXTRAVERSION_LEN + 1];
    char changeset[XEN_CHANGESET_INFO_LEN + 1];
    char capabilities[XEN_CAPABILITIES_INFO_LEN + 1];
    char command_line[XEN_COMMANDLINE_LEN + 1];
    struct xen_compile_info compiled;
};
MUST_CHECK int sysctl_version(struct control *control, struct sysctl_version *version);

#endif
