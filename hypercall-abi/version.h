/* SPDX-License-Identifier: MIT */
/*
 * Identity and features of the hypervisor: xen_version(cmd, argument).
 *
 * Where the contract has an array of characters as argument, there is a structure of that size
 * here, so that every sub-operation's argument is a structure.
 */
#ifndef PARAPET_HYPERCALL_ABI_VERSION_H
#define PARAPET_HYPERCALL_ABI_VERSION_H

#include <stdint.h>

#include "hypercall-abi/features.h"
#include "hypercall-abi/types.h"

#define XENVER_version             0
#define XENVER_extraversion        1
#define XENVER_compile_info        2
#define XENVER_capabilities        3
#define XENVER_changeset           4
#define XENVER_platform_parameters 5
#define XENVER_get_features        6
#define XENVER_pagesize            7
#define XENVER_guest_handle        8
#define XENVER_commandline         9
#define XENVER_build_id            10

#define XEN_EXTRAVERSION_LEN      16U
#define XEN_CAPABILITIES_INFO_LEN 1024U
#define XEN_CHANGESET_INFO_LEN    64U
#define XEN_COMMANDLINE_LEN       1024U

struct xen_extraversion {
    char text[XEN_EXTRAVERSION_LEN];
};
_Static_assert(sizeof(struct xen_extraversion) == 16, "layout of xen_extraversion");

struct xen_compile_info {
    char compiler[64];
    char compile_by[16];
    char compile_domain[32];
    char compile_date[32];
};
_Static_assert(sizeof(struct xen_compile_info) == 144, "layout of xen_compile_info");

/* The guest ABIs on offer, each followed by a space: "xen-3.0-x86_64 ". */
struct xen_capabilities_info {
    char text[XEN_CAPABILITIES_INFO_LEN];
};
_Static_assert(sizeof(struct xen_capabilities_info) == 1024, "layout of xen_capabilities_info");

struct xen_changeset_info {
    char text[XEN_CHANGESET_INFO_LEN];
};
_Static_assert(sizeof(struct xen_changeset_info) == 64, "layout of xen_changeset_info");

struct xen_platform_parameters {
    xen_ulong_t virt_start; /* HYPERVISOR_VIRT_START */
};
_Static_assert(sizeof(struct xen_platform_parameters) == 8, "layout of xen_platform_parameters");

struct xen_feature_info {
    uint32_t submap_idx;
    uint32_t submap; /* out: bits by XENFEAT_* - 32 * submap_idx */
};
_Static_assert(sizeof(struct xen_feature_info) == 8, "layout of xen_feature_info");

struct xen_guest_handle {
    xen_domain_handle_t handle; /* out: the domain's uuid */
};
_Static_assert(sizeof(struct xen_guest_handle) == 16, "layout of xen_guest_handle");

struct xen_commandline {
    char text[XEN_COMMANDLINE_LEN];
};
_Static_assert(sizeof(struct xen_commandline) == 1024, "layout of xen_commandline");

struct xen_build_id {
    uint32_t len; /* bytes of buf */
    unsigned char buf[];
};
_Static_assert(sizeof(struct xen_build_id) == 4, "layout of xen_build_id");

#endif
