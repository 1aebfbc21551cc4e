/* SPDX-License-Identifier: MIT */
/*
 * What the control domain does to the machine: platform_op(struct xen_platform_op).
 */
#ifndef PARAPET_HYPERCALL_ABI_PLATFORM_H
#define PARAPET_HYPERCALL_ABI_PLATFORM_H

#include <stdint.h>

#include "hypercall-abi/types.h"

/* Any other value in xen_platform_op.interface_version answers -XEN_EACCES. */
#define XENPF_INTERFACE_VERSION 0x03000001U

#define XENPF_settime32            17
#define XENPF_add_memtype          31
#define XENPF_del_memtype          32
#define XENPF_read_memtype         33
#define XENPF_microcode_update     35
#define XENPF_platform_quirk       39
#define XENPF_get_cpu_version      48
#define XENPF_efi_runtime_call     49
#define XENPF_firmware_info        50
#define XENPF_enter_acpi_sleep     51
#define XENPF_change_freq          52
#define XENPF_getidletime          53
#define XENPF_set_processor_pminfo 54
#define XENPF_get_cpuinfo          55
#define XENPF_cpu_online           56
#define XENPF_cpu_offline          57
#define XENPF_cpu_hotadd           58
#define XENPF_mem_hotadd           59
#define XENPF_core_parking         60
#define XENPF_resource_op          61
#define XENPF_settime64            62
#define XENPF_get_symbol           63

#define XENPF_settime XENPF_settime64

/* The wall clock was secs and nsecs (UTC) at system_time. */
struct xenpf_settime32 {
    uint32_t secs;
    uint32_t nsecs;
    uint64_t system_time;
};
_Static_assert(sizeof(struct xenpf_settime32) == 16, "layout of xenpf_settime32");

struct xenpf_settime64 {
    uint64_t secs;
    uint32_t nsecs;
    uint32_t mbz;
    uint64_t system_time;
};
_Static_assert(sizeof(struct xenpf_settime64) == 24, "layout of xenpf_settime64");

struct xenpf_pcpu_version {
    uint32_t xen_cpuid;
    uint32_t max_present; /* out: highest processor number */
    char vendor_id[12];   /* out, as are the rest */
    uint32_t family;
    uint32_t model;
    uint32_t stepping;
};
_Static_assert(sizeof(struct xenpf_pcpu_version) == 32, "layout of xenpf_pcpu_version");

/* xenpf_firmware_info.type */
#define XEN_FW_DISK_INFO          1
#define XEN_FW_DISK_MBR_SIGNATURE 2
#define XEN_FW_VBEDDC_INFO        3
#define XEN_FW_EFI_INFO           4
#define XEN_FW_KBD_SHIFT_FLAGS    5

/* xenpf_firmware_info.index, with XEN_FW_EFI_INFO */
#define XEN_FW_EFI_VERSION          0
#define XEN_FW_EFI_CONFIG_TABLE     1
#define XEN_FW_EFI_VENDOR           2
#define XEN_FW_EFI_MEM_INFO         3
#define XEN_FW_EFI_RT_VERSION       4
#define XEN_FW_EFI_PCI_ROM          5
#define XEN_FW_EFI_APPLE_PROPERTIES 6

union xenpf_efi_info {
    uint32_t version;
    struct {
        uint64_t addr;
        uint32_t nent;
    } cfg;
    struct {
        uint32_t revision;
        uint32_t bufsz; /* bytes */
        GUEST_HANDLE(uint16_t) name;
    } vendor;
    struct {
        uint64_t addr;
        uint64_t size;
        uint64_t attr;
        uint32_t type;
    } mem;
    struct {
        uint16_t segment;
        uint8_t bus;
        uint8_t devfn;
        uint16_t vendor;
        uint16_t devid;
        uint64_t address;
        xen_ulong_t size;
    } pci_rom;
    struct {
        uint64_t address;
        xen_ulong_t size;
    } apple_properties;
};
_Static_assert(sizeof(union xenpf_efi_info) == 32, "layout of xenpf_efi_info");

/* What firmware said at boot; an index past the last answers -XEN_ESRCH. */
struct xenpf_firmware_info {
    uint32_t type; /* XEN_FW_*: which member of u */
    uint32_t index;
    union {
        struct {
            uint8_t device;
            uint8_t version;
            uint16_t interface_support;
            uint16_t legacy_max_cylinder;
            uint8_t legacy_max_head;
            uint8_t legacy_sectors_per_track;
            GUEST_HANDLE(uint8_t) edd_params;
        } disk_info;
        struct {
            uint8_t device;
            uint32_t mbr_signature;
        } disk_mbr_signature;
        struct {
            uint8_t capabilities;
            uint8_t edid_transfer_time;
            GUEST_HANDLE(uint8_t) edid; /* 128 bytes */
        } vbeddc_info;
        union xenpf_efi_info efi_info;
        uint8_t kbd_shift_flags;
    } u; /* out */
};
_Static_assert(sizeof(struct xenpf_firmware_info) == 40, "layout of xenpf_firmware_info");

struct xenpf_enter_acpi_sleep {
    uint16_t val_a;       /* for PM1a_CNT */
    uint16_t val_b;       /* for PM1b_CNT, if there is one */
    uint32_t sleep_state; /* 1 to 5 */
    uint32_t flags;       /* XENPF_ACPI_SLEEP_EXTENDED */
};
_Static_assert(sizeof(struct xenpf_enter_acpi_sleep) == 12, "layout of xenpf_enter_acpi_sleep");

/* xenpf_enter_acpi_sleep.flags: val_a and val_b are for the sleep control and status registers */
#define XENPF_ACPI_SLEEP_EXTENDED 1U

struct xenpf_getidletime {
    GUEST_HANDLE(uint8_t) cpumap_bitmap; /* in: processors asked about; out: those that exist */
    uint32_t cpumap_nr_cpus;
    GUEST_HANDLE(uint64_t) idletime; /* nanoseconds for each */
    uint64_t now;                    /* out: system time */
};
_Static_assert(sizeof(struct xenpf_getidletime) == 32, "layout of xenpf_getidletime");

struct xenpf_pcpuinfo {
    uint32_t xen_cpuid;
    uint32_t max_present; /* out: highest processor number */
    uint32_t flags;       /* out: XEN_PCPU_FLAGS_* */
    uint32_t apic_id;     /* out */
    uint32_t acpi_id;     /* out */
};
_Static_assert(sizeof(struct xenpf_pcpuinfo) == 20, "layout of xenpf_pcpuinfo");

/* xenpf_pcpuinfo.flags */
#define XEN_PCPU_FLAGS_ONLINE  1U
#define XEN_PCPU_FLAGS_INVALID 2U

struct xenpf_cpu_ol {
    uint32_t cpuid;
};
_Static_assert(sizeof(struct xenpf_cpu_ol) == 4, "layout of xenpf_cpu_ol");

struct xenpf_symdata {
    uint32_t namelen; /* in: room; out: length */
    uint32_t symnum;  /* in: which; out: the next */
    GUEST_HANDLE(char) name;
    uint64_t address; /* out */
    char type;        /* out */
};
_Static_assert(sizeof(struct xenpf_symdata) == 32, "layout of xenpf_symdata");

struct xen_platform_op {
    uint32_t cmd; /* XENPF_* */
    uint32_t interface_version;
    union {
        struct xenpf_settime64 settime;
        struct xenpf_settime32 settime32;
        struct xenpf_settime64 settime64;
        struct xenpf_firmware_info firmware_info;
        struct xenpf_enter_acpi_sleep enter_acpi_sleep;
        struct xenpf_getidletime getidletime;
        struct xenpf_pcpuinfo pcpu_info;
        struct xenpf_pcpu_version pcpu_version;
        struct xenpf_cpu_ol cpu_ol;
        struct xenpf_symdata symdata;
        uint8_t pad[128];
    } u;
};
_Static_assert(sizeof(struct xen_platform_op) == 136, "layout of xen_platform_op");

#endif
