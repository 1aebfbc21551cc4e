/* SPDX-License-Identifier: MIT */
#include "notes.inc"

    .bss
    .balign 4096
    .globl hypercall_page
hypercall_page:
    .skip 4096

    xen_text_note XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    xen_text_note XEN_ELFNOTE_GUEST_OS, "parapet-test"
    xen_text_note XEN_ELFNOTE_LOADER, "generic"
    xen_address_note XEN_ELFNOTE_VIRT_BASE, GUEST_VIRT_BASE
    xen_address_note XEN_ELFNOTE_ENTRY, guest_entry
    xen_address_note XEN_ELFNOTE_HYPERCALL_PAGE, hypercall_page
