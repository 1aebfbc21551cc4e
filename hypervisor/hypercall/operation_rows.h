/* SPDX-License-Identifier: MIT */
/*
 * Makes functions and rows of struct operation from the tables of sub-operations; operations.h
 * shows how. Each row gets a function of one common type, so that no pointer is cast.
 */
#ifndef PARAPET_HYPERCALL_OPERATION_ROWS_H
#define PARAPET_HYPERCALL_OPERATION_ROWS_H

#include "hypercall/operations.h"
#include "lib/compiler.h"

#define OP_HEAD(prefix, name)                                                                      \
    static long call_##prefix##_##name(struct vcpu *caller, UNUSED uint64_t extra,                 \
                                       UNUSED void *op, UNUSED uint64_t address)

/* ---- (caller, op) ---- */
#define OP_CALL_IN(prefix, name, argument)                                                         \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller, op);                                                     \
    }
#define OP_CALL_OUT(prefix, name, argument)   OP_CALL_IN(prefix, name, argument)
#define OP_CALL_INOUT(prefix, name, argument) OP_CALL_IN(prefix, name, argument)

/* Rows that copy nothing differ by whether there is an argument at all. */
#define OP_CALL_NONE(prefix, name, argument) OP_CALL_NONE_##argument(prefix, name)
#define OP_CALL_NONE_no_argument(prefix, name)                                                     \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller);                                                         \
    }
#define OP_CALL_NONE_xen_build_id(prefix, name)                                                    \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller, address);                                                \
    }

/* ---- (caller, extra, op) ---- */
#define OP_CALL_EXTRA_IN(prefix, name, argument)                                                   \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller, (uint32_t)extra, op);                                    \
    }
#define OP_CALL_EXTRA_OUT(prefix, name, argument)   OP_CALL_EXTRA_IN(prefix, name, argument)
#define OP_CALL_EXTRA_INOUT(prefix, name, argument) OP_CALL_EXTRA_IN(prefix, name, argument)
#define OP_CALL_EXTRA_NONE(prefix, name, argument)  OP_CALL_EXTRA_NONE_##argument(prefix, name)
#define OP_CALL_EXTRA_NONE_no_argument(prefix, name)                                               \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller, (uint32_t)extra);                                        \
    }
#define OP_CALL_EXTRA_NONE_vcpu_guest_context(prefix, name)                                        \
    OP_HEAD(prefix, name)                                                                          \
    {                                                                                              \
        return prefix##_op_##name(caller, (uint32_t)extra, address);                               \
    }

/* ---- rows ---- */
#define OP_ROW(number, prefix, name, argument, copy_)                                              \
    [number] = { call_##prefix##_##name, sizeof(struct argument), OPERATION_##copy_ },

#define OP_TABLE(name_, rows_)                                                                     \
    {                                                                                              \
        .name = (name_), .rows = (rows_), .count = ARRAY_COUNT(rows_)                              \
    }

#endif
