# SPDX-License-Identifier: MIT
"""Where hypercall-abi/ and the public headers differ on purpose, each with its reason."""

# Names that only ours has. An entry stands for a constant, a type, a record with all its fields,
# or one field (record.field). An entry that is no longer needed fails the test.
ONLY_OURS = {
    "The dispatcher wants a structure for every argument, an empty one for none": """
        no_argument""",
    "Structures in place of arrays of characters; EQUIVALENTS compares their sizes": """
        xen_extraversion xen_capabilities_info xen_changeset_info xen_guest_handle xen_commandline
        XEN_COMMANDLINE_LEN""",
    "The public headers give these as macros on a struct; EQUIVALENTS compares them": """
        TRAP_INFO_DPL_MASK TRAP_INFO_MASK_EVENTS""",
    "The public headers describe the hypercall page in a comment only": """
        HYPERCALL_PAGE_SLOTS HYPERCALL_PAGE_SLOT_BYTES""",
    "Firmware's own format, which the public headers do not define; EQUIVALENTS has the types": """
        xen_e820_entry XEN_E820_RAM XEN_E820_RESERVED XEN_E820_ACPI XEN_E820_NVS
        XEN_E820_UNUSABLE""",
    "The public headers define rings by macros, for each protocol anew; EQUIVALENTS compares": """
        xen_sring xen_front_ring xen_back_ring byte_ring""",
    "A division of two public numbers, which the public headers leave to the reader": """
        BLKIF_SEGMENTS_PER_INDIRECT_FRAME""",
    "Operations of our own toolstack, with numbers that no release uses": """
        XEN_DOMCTL_parapet_counters xen_domctl_parapet_counters xen_domctl.u.parapet_counters
        XEN_SYSCTL_parapet_mitigation xen_sysctl_parapet_mitigation
        xen_sysctl.u.parapet_mitigation""",
}

# Node names, which the public headers only mention in comments: test_nodes looks for them there.
NODE_PREFIXES = {"BLKIF_NODE_": "io/blkif.h", "NETIF_NODE_": "io/netif.h"}

# Nodes that are known from the drivers alone.
NODES_OF_DRIVERS = {"feature-rx-copy", "feature-sg", "hotplug-status", "mac", "request-rx-copy"}

# Facts that differ by design.
DIFFERENT = {
    "A pointer there, an address here": """
        vcpu_register_runstate_memory_area.addr.v vcpu_register_time_memory_area.addr.v""",
}

# (what, ours, public) for what has another name or another form there.
EQUIVALENTS = [
    ("extraversion", "sizeof(struct xen_extraversion)", "sizeof(xen_extraversion_t)"),
    ("capabilities", "sizeof(struct xen_capabilities_info)", "sizeof(xen_capabilities_info_t)"),
    ("changeset", "sizeof(struct xen_changeset_info)", "sizeof(xen_changeset_info_t)"),
    ("commandline", "sizeof(struct xen_commandline)", "sizeof(xen_commandline_t)"),
    ("guest handle", "sizeof(struct xen_guest_handle)", "sizeof(xen_domain_handle_t)"),
    ("trap flags, DPL", "TRAP_INFO_DPL_MASK",
     "TI_GET_DPL(&(struct trap_info){ .flags = 0xff })"),
    ("trap flags, events", "TRAP_INFO_MASK_EVENTS",
     "TI_GET_IF(&(struct trap_info){ .flags = 0xff })"),
    ("cr3 of a frame", "xen_pfn_to_cr3(0x123456789)", "xen_pfn_to_cr3(0x123456789)"),
    ("frame of a cr3", "xen_cr3_to_pfn(0x123456789fff)", "xen_cr3_to_pfn(0x123456789fff)"),
    ("CPUID leaf 5", "xen_cpuid_leaf_number(5)", "XEN_CPUID_LEAF(5)"),
    ("memory flags, bits", "xenmemf_address_bits(32)", "XENMEMF_address_bits(32)"),
    ("memory flags, bits of", "xenmemf_get_address_bits(0x12345678)",
     "XENMEMF_get_address_bits(0x12345678)"),
    ("memory flags, node", "xenmemf_node(7)", "XENMEMF_node(7)"),
    ("memory flags, node of", "xenmemf_get_node(0x12345678)", "XENMEMF_get_node(0x12345678)"),
    ("memory flags, no node", "xenmemf_get_node(0)", "XENMEMF_get_node(0)"),
    ("e820 RAM", "XEN_E820_RAM", "XEN_HVM_MEMMAP_TYPE_RAM"),
    ("e820 reserved", "XEN_E820_RESERVED", "XEN_HVM_MEMMAP_TYPE_RESERVED"),
    ("e820 ACPI", "XEN_E820_ACPI", "XEN_HVM_MEMMAP_TYPE_ACPI"),
    ("e820 NVS", "XEN_E820_NVS", "XEN_HVM_MEMMAP_TYPE_NVS"),
    ("e820 unusable", "XEN_E820_UNUSABLE", "XEN_HVM_MEMMAP_TYPE_UNUSABLE"),
    ("indirect segments", "BLKIF_SEGMENTS_PER_INDIRECT_FRAME",
     "4096 / sizeof(struct blkif_request_segment)"),
    ("ring, first entry", "sizeof(struct xen_sring)", "offsetof(struct blkif_sring, ring)"),
    *((f"ring, {index}", f"offsetof(struct xen_sring, {index})",
       f"offsetof(struct blkif_sring, {index})")
      for index in ("req_prod", "req_event", "rsp_prod", "rsp_event")),
    ("ring, private", "offsetof(struct xen_sring, pvt_pad)",
     "offsetof(struct blkif_sring, pvt.pvt_pad)"),
    ("ring, padding", "offsetof(struct xen_sring, __pad)", "offsetof(struct blkif_sring, __pad)"),
    *((f"entries of a {protocol} ring of {size} bytes",
       f"ring_entry_count({size}, sizeof(union {protocol}_sring_entry))",
       f"__CONST_RING_SIZE({protocol}, {size})")
      for protocol in ("blkif", "netif_tx", "netif_rx", "xen_netif_ctrl")
      for size in (4096, 8192, 16384, 65536)),
]

# Families that ours must have whole: prefixes of the public names.
WHOLE_FAMILIES = (
    "BIND_PIRQ__", "BLKIF_", "CALLBACKF_", "CALLBACKOP_", "CALLBACKTYPE_", "CONSOLEIO_", "DOMID_",
    "EVTCHN", "FIRST_RESERVED_", "FLAT_", "GNTCOPY_", "GNTMAP_", "GNTST_", "GNTTABOP_", "GNTTAB_",
    "GTF_", "MACH2PHYS_", "MAP_PIRQ_", "MMUEXT_", "MMU_", "NETIF_", "NETRXF_", "NETTXF_",
    "PHYSDEVOP_", "RUNSTATE_", "SCHEDOP_", "SEGBASE_", "SHUTDOWN_", "SIF_", "UVMF_", "VCPUOP_",
    "VCPU_SSHOTTMR_", "VDISK_", "VGCF_", "VIRQ_", "VMASST_", "XENFEAT_", "XENIRQSTAT_",
    "XENMAPSPACE_", "XENMEM_", "XENMEMF_", "XENNMI_", "XENPF_", "XENSTORE_", "XENVER_",
    "XEN_CPUID_", "XEN_DOMCTL_", "XEN_DOMINF_", "XEN_ELFNOTE_", "XEN_FW_", "XEN_IO_PROTO_",
    "XEN_NETIF_", "XEN_NMIREASON_", "XEN_PCI_", "XEN_PVCLOCK_", "XEN_SCHEDULER_", "XEN_SYSCTL_",
    "XEN_VCPUAFFINITY_", "XEN_VGATYPE_", "__HYPERVISOR_",
)

# Members of those families that ours leaves out; a * at the end stands for any rest of a name.
LEFT_OUT = {
    "Messages, not numbers": """
        GNTTABOP_error_msgs""",
    "Sharing, paging and introspection, of HVM guests only": """
        XENMEM_FORK_* XENMEM_SHARING_OP_* XENMEM_access_op_* XENMEM_paging_op_*
        XENMEM_resource_ioreq_server_frame_bufioreq XENMEM_sharing_op_* XEN_DOMCTL_MEM_SHARING_*
        XEN_DOMCTL_MONITOR_* XEN_DOMCTL_VM_EVENT_* XEN_DOMCTL_vmtrace_*""",
    "Devices passed through, and other platforms' devices": """
        XENMEM_RDM_ALL XEN_DOMCTL_DELETE_MEM_CACHEATTR XEN_DOMCTL_DEV_* XEN_DOMCTL_MEM_CACHEATTR_*
        XEN_DOMCTL_VMSI_* XEN_DOMCTL_VUART_*""",
    "Cache partitions, frequency governors, live patches, coverage, lock profiles": """
        XEN_DOMCTL_PSR_* XEN_SYSCTL_COVERAGE_* XEN_SYSCTL_CX_UNLIMITED XEN_SYSCTL_LIVEPATCH_*
        XEN_SYSCTL_LOCKPROF_* XEN_SYSCTL_PSR_* XEN_SYSCTL_pm_op_*""",
}


def names_of(groups):
    return {name for names in groups.values() for name in names.split()}
