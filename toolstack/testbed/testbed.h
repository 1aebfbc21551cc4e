/* SPDX-License-Identifier: MIT */
/* A testbed: QEMU with the hypervisor and the control domain, on a development machine. */
#ifndef PARAPET_TOOLSTACK_TESTBED_TESTBED_H
#define PARAPET_TOOLSTACK_TESTBED_TESTBED_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

#define TESTBED_NAME_BYTES    32 /* with the 0 at the end */
#define TESTBED_DEFAULT       "default"
#define TESTBED_CPUS_MAX      64u
#define TESTBED_MEMORY_MIN    (512UL << 20)
#define TESTBED_PORTS         16u        /* so many pvctl at a time */
#define TESTBED_SHARE         "/host"    /* the shared folder, as the control domain has it */
#define TESTBED_STATE_BYTES   (8L << 30) /* of the state disk, when everything is written */
#define TESTBED_CONTROL_BYTES (512UL << 20)

/* What `pvctl testbed up` is asked for. */
struct testbed_options {
    const char *name;
    const char *qemu;    /* the program */
    const char *machine; /* as QEMU calls it */
    const char *cpu;
    unsigned cpus;
    uint64_t memory_bytes;
    bool kvm;
    bool waits_for_gdb;
    const char *disk; /* one more disk of the machine; NULL: none */
    /* Absolute paths: */
    char hypervisor[PATH_MAX];
    char kernel[PATH_MAX]; /* of the control domain */
    char initrd[PATH_MAX];
    char share[PATH_MAX];
    char state[PATH_MAX];       /* the image of the state disk */
    char definitions[PATH_MAX]; /* the folder of domains' definitions */
};

/* What is known of one that was started. */
struct testbed_state {
    char name[TESTBED_NAME_BYTES];
    bool is_running;
    int pid;
    char share[PATH_MAX];
    char definitions[PATH_MAX];
    char accelerator[8];
    unsigned cpus;
    uint64_t memory_bytes;
    char started[32]; /* RFC 3339 */
};

#endif
