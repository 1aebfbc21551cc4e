/* SPDX-License-Identifier: MIT */
/*
 * The tests of devices, each asked for on the command line, each with its result on the console:
 * lines "block: ok ..." and "net: ok ...", or "... FAILED ..." with the reason.
 */
#ifndef PVGUEST_DEVICES_TESTS_H
#define PVGUEST_DEVICES_TESTS_H

#include "kernel/types.h"

/* How long a test waits for its device to appear. */
#define DEVICE_WAIT_NS 60000000000UL

/* block_test - overwrites the start and the end of a disk, and reads it again; true: all held. */
bool block_test(const char *name, uint64_t requests, uint64_t seed);

/* devices_run - start the devices and the tests that the command line asks for. */
enum devices_result { DEVICES_NO_TEST, DEVICES_PASSED, DEVICES_FAILED };
enum devices_result devices_run(void);

#endif
