/* SPDX-License-Identifier: MIT */
/*
 * Types of the ELF notes, with owner "Xen", by which a kernel says how it wants to be loaded.
 *
 * Usable from assembly.
 */
#ifndef PARAPET_HYPERCALL_ABI_ELFNOTE_H
#define PARAPET_HYPERCALL_ABI_ELFNOTE_H

#define XEN_ELFNOTE_INFO               0
#define XEN_ELFNOTE_ENTRY              1  /* address: first instruction */
#define XEN_ELFNOTE_HYPERCALL_PAGE     2  /* address: page to fill with hypercall stubs */
#define XEN_ELFNOTE_VIRT_BASE          3  /* address at which pfn 0 is mapped */
#define XEN_ELFNOTE_PADDR_OFFSET       4  /* number to subtract from p_paddr */
#define XEN_ELFNOTE_XEN_VERSION        5  /* text: "xen-3.0" */
#define XEN_ELFNOTE_GUEST_OS           6  /* text */
#define XEN_ELFNOTE_GUEST_VERSION      7  /* text */
#define XEN_ELFNOTE_LOADER             8  /* text: "generic" */
#define XEN_ELFNOTE_PAE_MODE           9  /* text */
#define XEN_ELFNOTE_FEATURES           10 /* text: names joined by | */
#define XEN_ELFNOTE_BSD_SYMTAB         11 /* text: "yes" */
#define XEN_ELFNOTE_HV_START_LOW       12 /* address: lowest the hypervisor may take */
#define XEN_ELFNOTE_L1_MFN_VALID       13 /* pairs: mask, value */
#define XEN_ELFNOTE_SUSPEND_CANCEL     14 /* number: 1 */
#define XEN_ELFNOTE_INIT_P2M           15 /* address at which to map the pfn to mfn list */
#define XEN_ELFNOTE_MOD_START_PFN      16 /* number: 1, the module need not be mapped */
#define XEN_ELFNOTE_SUPPORTED_FEATURES 17 /* number: bits by XENFEAT_* */
#define XEN_ELFNOTE_PHYS32_ENTRY       18 /* address: entry without paging, not for PV */
#define XEN_ELFNOTE_MAX                XEN_ELFNOTE_PHYS32_ENTRY

/* Notes in crash dumps and core files. */
#define XEN_ELFNOTE_CRASH_INFO              0x1000001
#define XEN_ELFNOTE_CRASH_REGS              0x1000002
#define XEN_ELFNOTE_DUMPCORE_NONE           0x2000000
#define XEN_ELFNOTE_DUMPCORE_HEADER         0x2000001
#define XEN_ELFNOTE_DUMPCORE_XEN_VERSION    0x2000002
#define XEN_ELFNOTE_DUMPCORE_FORMAT_VERSION 0x2000003

#endif
