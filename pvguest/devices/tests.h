/* SPDX-License-Identifier: MIT */
/*
 * The tests of devices, each asked for on the command line, each with its result on the console:
 * lines "block: ok ..." and "net: ok ...", or "... FAILED ..." with the reason.
 */
#ifndef PVGUEST_DEVICES_TESTS_H
#define PVGUEST_DEVICES_TESTS_H

#include "kernel/types.h"

enum devices_result { DEVICES_NO_TEST, DEVICES_PASSED, DEVICES_FAILED };

/* block_test - overwrites the start and the end of a disk, and reads it again; true: all held. */
bool block_test(const char *name, uint64_t requests, uint64_t seed);

/* device_deadline_ns - until when a test waits for its device, or for an answer. */
uint64_t device_deadline_ns(void);

/* net_run - the network, and the tests of it that the command line asks for. */
enum devices_result net_run(void);

/* cpu_test - all CPUs but the first go down and up; true: everything else got on. */
bool cpu_test(uint64_t times);

/* devices_run - start the devices and the tests that the command line asks for. */
enum devices_result devices_run(void);

#endif
