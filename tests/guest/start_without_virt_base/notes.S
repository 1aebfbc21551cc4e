/* SPDX-License-Identifier: MIT */
#include "notes.inc"

    xen_text_note XEN_ELFNOTE_XEN_VERSION, "xen-3.0"
    xen_text_note XEN_ELFNOTE_LOADER, "generic"
    xen_address_note XEN_ELFNOTE_PADDR_OFFSET, 0
