/* SPDX-License-Identifier: MIT */
/*
 * Values of a frontend's `protocol` node: whose layout its rings have.
 */
#ifndef PARAPET_HYPERCALL_ABI_IO_PROTOCOLS_H
#define PARAPET_HYPERCALL_ABI_IO_PROTOCOLS_H

#define XEN_IO_PROTO_ABI_X86_32 "x86_32-abi"
#define XEN_IO_PROTO_ABI_X86_64 "x86_64-abi"
#define XEN_IO_PROTO_ABI_ARM    "arm-abi"
#define XEN_IO_PROTO_ABI_NATIVE XEN_IO_PROTO_ABI_X86_64

#endif
