/* SPDX-License-Identifier: MIT */
/*
 * Interrupts, I/O privilege and PCI devices of the control domain: physdev_op(cmd, argument).
 */
#ifndef PARAPET_HYPERCALL_ABI_PHYSDEV_H
#define PARAPET_HYPERCALL_ABI_PHYSDEV_H

#include <stdint.h>

#include "hypercall-abi/types.h"

#define PHYSDEVOP_IRQ_UNMASK_NOTIFY  4
#define PHYSDEVOP_irq_status_query   5
#define PHYSDEVOP_set_iopl           6
#define PHYSDEVOP_set_iobitmap       7
#define PHYSDEVOP_apic_read          8
#define PHYSDEVOP_apic_write         9
#define PHYSDEVOP_alloc_irq_vector   10
#define PHYSDEVOP_free_irq_vector    11
#define PHYSDEVOP_eoi                12
#define PHYSDEVOP_map_pirq           13
#define PHYSDEVOP_unmap_pirq         14
#define PHYSDEVOP_manage_pci_add     15
#define PHYSDEVOP_manage_pci_remove  16
#define PHYSDEVOP_pirq_eoi_gmfn_v1   17
#define PHYSDEVOP_restore_msi        19
#define PHYSDEVOP_manage_pci_add_ext 20
#define PHYSDEVOP_setup_gsi          21
#define PHYSDEVOP_get_free_pirq      23
#define PHYSDEVOP_pci_mmcfg_reserved 24
#define PHYSDEVOP_pci_device_add     25
#define PHYSDEVOP_pci_device_remove  26
#define PHYSDEVOP_restore_msi_ext    27
#define PHYSDEVOP_pirq_eoi_gmfn_v2   28
#define PHYSDEVOP_dbgp_op            29
#define PHYSDEVOP_prepare_msix       30
#define PHYSDEVOP_release_msix       31

#define PHYSDEVOP_pirq_eoi_gmfn PHYSDEVOP_pirq_eoi_gmfn_v2

struct physdev_irq_status_query {
    uint32_t irq;
    uint32_t flags; /* out: XENIRQSTAT_* */
};
_Static_assert(sizeof(struct physdev_irq_status_query) == 8, "layout of physdev_irq_status_query");

/* physdev_irq_status_query.flags */
#define XENIRQSTAT_needs_eoi (1U << 0)
#define XENIRQSTAT_shared    (1U << 1)

struct physdev_set_iopl {
    uint32_t iopl;
};
_Static_assert(sizeof(struct physdev_set_iopl) == 4, "layout of physdev_set_iopl");

struct physdev_set_iobitmap {
    GUEST_HANDLE(uint8_t) bitmap; /* bit n clear: port n is permitted */
    uint32_t nr_ports;
};
_Static_assert(sizeof(struct physdev_set_iobitmap) == 16, "layout of physdev_set_iobitmap");

struct physdev_apic {
    uint64_t apic_physbase; /* of the IO-APIC */
    uint32_t reg;
    uint32_t value; /* out for apic_read, in for apic_write */
};
_Static_assert(sizeof(struct physdev_apic) == 16, "layout of physdev_apic");

struct physdev_irq {
    uint32_t irq;
    uint32_t vector; /* out */
};
_Static_assert(sizeof(struct physdev_irq) == 8, "layout of physdev_irq");

struct physdev_eoi {
    uint32_t irq; /* pirq */
};
_Static_assert(sizeof(struct physdev_eoi) == 4, "layout of physdev_eoi");

struct physdev_map_pirq {
    domid_t domid;
    int32_t type;  /* MAP_PIRQ_TYPE_* */
    int32_t index; /* in: GSI, or -1 */
    int32_t pirq;  /* in: pirq wanted, or -1; out */
    int32_t bus;   /* in: bus, with the segment in bits 16-31 for MAP_PIRQ_TYPE_MSI_SEG */
    int32_t devfn;
    int32_t entry_nr;    /* in: MSI-X entry, or number of messages; out: messages granted */
    uint64_t table_base; /* in: base of the BAR that holds the MSI-X table, 0 for MSI */
};
_Static_assert(sizeof(struct physdev_map_pirq) == 40, "layout of physdev_map_pirq");

/* physdev_map_pirq.type */
#define MAP_PIRQ_TYPE_MSI       0
#define MAP_PIRQ_TYPE_GSI       1
#define MAP_PIRQ_TYPE_UNKNOWN   2
#define MAP_PIRQ_TYPE_MSI_SEG   3
#define MAP_PIRQ_TYPE_MULTI_MSI 4

struct physdev_unmap_pirq {
    domid_t domid;
    int32_t pirq;
};
_Static_assert(sizeof(struct physdev_unmap_pirq) == 8, "layout of physdev_unmap_pirq");

struct physdev_manage_pci {
    uint8_t bus;
    uint8_t devfn;
};
_Static_assert(sizeof(struct physdev_manage_pci) == 2, "layout of physdev_manage_pci");

struct physdev_restore_msi {
    uint8_t bus;
    uint8_t devfn;
};
_Static_assert(sizeof(struct physdev_restore_msi) == 2, "layout of physdev_restore_msi");

struct physdev_manage_pci_ext {
    uint8_t bus;
    uint8_t devfn;
    uint32_t is_extfn;
    uint32_t is_virtfn;
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn;
};
_Static_assert(sizeof(struct physdev_manage_pci_ext) == 16, "layout of physdev_manage_pci_ext");

struct physdev_pirq_eoi_gmfn {
    xen_pfn_t gmfn; /* frame whose bit n says that pirq n needs PHYSDEVOP_eoi */
};
_Static_assert(sizeof(struct physdev_pirq_eoi_gmfn) == 8, "layout of physdev_pirq_eoi_gmfn");

struct physdev_setup_gsi {
    int32_t gsi;
    uint8_t triggering; /* 0 edge, 1 level */
    uint8_t polarity;   /* 0 active high, 1 active low */
};
_Static_assert(sizeof(struct physdev_setup_gsi) == 8, "layout of physdev_setup_gsi");

struct physdev_get_free_pirq {
    int32_t type;  /* MAP_PIRQ_TYPE_* */
    uint32_t pirq; /* out */
};
_Static_assert(sizeof(struct physdev_get_free_pirq) == 8, "layout of physdev_get_free_pirq");

struct physdev_pci_mmcfg_reserved {
    uint64_t address;
    uint16_t segment;
    uint8_t start_bus;
    uint8_t end_bus;
    uint32_t flags; /* XEN_PCI_MMCFG_RESERVED */
};
_Static_assert(sizeof(struct physdev_pci_mmcfg_reserved) == 16,
               "layout of physdev_pci_mmcfg_reserved");

/* physdev_pci_mmcfg_reserved.flags: firmware keeps the window out of RAM, so it may be used */
#define XEN_PCI_MMCFG_RESERVED 1U

struct physdev_pci_device_add {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
    uint32_t flags; /* XEN_PCI_DEV_* */
    struct {
        uint8_t bus;
        uint8_t devfn;
    } physfn;          /* of a virtual function */
    uint32_t optarr[]; /* with XEN_PCI_DEV_PXM: the device's proximity domain */
};
_Static_assert(sizeof(struct physdev_pci_device_add) == 12, "layout of physdev_pci_device_add");

/* physdev_pci_device_add.flags */
#define XEN_PCI_DEV_EXTFN  1U
#define XEN_PCI_DEV_VIRTFN 2U
#define XEN_PCI_DEV_PXM    4U

struct physdev_pci_device {
    uint16_t seg;
    uint8_t bus;
    uint8_t devfn;
};
_Static_assert(sizeof(struct physdev_pci_device) == 4, "layout of physdev_pci_device");

struct physdev_dbgp_op {
    uint8_t op;  /* PHYSDEVOP_DBGP_RESET_* */
    uint8_t bus; /* PHYSDEVOP_DBGP_BUS_* */
    union {
        struct physdev_pci_device pci;
    } u;
};
_Static_assert(sizeof(struct physdev_dbgp_op) == 6, "layout of physdev_dbgp_op");

#define PHYSDEVOP_DBGP_RESET_PREPARE 1
#define PHYSDEVOP_DBGP_RESET_DONE    2
#define PHYSDEVOP_DBGP_BUS_UNKNOWN   0
#define PHYSDEVOP_DBGP_BUS_PCI       1

#endif
