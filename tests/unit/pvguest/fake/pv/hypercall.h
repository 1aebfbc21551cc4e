/* SPDX-License-Identifier: MIT */
/* pvguest/pv/hypercall.h on the host: the calls that the compiled files make; see world.c. */
#ifndef PVGUEST_PV_HYPERCALL_H
#define PVGUEST_PV_HYPERCALL_H

#include <stdint.h>

int64_t hypercall_grant_table_op(uint64_t command, uint64_t array, uint64_t count);
int64_t hypercall_memory_op(uint64_t command, uint64_t argument);

#endif
