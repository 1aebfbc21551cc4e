/* SPDX-License-Identifier: MIT */
/*
 * What the toolstack asks of the whole machine: sysctl(struct xen_sysctl), layouts of release 4.17.
 */
#ifndef PARAPET_HYPERCALL_ABI_SYSCTL_H
#define PARAPET_HYPERCALL_ABI_SYSCTL_H

#include <stdint.h>

#include "hypercall-abi/cpuid.h"
#include "hypercall-abi/domctl.h"
#include "hypercall-abi/physdev.h"
#include "hypercall-abi/types.h"

/* Any other value in xen_sysctl.interface_version answers -XEN_EACCES. */
#define XEN_SYSCTL_INTERFACE_VERSION 0x00000015U

#define XEN_SYSCTL_readconsole            1
#define XEN_SYSCTL_tbuf_op                2
#define XEN_SYSCTL_physinfo               3
#define XEN_SYSCTL_sched_id               4
#define XEN_SYSCTL_perfc_op               5
#define XEN_SYSCTL_getdomaininfolist      6
#define XEN_SYSCTL_debug_keys             7
#define XEN_SYSCTL_getcpuinfo             8
#define XEN_SYSCTL_availheap              9
#define XEN_SYSCTL_get_pmstat             10
#define XEN_SYSCTL_cpu_hotplug            11
#define XEN_SYSCTL_pm_op                  12
#define XEN_SYSCTL_page_offline_op        14
#define XEN_SYSCTL_lockprof_op            15
#define XEN_SYSCTL_cputopoinfo            16
#define XEN_SYSCTL_numainfo               17
#define XEN_SYSCTL_cpupool_op             18
#define XEN_SYSCTL_scheduler_op           19
#define XEN_SYSCTL_coverage_op            20
#define XEN_SYSCTL_psr_cmt_op             21
#define XEN_SYSCTL_pcitopoinfo            22
#define XEN_SYSCTL_psr_alloc              23
#define XEN_SYSCTL_get_cpu_levelling_caps 25
#define XEN_SYSCTL_get_cpu_featureset     26
#define XEN_SYSCTL_livepatch_op           27
#define XEN_SYSCTL_get_cpu_policy         29
#define XEN_SYSCTL_parapet_mitigation     99 /* ours: no release of the ABI has it */

struct xen_sysctl_readconsole {
    uint8_t clear;       /* forget the log after reading */
    uint8_t incremental; /* start at index, which comes back advanced */
    uint8_t pad0;
    uint8_t pad1;
    uint32_t index;
    GUEST_HANDLE(char) buffer;
    uint32_t count; /* in: room; out: bytes */
};
_Static_assert(sizeof(struct xen_sysctl_readconsole) == 24, "layout of xen_sysctl_readconsole");

struct xen_sysctl_tbuf_op {
    uint32_t cmd; /* XEN_SYSCTL_TBUFOP_* */
    struct xenctl_bitmap cpu_mask;
    uint32_t evt_mask;
    uint64_t buffer_mfn; /* out */
    uint32_t size;       /* pages in, bytes out */
};
_Static_assert(sizeof(struct xen_sysctl_tbuf_op) == 48, "layout of xen_sysctl_tbuf_op");

/* xen_sysctl_tbuf_op.cmd */
#define XEN_SYSCTL_TBUFOP_get_info     0
#define XEN_SYSCTL_TBUFOP_set_cpu_mask 1
#define XEN_SYSCTL_TBUFOP_set_evt_mask 2
#define XEN_SYSCTL_TBUFOP_set_size     3
#define XEN_SYSCTL_TBUFOP_enable       4
#define XEN_SYSCTL_TBUFOP_disable      5

struct xen_sysctl_physinfo {
    uint32_t threads_per_core;
    uint32_t cores_per_socket;
    uint32_t nr_cpus;
    uint32_t max_cpu_id;
    uint32_t nr_nodes;
    uint32_t max_node_id;
    uint32_t cpu_khz;
    uint32_t capabilities; /* XEN_SYSCTL_PHYSCAP_* */
    uint32_t arch_capabilities;
    uint32_t pad;
    uint64_t total_pages;
    uint64_t free_pages;
    uint64_t scrub_pages;       /* free, and still to be cleared */
    uint64_t outstanding_pages; /* claimed */
    uint64_t max_mfn;
    uint32_t hw_cap[8]; /* CPUID feature words of the boot processor */
};
_Static_assert(sizeof(struct xen_sysctl_physinfo) == 112, "layout of xen_sysctl_physinfo");

/* xen_sysctl_physinfo.capabilities */
#define XEN_SYSCTL_PHYSCAP_hvm                (1U << 0)
#define XEN_SYSCTL_PHYSCAP_pv                 (1U << 1)
#define XEN_SYSCTL_PHYSCAP_directio           (1U << 2)
#define XEN_SYSCTL_PHYSCAP_hap                (1U << 3)
#define XEN_SYSCTL_PHYSCAP_shadow             (1U << 4)
#define XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share (1U << 5)
#define XEN_SYSCTL_PHYSCAP_vmtrace            (1U << 6)
#define XEN_SYSCTL_PHYSCAP_vpmu               (1U << 7)
#define XEN_SYSCTL_PHYSCAP_gnttab_v1          (1U << 8)
#define XEN_SYSCTL_PHYSCAP_gnttab_v2          (1U << 9)
#define XEN_SYSCTL_PHYSCAP_MAX                XEN_SYSCTL_PHYSCAP_gnttab_v2

struct xen_sysctl_sched_id {
    uint32_t sched_id; /* out: XEN_SCHEDULER_* */
};
_Static_assert(sizeof(struct xen_sysctl_sched_id) == 4, "layout of xen_sysctl_sched_id");

struct xen_sysctl_perfc_desc {
    char name[80];
    uint32_t nr_vals;
};
_Static_assert(sizeof(struct xen_sysctl_perfc_desc) == 84, "layout of xen_sysctl_perfc_desc");

typedef uint32_t xen_sysctl_perfc_val_t;

struct xen_sysctl_perfc_op {
    uint32_t cmd;         /* XEN_SYSCTL_PERFCOP_* */
    uint32_t nr_counters; /* out */
    uint32_t nr_vals;     /* out */
    GUEST_HANDLE(struct xen_sysctl_perfc_desc) desc;
    GUEST_HANDLE(xen_sysctl_perfc_val_t) val;
};
_Static_assert(sizeof(struct xen_sysctl_perfc_op) == 32, "layout of xen_sysctl_perfc_op");

/* xen_sysctl_perfc_op.cmd */
#define XEN_SYSCTL_PERFCOP_reset 1
#define XEN_SYSCTL_PERFCOP_query 2

struct xen_sysctl_getdomaininfolist {
    domid_t first_domain;
    uint32_t max_domains;
    GUEST_HANDLE(struct xen_domctl_getdomaininfo) buffer;
    uint32_t num_domains; /* out */
};
_Static_assert(sizeof(struct xen_sysctl_getdomaininfolist) == 24,
               "layout of xen_sysctl_getdomaininfolist");

struct xen_sysctl_debug_keys {
    GUEST_HANDLE(char) keys;
    uint32_t nr_keys;
};
_Static_assert(sizeof(struct xen_sysctl_debug_keys) == 16, "layout of xen_sysctl_debug_keys");

struct xen_sysctl_cpuinfo {
    uint64_t idletime; /* nanoseconds */
};
_Static_assert(sizeof(struct xen_sysctl_cpuinfo) == 8, "layout of xen_sysctl_cpuinfo");

struct xen_sysctl_getcpuinfo {
    uint32_t max_cpus;
    GUEST_HANDLE(struct xen_sysctl_cpuinfo) info;
    uint32_t nr_cpus; /* out */
};
_Static_assert(sizeof(struct xen_sysctl_getcpuinfo) == 24, "layout of xen_sysctl_getcpuinfo");

struct xen_sysctl_availheap {
    uint32_t min_bitwidth; /* 0 for no limit */
    uint32_t max_bitwidth; /* 0 for no limit */
    int32_t node;          /* -1 for all */
    uint64_t avail_bytes;  /* out */
};
_Static_assert(sizeof(struct xen_sysctl_availheap) == 24, "layout of xen_sysctl_availheap");

struct pm_px_val {
    uint64_t freq;
    uint64_t residency;
    uint64_t count;
};
_Static_assert(sizeof(struct pm_px_val) == 24, "layout of pm_px_val");

struct pm_px_stat {
    uint8_t total;
    uint8_t usable;
    uint8_t last;
    uint8_t cur;
    GUEST_HANDLE(uint64_t) trans_pt;
    GUEST_HANDLE(struct pm_px_val) pt;
};
_Static_assert(sizeof(struct pm_px_stat) == 24, "layout of pm_px_stat");

struct pm_cx_stat {
    uint32_t nr;
    uint32_t last;
    uint64_t idle_time;
    GUEST_HANDLE(uint64_t) triggers;
    GUEST_HANDLE(uint64_t) residencies;
    uint32_t nr_pc;
    uint32_t nr_cc;
    GUEST_HANDLE(uint64_t) pc;
    GUEST_HANDLE(uint64_t) cc;
};
_Static_assert(sizeof(struct pm_cx_stat) == 56, "layout of pm_cx_stat");

/* Statistics of frequency and idle states. */
struct xen_sysctl_get_pmstat {
    uint32_t type; /* PMSTAT_* */
    uint32_t cpuid;
    union {
        struct pm_px_stat getpx;
        struct pm_cx_stat getcx;
    } u;
};
_Static_assert(sizeof(struct xen_sysctl_get_pmstat) == 64, "layout of xen_sysctl_get_pmstat");

/* xen_sysctl_get_pmstat.type */
#define PMSTAT_CATEGORY_MASK 0xf0U
#define PMSTAT_PX            0x10U
#define PMSTAT_CX            0x20U
#define PMSTAT_get_max_px    (PMSTAT_PX | 0x1U)
#define PMSTAT_get_pxstat    (PMSTAT_PX | 0x2U)
#define PMSTAT_reset_pxstat  (PMSTAT_PX | 0x3U)
#define PMSTAT_get_max_cx    (PMSTAT_CX | 0x1U)
#define PMSTAT_get_cxstat    (PMSTAT_CX | 0x2U)
#define PMSTAT_reset_cxstat  (PMSTAT_CX | 0x3U)

struct xen_sysctl_cpu_hotplug {
    uint32_t cpu;
    uint32_t op; /* XEN_SYSCTL_CPU_HOTPLUG_* */
};
_Static_assert(sizeof(struct xen_sysctl_cpu_hotplug) == 8, "layout of xen_sysctl_cpu_hotplug");

/* xen_sysctl_cpu_hotplug.op */
#define XEN_SYSCTL_CPU_HOTPLUG_ONLINE      0
#define XEN_SYSCTL_CPU_HOTPLUG_OFFLINE     1
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_ENABLE  2
#define XEN_SYSCTL_CPU_HOTPLUG_SMT_DISABLE 3

struct xen_sysctl_page_offline_op {
    uint32_t cmd; /* sysctl_page_offline, sysctl_page_online, sysctl_query_page_offline */
    uint32_t start;
    uint32_t end;
    GUEST_HANDLE(uint32_t) status;
};
_Static_assert(sizeof(struct xen_sysctl_page_offline_op) == 24,
               "layout of xen_sysctl_page_offline_op");

/* xen_sysctl_page_offline_op.cmd */
#define sysctl_page_offline       1
#define sysctl_page_online        2
#define sysctl_query_page_offline 3

struct xen_sysctl_cputopo {
    uint32_t core; /* XEN_INVALID_CORE_ID for a processor that is absent */
    uint32_t socket;
    uint32_t node;
};
_Static_assert(sizeof(struct xen_sysctl_cputopo) == 12, "layout of xen_sysctl_cputopo");

#define XEN_INVALID_CORE_ID   0xffffffffU
#define XEN_INVALID_SOCKET_ID 0xffffffffU
#define XEN_INVALID_NODE_ID   0xffffffffU

struct xen_sysctl_cputopoinfo {
    uint32_t num_cpus;                               /* in: room; out: entries */
    GUEST_HANDLE(struct xen_sysctl_cputopo) cputopo; /* null asks for num_cpus */
};
_Static_assert(sizeof(struct xen_sysctl_cputopoinfo) == 16, "layout of xen_sysctl_cputopoinfo");

struct xen_sysctl_meminfo {
    uint64_t memsize; /* bytes, XEN_INVALID_MEM_SZ for a node that is absent */
    uint64_t memfree;
};
_Static_assert(sizeof(struct xen_sysctl_meminfo) == 16, "layout of xen_sysctl_meminfo");

#define XEN_INVALID_MEM_SZ    0xffffffffU
#define XEN_INVALID_NODE_DIST 0xffffffffU

struct xen_sysctl_numainfo {
    uint32_t num_nodes;                              /* in: room; out: entries */
    GUEST_HANDLE(struct xen_sysctl_meminfo) meminfo; /* null asks for num_nodes */
    GUEST_HANDLE(uint32_t) distance;                 /* num_nodes * num_nodes */
};
_Static_assert(sizeof(struct xen_sysctl_numainfo) == 24, "layout of xen_sysctl_numainfo");

struct xen_sysctl_cpupool_op {
    uint32_t op;         /* XEN_SYSCTL_CPUPOOL_OP_* */
    uint32_t cpupool_id; /* in: the id, or the lowest wanted; out */
    uint32_t sched_id;   /* XEN_SCHEDULER_* */
    uint32_t domid;
    uint32_t cpu;
    uint32_t n_dom; /* out */
    struct xenctl_bitmap cpumap;
};
_Static_assert(sizeof(struct xen_sysctl_cpupool_op) == 40, "layout of xen_sysctl_cpupool_op");

/* xen_sysctl_cpupool_op.op */
#define XEN_SYSCTL_CPUPOOL_OP_CREATE     1
#define XEN_SYSCTL_CPUPOOL_OP_DESTROY    2
#define XEN_SYSCTL_CPUPOOL_OP_INFO       3
#define XEN_SYSCTL_CPUPOOL_OP_ADDCPU     4
#define XEN_SYSCTL_CPUPOOL_OP_RMCPU      5
#define XEN_SYSCTL_CPUPOOL_OP_MOVEDOMAIN 6
#define XEN_SYSCTL_CPUPOOL_OP_FREEINFO   7

/* xen_sysctl_cpupool_op.cpupool_id */
#define XEN_SYSCTL_CPUPOOL_PAR_ANY 0xFFFFFFFFU

struct xen_sysctl_sched_arinc653 {
    GUEST_HANDLE(struct xen_sysctl_arinc653_schedule) schedule;
};
_Static_assert(sizeof(struct xen_sysctl_sched_arinc653) == 8,
               "layout of xen_sysctl_sched_arinc653");

struct xen_sysctl_credit_schedule {
    uint32_t tslice_ms;    /* XEN_SYSCTL_CSCHED_TSLICE_MIN to _MAX */
    uint32_t ratelimit_us; /* 0, or XEN_SYSCTL_SCHED_RATELIMIT_MIN to _MAX */
    uint32_t vcpu_migr_delay_us;
};
_Static_assert(sizeof(struct xen_sysctl_credit_schedule) == 12,
               "layout of xen_sysctl_credit_schedule");

#define XEN_SYSCTL_SCHED_RATELIMIT_MAX   500000U
#define XEN_SYSCTL_SCHED_RATELIMIT_MIN   100U
#define XEN_SYSCTL_CSCHED_TSLICE_MAX     1000U
#define XEN_SYSCTL_CSCHED_TSLICE_MIN     1U
#define XEN_SYSCTL_CSCHED_MGR_DLY_MAX_US 100000U

struct xen_sysctl_credit2_schedule {
    uint32_t ratelimit_us;
};
_Static_assert(sizeof(struct xen_sysctl_credit2_schedule) == 4,
               "layout of xen_sysctl_credit2_schedule");

struct xen_sysctl_scheduler_op {
    uint32_t cpupool_id;
    uint32_t sched_id; /* XEN_SCHEDULER_* */
    uint32_t cmd;      /* XEN_SYSCTL_SCHEDOP_* */
    union {
        struct xen_sysctl_sched_arinc653 sched_arinc653;
        struct xen_sysctl_credit_schedule sched_credit;
        struct xen_sysctl_credit2_schedule sched_credit2;
    } u;
};
_Static_assert(sizeof(struct xen_sysctl_scheduler_op) == 32, "layout of xen_sysctl_scheduler_op");

/* xen_sysctl_scheduler_op.cmd */
#define XEN_SYSCTL_SCHEDOP_putinfo 0
#define XEN_SYSCTL_SCHEDOP_getinfo 1

struct xen_sysctl_pcitopoinfo {
    uint32_t num_devs;
    GUEST_HANDLE(struct physdev_pci_device) devs;
    GUEST_HANDLE(uint32_t) nodes; /* XEN_INVALID_DEV for a device that is absent */
};
_Static_assert(sizeof(struct xen_sysctl_pcitopoinfo) == 24, "layout of xen_sysctl_pcitopoinfo");

#define XEN_INVALID_DEV (XEN_INVALID_NODE_ID - 1U)

struct xen_sysctl_cpu_levelling_caps {
    uint32_t caps; /* out: XEN_SYSCTL_CPU_LEVELCAP_* */
};
_Static_assert(sizeof(struct xen_sysctl_cpu_levelling_caps) == 4,
               "layout of xen_sysctl_cpu_levelling_caps");

/* xen_sysctl_cpu_levelling_caps.caps: leaves whose native view can be masked */
#define XEN_SYSCTL_CPU_LEVELCAP_faulting    (1UL << 0)
#define XEN_SYSCTL_CPU_LEVELCAP_ecx         (1UL << 1)
#define XEN_SYSCTL_CPU_LEVELCAP_edx         (1UL << 2)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_ecx    (1UL << 3)
#define XEN_SYSCTL_CPU_LEVELCAP_extd_edx    (1UL << 4)
#define XEN_SYSCTL_CPU_LEVELCAP_xsave_eax   (1UL << 5)
#define XEN_SYSCTL_CPU_LEVELCAP_thermal_ecx (1UL << 6)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_eax    (1UL << 7)
#define XEN_SYSCTL_CPU_LEVELCAP_l7s0_ebx    (1UL << 8)

struct xen_sysctl_cpu_featureset {
    uint32_t index;       /* XEN_SYSCTL_cpu_featureset_* */
    uint32_t nr_features; /* in: room; out: words */
    GUEST_HANDLE(uint32_t) features;
};
_Static_assert(sizeof(struct xen_sysctl_cpu_featureset) == 16,
               "layout of xen_sysctl_cpu_featureset");

/* xen_sysctl_cpu_featureset.index */
#define XEN_SYSCTL_cpu_featureset_raw     0
#define XEN_SYSCTL_cpu_featureset_host    1
#define XEN_SYSCTL_cpu_featureset_pv      2
#define XEN_SYSCTL_cpu_featureset_hvm     3
#define XEN_SYSCTL_cpu_featureset_pv_max  4
#define XEN_SYSCTL_cpu_featureset_hvm_max 5

struct xen_sysctl_cpu_policy {
    uint32_t index;     /* XEN_SYSCTL_cpu_policy_* */
    uint32_t nr_leaves; /* in: room; out: entries */
    uint32_t nr_msrs;
    uint32_t _rsvd;
    GUEST_HANDLE(struct xen_cpuid_leaf) leaves;
    GUEST_HANDLE(struct xen_msr_entry) msrs;
};
_Static_assert(sizeof(struct xen_sysctl_cpu_policy) == 32, "layout of xen_sysctl_cpu_policy");

/* xen_sysctl_cpu_policy.index */
#define XEN_SYSCTL_cpu_policy_raw         0
#define XEN_SYSCTL_cpu_policy_host        1
#define XEN_SYSCTL_cpu_policy_pv_max      2
#define XEN_SYSCTL_cpu_policy_hvm_max     3
#define XEN_SYSCTL_cpu_policy_pv_default  4
#define XEN_SYSCTL_cpu_policy_hvm_default 5

/* What is done about one of the CPU's vulnerabilities; -ENOENT from the last on. */
struct xen_sysctl_parapet_mitigation {
    uint32_t index;          /* in: of those that the CPU has, from 0 */
    uint32_t is_mitigated;   /* out */
    uint32_t is_emulated;    /* out: the CPU is an emulator's, and has none */
    uint32_t bytes;          /* in: room for the text */
    GUEST_HANDLE(char) text; /* "NAME: what is done", with a zero byte behind it */
};
_Static_assert(sizeof(struct xen_sysctl_parapet_mitigation) == 24,
               "layout of xen_sysctl_parapet_mitigation");

struct xen_sysctl {
    uint32_t cmd; /* XEN_SYSCTL_* */
    uint32_t interface_version;
    union {
        struct xen_sysctl_readconsole readconsole;
        struct xen_sysctl_tbuf_op tbuf_op;
        struct xen_sysctl_physinfo physinfo;
        struct xen_sysctl_cputopoinfo cputopoinfo;
        struct xen_sysctl_pcitopoinfo pcitopoinfo;
        struct xen_sysctl_numainfo numainfo;
        struct xen_sysctl_sched_id sched_id;
        struct xen_sysctl_perfc_op perfc_op;
        struct xen_sysctl_getdomaininfolist getdomaininfolist;
        struct xen_sysctl_debug_keys debug_keys;
        struct xen_sysctl_getcpuinfo getcpuinfo;
        struct xen_sysctl_availheap availheap;
        struct xen_sysctl_get_pmstat get_pmstat;
        struct xen_sysctl_cpu_hotplug cpu_hotplug;
        struct xen_sysctl_page_offline_op page_offline;
        struct xen_sysctl_cpupool_op cpupool_op;
        struct xen_sysctl_scheduler_op scheduler_op;
        struct xen_sysctl_cpu_levelling_caps cpu_levelling_caps;
        struct xen_sysctl_cpu_featureset cpu_featureset;
        struct xen_sysctl_cpu_policy cpu_policy;
        struct xen_sysctl_parapet_mitigation parapet_mitigation;
        uint8_t pad[128];
    } u;
};
_Static_assert(sizeof(struct xen_sysctl) == 136, "layout of xen_sysctl");

#endif
