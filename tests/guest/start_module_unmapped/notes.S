/* SPDX-License-Identifier: MIT */
#include "notes.inc"

    xen_text_note XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    xen_text_note XEN_ELFNOTE_GUEST_OS, "parapet-test"
    xen_text_note XEN_ELFNOTE_LOADER, "generic"
    xen_address_note XEN_ELFNOTE_VIRT_BASE, GUEST_VIRT_BASE
    xen_address_note XEN_ELFNOTE_ENTRY, guest_entry
    xen_address_note XEN_ELFNOTE_MOD_START_PFN, 1
    xen_address_note XEN_ELFNOTE_INIT_P2M, 0x8000000000
