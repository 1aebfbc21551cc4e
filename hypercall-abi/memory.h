/* SPDX-License-Identifier: MIT */
/*
 * A domain's memory: memory_op(cmd, argument).
 *
 * Calls on reservations answer the number of extents done; a short count is the failure.
 */
#ifndef PARAPET_HYPERCALL_ABI_MEMORY_H
#define PARAPET_HYPERCALL_ABI_MEMORY_H

#include <stdint.h>

#include "hypercall-abi/types.h"

#define XENMEM_increase_reservation       0
#define XENMEM_decrease_reservation       1
#define XENMEM_maximum_ram_page           2
#define XENMEM_current_reservation        3
#define XENMEM_maximum_reservation        4
#define XENMEM_machphys_mfn_list          5
#define XENMEM_populate_physmap           6
#define XENMEM_add_to_physmap             7
#define XENMEM_memory_map                 9
#define XENMEM_machine_memory_map         10
#define XENMEM_exchange                   11
#define XENMEM_machphys_mapping           12
#define XENMEM_set_memory_map             13
#define XENMEM_maximum_gpfn               14
#define XENMEM_remove_from_physmap        15
#define XENMEM_set_pod_target             16
#define XENMEM_get_pod_target             17
#define XENMEM_get_sharing_freed_pages    18
#define XENMEM_get_sharing_shared_pages   19
#define XENMEM_paging_op                  20
#define XENMEM_access_op                  21
#define XENMEM_sharing_op                 22
#define XENMEM_add_to_physmap_batch       23
#define XENMEM_claim_pages                24
#define XENMEM_machphys_compat_mfn_list   25
#define XENMEM_get_vnumainfo              26
#define XENMEM_reserved_device_memory_map 27
#define XENMEM_acquire_resource           28

struct xen_memory_reservation {
    GUEST_HANDLE(xen_pfn_t) extent_start; /* one frame number for each extent */
    xen_ulong_t nr_extents;
    uint32_t extent_order; /* pages of an extent, as a power of two */
    uint32_t mem_flags;    /* XENMEMF_*, address bits in bits 0-7, node + 1 in bits 8-15 */
    domid_t domid;
};
_Static_assert(sizeof(struct xen_memory_reservation) == 32, "layout of xen_memory_reservation");

/* xen_memory_reservation.mem_flags */
#define XENMEMF_populate_on_demand (1U << 16)
#define XENMEMF_exact_node_request (1U << 17)
#define XENMEMF_vnode              (1U << 18)

/* The frames lie below 2 to the power of the answer; 0 is no limit. */
static inline uint32_t xenmemf_get_address_bits(uint32_t mem_flags)
{
    return mem_flags & 0xffU;
}

static inline uint32_t xenmemf_address_bits(uint32_t bits)
{
    return bits;
}

/* The NUMA node that was asked for, 0xff for none. */
static inline uint32_t xenmemf_get_node(uint32_t mem_flags)
{
    return ((mem_flags >> 8) - 1U) & 0xffU;
}

static inline uint32_t xenmemf_node(uint32_t node)
{
    return (node + 1U) << 8;
}

struct xen_memory_exchange {
    struct xen_memory_reservation in;  /* frames given up */
    struct xen_memory_reservation out; /* pfns that get the new frames, whose mfns come back */
    xen_ulong_t nr_exchanged;          /* in: 0; out: extents of `in` that are done */
};
_Static_assert(sizeof(struct xen_memory_exchange) == 72, "layout of xen_memory_exchange");

/* Argument of current_reservation, maximum_reservation and maximum_gpfn. */
struct xen_memory_domain {
    domid_t domid;
};
_Static_assert(sizeof(struct xen_memory_domain) == 2, "layout of xen_memory_domain");

struct xen_machphys_mfn_list {
    uint32_t max_extents;
    GUEST_HANDLE(xen_pfn_t) extent_start; /* mfn of each 2 MiB of the table */
    uint32_t nr_extents;                  /* out */
};
_Static_assert(sizeof(struct xen_machphys_mfn_list) == 24, "layout of xen_machphys_mfn_list");

struct xen_machphys_mapping {
    xen_ulong_t v_start; /* MACH2PHYS_VIRT_START */
    xen_ulong_t v_end;
    xen_ulong_t max_mfn; /* the last index that may be used */
};
_Static_assert(sizeof(struct xen_machphys_mapping) == 24, "layout of xen_machphys_mapping");

/* xen_add_to_physmap.space */
#define XENMAPSPACE_shared_info  0
#define XENMAPSPACE_grant_table  1
#define XENMAPSPACE_gmfn         2
#define XENMAPSPACE_gmfn_range   3
#define XENMAPSPACE_gmfn_foreign 4
#define XENMAPSPACE_dev_mmio     5

struct xen_add_to_physmap {
    domid_t domid;
    uint16_t size;
    uint32_t space;  /* XENMAPSPACE_* */
    xen_ulong_t idx; /* in grant_table space, with XENMAPIDX_grant_table_status: status frame */
    xen_pfn_t gpfn;
};
_Static_assert(sizeof(struct xen_add_to_physmap) == 24, "layout of xen_add_to_physmap");

#define XENMAPIDX_grant_table_status 0x80000000U

struct xen_remove_from_physmap {
    domid_t domid;
    xen_pfn_t gpfn;
};
_Static_assert(sizeof(struct xen_remove_from_physmap) == 16, "layout of xen_remove_from_physmap");

/* The buffer holds entries as the firmware's E820 call gives them: struct xen_e820_entry. */
struct xen_memory_map {
    uint32_t nr_entries; /* in: room; out: entries */
    GUEST_HANDLE(struct xen_e820_entry) buffer;
};
_Static_assert(sizeof(struct xen_memory_map) == 16, "layout of xen_memory_map");

struct xen_e820_entry {
    uint64_t addr;
    uint64_t size;
    uint32_t type; /* XEN_E820_* */
} __attribute__((packed));
_Static_assert(sizeof(struct xen_e820_entry) == 20, "layout of an E820 entry");

/* xen_e820_entry.type */
#define XEN_E820_RAM      1U
#define XEN_E820_RESERVED 2U
#define XEN_E820_ACPI     3U
#define XEN_E820_NVS      4U
#define XEN_E820_UNUSABLE 5U

struct xen_foreign_memory_map {
    domid_t domid;
    struct xen_memory_map map;
};
_Static_assert(sizeof(struct xen_foreign_memory_map) == 24, "layout of xen_foreign_memory_map");

/* A region that must be identity-mapped for a device. */
struct xen_reserved_device_memory {
    xen_pfn_t start_pfn;
    xen_ulong_t nr_pages;
};
_Static_assert(sizeof(struct xen_reserved_device_memory) == 16,
               "layout of xen_reserved_device_memory");

struct xen_mem_acquire_resource {
    domid_t domid;
    uint16_t type;      /* XENMEM_resource_* */
    uint32_t id;        /* which of that type, such as XENMEM_resource_grant_table_id_* */
    uint32_t nr_frames; /* 0 asks for the size */
    uint32_t pad;       /* 0 */
    uint64_t frame;     /* the first frame wanted */
    GUEST_HANDLE(xen_pfn_t) frame_list;
};
_Static_assert(sizeof(struct xen_mem_acquire_resource) == 32, "layout of xen_mem_acquire_resource");

/* xen_mem_acquire_resource.type */
#define XENMEM_resource_ioreq_server 0
#define XENMEM_resource_grant_table  1
#define XENMEM_resource_vmtrace_buf  2

/* xen_mem_acquire_resource.id of a grant table */
#define XENMEM_resource_grant_table_id_shared 0
#define XENMEM_resource_grant_table_id_status 1

struct xen_vmemrange {
    uint64_t start;
    uint64_t end;
    uint32_t flags;
    uint32_t nid;
};
_Static_assert(sizeof(struct xen_vmemrange) == 24, "layout of xen_vmemrange");

#endif
