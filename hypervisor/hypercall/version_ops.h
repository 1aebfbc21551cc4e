/* SPDX-License-Identifier: MIT */
/* What xen_version answers and others decide. */
#ifndef PARAPET_HYPERCALL_VERSION_OPS_H
#define PARAPET_HYPERCALL_VERSION_OPS_H

/* The hypervisor's command line; set at boot, stays. */
extern const char *hypervisor_command_line;

#endif
