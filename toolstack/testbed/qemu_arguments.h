/* SPDX-License-Identifier: MIT */
/*
 * QEMU's command line. QEMU runs in the testbed's runtime folder, where its sockets and links to
 * the hypervisor, the kernel and the initrd are: -initrd takes no blanks in names.
 */
#ifndef PARAPET_TOOLSTACK_TESTBED_QEMU_ARGUMENTS_H
#define PARAPET_TOOLSTACK_TESTBED_QEMU_ARGUMENTS_H

#include <stddef.h>

#include "testbed/testbed.h"

#define QEMU_ARGUMENTS_MAX 160

/* Names in the runtime folder. */
#define FILE_HYPERVISOR "hypervisor"
#define FILE_KERNEL     "kernel"
#define FILE_INITRD     "initrd"
#define FILE_SERIAL     "serial" /* the console's socket */
#define FILE_SERIAL_LOG "serial.log"
#define FILE_MONITOR    "monitor"
#define FILE_GDB        "gdb"
#define FILE_PORT       "port." /* and the number */

/* NULL at the end. */
struct qemu_arguments {
    char *words[QEMU_ARGUMENTS_MAX + 1];
    size_t count;
};

void qemu_arguments_make(const struct testbed_options *options, struct qemu_arguments *arguments);
void qemu_arguments_free(struct qemu_arguments *arguments);

#endif
