/* SPDX-License-Identifier: MIT */
/*
 * Grant tables, by which a domain shares chosen frames: grant_table_op(cmd, array, count).
 *
 * An entry fails by itself, in its `status`; the call's own result is about the array.
 */
#ifndef PARAPET_HYPERCALL_ABI_GRANT_TABLE_H
#define PARAPET_HYPERCALL_ABI_GRANT_TABLE_H

#include <stdint.h>

#include "hypercall-abi/types.h"

typedef uint32_t grant_ref_t;
typedef uint32_t grant_handle_t;
typedef uint16_t grant_status_t;

#define GNTTABOP_map_grant_ref     0
#define GNTTABOP_unmap_grant_ref   1
#define GNTTABOP_setup_table       2
#define GNTTABOP_dump_table        3
#define GNTTABOP_transfer          4
#define GNTTABOP_copy              5
#define GNTTABOP_query_size        6
#define GNTTABOP_unmap_and_replace 7
#define GNTTABOP_set_version       8
#define GNTTABOP_get_status_frames 9
#define GNTTABOP_get_version       10
#define GNTTABOP_swap_grant_ref    11
#define GNTTABOP_cache_flush       12

/* References that have a fixed meaning; a guest allocates above them. */
#define GNTTAB_RESERVED_CONSOLE    0
#define GNTTAB_RESERVED_XENSTORE   1
#define GNTTAB_NR_RESERVED_ENTRIES 8

/* Version 1 of the shared table. */
struct grant_entry_v1 {
    uint16_t flags; /* GTF_* */
    domid_t domid;  /* who may use it */
    uint32_t frame;
};
_Static_assert(sizeof(struct grant_entry_v1) == 8, "layout of grant_entry_v1");

/* Grant entry flags: the type in bits 0-1. */
#define GTF_invalid         0U
#define GTF_permit_access   1U
#define GTF_accept_transfer 2U
#define GTF_transitive      3U
#define GTF_type_mask       3U

/* With GTF_permit_access. The hypervisor sets reading and writing while the grant is used. */
#define GTF_readonly (1U << 2)
#define GTF_reading  (1U << 3)
#define GTF_writing  (1U << 4)
#define GTF_PWT      (1U << 5)
#define GTF_PCD      (1U << 6)
#define GTF_PAT      (1U << 7)
#define GTF_sub_page (1U << 8)

/* With GTF_accept_transfer. */
#define GTF_transfer_committed (1U << 2)
#define GTF_transfer_completed (1U << 3)

struct grant_entry_header {
    uint16_t flags;
    domid_t domid;
};
_Static_assert(sizeof(struct grant_entry_header) == 4, "layout of grant_entry_header");

/* Version 2 of the shared table; the `reading` and `writing` flags are in an array of their own. */
union grant_entry_v2 {
    struct grant_entry_header hdr;
    struct {
        struct grant_entry_header hdr;
        uint32_t pad0;
        uint64_t frame;
    } full_page;
    struct {
        struct grant_entry_header hdr;
        uint16_t page_off;
        uint16_t length;
        uint64_t frame;
    } sub_page;
    struct {
        struct grant_entry_header hdr;
        domid_t trans_domid;
        uint16_t pad0;
        grant_ref_t gref;
    } transitive;
    uint32_t __spacer[4];
};
_Static_assert(sizeof(union grant_entry_v2) == 16, "layout of grant_entry_v2");

struct gnttab_map_grant_ref {
    uint64_t host_addr; /* where to map it: GNTMAP_contains_pte says what this is */
    uint32_t flags;     /* GNTMAP_* */
    grant_ref_t ref;
    domid_t dom;           /* who granted it */
    int16_t status;        /* out: GNTST_* */
    grant_handle_t handle; /* out */
    uint64_t dev_bus_addr; /* out: machine address of the frame */
};
_Static_assert(sizeof(struct gnttab_map_grant_ref) == 32, "layout of gnttab_map_grant_ref");

/* gnttab_map_grant_ref.flags */
#define GNTMAP_device_map       (1U << 0) /* hold it for a device's use */
#define GNTMAP_host_map         (1U << 1) /* map it at host_addr */
#define GNTMAP_readonly         (1U << 2)
#define GNTMAP_application_map  (1U << 3)   /* user mode may use it, too */
#define GNTMAP_contains_pte     (1U << 4)   /* host_addr: machine address of the entry to write */
#define GNTMAP_guest_avail_mask 0xffff0000U /* copied to the entry's software bits */

struct gnttab_unmap_grant_ref {
    uint64_t host_addr;    /* 0: leave the host mapping */
    uint64_t dev_bus_addr; /* 0: leave the device mapping */
    grant_handle_t handle;
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_unmap_grant_ref) == 24, "layout of gnttab_unmap_grant_ref");

struct gnttab_setup_table {
    domid_t dom;
    uint32_t nr_frames;                 /* the table's new size */
    int16_t status;                     /* out */
    GUEST_HANDLE(xen_pfn_t) frame_list; /* filled with nr_frames frame numbers */
};
_Static_assert(sizeof(struct gnttab_setup_table) == 24, "layout of gnttab_setup_table");

struct gnttab_dump_table {
    domid_t dom;
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_dump_table) == 4, "layout of gnttab_dump_table");

struct gnttab_transfer {
    xen_pfn_t mfn;
    domid_t domid;
    grant_ref_t ref;
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_transfer) == 24, "layout of gnttab_transfer");

/* One end of a copy. */
struct gnttab_copy_ptr {
    union {
        grant_ref_t ref;
        xen_pfn_t gmfn;
    } u;
    domid_t domid;
    uint16_t offset; /* in the frame */
};
_Static_assert(sizeof(struct gnttab_copy_ptr) == 16, "layout of gnttab_copy_ptr");

struct gnttab_copy {
    struct gnttab_copy_ptr source;
    struct gnttab_copy_ptr dest;
    uint16_t len;   /* bytes; neither end crosses its frame */
    uint16_t flags; /* GNTCOPY_* */
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_copy) == 40, "layout of gnttab_copy");

/* gnttab_copy.flags: that end is named by a grant reference, not by a frame */
#define GNTCOPY_source_gref (1U << 0)
#define GNTCOPY_dest_gref   (1U << 1)

struct gnttab_query_size {
    domid_t dom;
    uint32_t nr_frames;     /* out */
    uint32_t max_nr_frames; /* out */
    int16_t status;         /* out */
};
_Static_assert(sizeof(struct gnttab_query_size) == 16, "layout of gnttab_query_size");

struct gnttab_unmap_and_replace {
    uint64_t host_addr; /* the mapping to end */
    uint64_t new_addr;  /* whose mapping moves there */
    grant_handle_t handle;
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_unmap_and_replace) == 24, "layout of gnttab_unmap_and_replace");

struct gnttab_set_version {
    uint32_t version; /* in and out */
};
_Static_assert(sizeof(struct gnttab_set_version) == 4, "layout of gnttab_set_version");

struct gnttab_get_status_frames {
    uint32_t nr_frames;
    domid_t dom;
    int16_t status; /* out */
    GUEST_HANDLE(uint64_t) frame_list;
};
_Static_assert(sizeof(struct gnttab_get_status_frames) == 16, "layout of gnttab_get_status_frames");

struct gnttab_get_version {
    domid_t dom;
    uint16_t pad;
    uint32_t version; /* out */
};
_Static_assert(sizeof(struct gnttab_get_version) == 8, "layout of gnttab_get_version");

struct gnttab_swap_grant_ref {
    grant_ref_t ref_a;
    grant_ref_t ref_b;
    int16_t status; /* out */
};
_Static_assert(sizeof(struct gnttab_swap_grant_ref) == 12, "layout of gnttab_swap_grant_ref");

struct gnttab_cache_flush {
    union {
        uint64_t dev_bus_addr;
        grant_ref_t ref;
    } a;
    uint16_t offset;
    uint16_t length;
    uint32_t op; /* GNTTAB_CACHE_* */
};
_Static_assert(sizeof(struct gnttab_cache_flush) == 16, "layout of gnttab_cache_flush");

/* gnttab_cache_flush.op */
#define GNTTAB_CACHE_CLEAN       (1U << 0)
#define GNTTAB_CACHE_INVAL       (1U << 1)
#define GNTTAB_CACHE_SOURCE_GREF (1U << 31) /* a.ref is given */

/* Status of one entry. */
#define GNTST_okay              0
#define GNTST_general_error     (-1)
#define GNTST_bad_domain        (-2)
#define GNTST_bad_gntref        (-3)
#define GNTST_bad_handle        (-4)
#define GNTST_bad_virt_addr     (-5)
#define GNTST_bad_dev_addr      (-6)
#define GNTST_no_device_space   (-7)
#define GNTST_permission_denied (-8)
#define GNTST_bad_page          (-9)
#define GNTST_bad_copy_arg      (-10)
#define GNTST_address_too_big   (-11)
#define GNTST_eagain            (-12) /* the entry may succeed later */
#define GNTST_no_space          (-13)

#endif
