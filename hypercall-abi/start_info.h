/* SPDX-License-Identifier: MIT */
/*
 * What a guest finds at start: RSI holds the address of a struct start_info.
 */
#ifndef PARAPET_HYPERCALL_ABI_START_INFO_H
#define PARAPET_HYPERCALL_ABI_START_INFO_H

#include <stdint.h>

#include "hypercall-abi/types.h"

#define MAX_GUEST_CMDLINE 1024

struct start_info {
    char magic[32];       /* "xen-3.0-x86_64" */
    uint64_t nr_pages;    /* pages the domain owns */
    uint64_t shared_info; /* machine address of struct shared_info */
    uint32_t flags;       /* SIF_* */
    xen_pfn_t store_mfn;
    uint32_t store_evtchn; /* 0 in the control domain: the store is to be started here */
    union {
        struct {
            xen_pfn_t mfn;
            uint32_t evtchn;
        } domU;
        struct {
            uint32_t info_off; /* of struct dom0_vga_console_info, from start_info */
            uint32_t info_size;
        } dom0;
    } console;
    uint64_t pt_base; /* virtual address of the L4 table */
    uint64_t nr_pt_frames;
    uint64_t mfn_list;  /* virtual address of the pfn to mfn list */
    uint64_t mod_start; /* virtual address, or pfn with SIF_MOD_START_PFN; 0 for no module */
    uint64_t mod_len;   /* bytes */
    int8_t cmd_line[MAX_GUEST_CMDLINE];
    uint64_t first_p2m_pfn; /* of the frames behind mfn_list, if the INIT_P2M note asked for it */
    uint64_t nr_p2m_frames;
};
_Static_assert(sizeof(struct start_info) == 1168, "layout of start_info");

/* start_info.flags */
#define SIF_PRIVILEGED      (1U << 0)    /* may make privileged calls */
#define SIF_INITDOMAIN      (1U << 1)    /* is the control domain */
#define SIF_MULTIBOOT_MOD   (1U << 2)    /* mod_start names a list of modules */
#define SIF_MOD_START_PFN   (1U << 3)    /* mod_start is a pfn */
#define SIF_VIRT_P2M_4TOOLS (1U << 4)    /* the tools can follow arch_shared_info.p2m_vaddr */
#define SIF_PM_MASK         (0xFFU << 8) /* power management options of the hypervisor */

/* One module of the list that SIF_MULTIBOOT_MOD announces. */
struct xen_multiboot_mod_list {
    uint32_t mod_start;
    uint32_t mod_end;
    uint32_t cmdline;
    uint32_t pad;
};
_Static_assert(sizeof(struct xen_multiboot_mod_list) == 16, "layout of xen_multiboot_mod_list");

/* dom0_vga_console_info.video_type */
#define XEN_VGATYPE_TEXT_MODE_3 0x03
#define XEN_VGATYPE_VESA_LFB    0x23
#define XEN_VGATYPE_EFI_LFB     0x70

/* The state in which the hypervisor leaves the screen to the control domain. */
struct dom0_vga_console_info {
    uint8_t video_type; /* XEN_VGATYPE_*: which member of u */
    union {
        struct {
            uint16_t font_height;
            uint16_t cursor_x;
            uint16_t cursor_y;
            uint16_t rows;
            uint16_t columns;
        } text_mode_3;
        struct {
            uint16_t width;
            uint16_t height;
            uint16_t bytes_per_line;
            uint16_t bits_per_pixel;
            uint32_t lfb_base;
            uint32_t lfb_size; /* in units of 64 KiB */
            uint8_t red_pos;
            uint8_t red_size;
            uint8_t green_pos;
            uint8_t green_size;
            uint8_t blue_pos;
            uint8_t blue_size;
            uint8_t rsvd_pos;
            uint8_t rsvd_size;
            uint32_t gbl_caps;
            uint16_t mode_attrs;
            uint16_t pad;
            uint32_t ext_lfb_base; /* bits 32-63 of the address */
        } vesa_lfb;
    } u;
};
_Static_assert(sizeof(struct dom0_vga_console_info) == 40, "layout of dom0_vga_console_info");

#endif
