/* SPDX-License-Identifier: MIT */
/*
 * Memory ordering beside <stdatomic.h>.
 *
 * x86 keeps loads in order and stores in order; only a store followed by a load of something
 * else needs an instruction. Memory shared with a guest or a device is read and written
 * through READ_ONCE and WRITE_ONCE, so that the compiler does each access once.
 */
#ifndef PARAPET_LIB_BARRIER_H
#define PARAPET_LIB_BARRIER_H

#include <stdatomic.h>

#define READ_ONCE(object)         (*(const volatile __typeof__(object) *)&(object))
#define WRITE_ONCE(object, value) (*(volatile __typeof__(object) *)&(object) = (value))

/* Nothing is moved across by the compiler. */
static inline void barrier_compiler(void)
{
    atomic_signal_fence(memory_order_seq_cst);
}

/* Earlier loads and stores are visible before later ones. */
static inline void barrier_full(void)
{
    atomic_thread_fence(memory_order_seq_cst);
}

/* Earlier stores are visible before later stores. */
static inline void barrier_store(void)
{
    atomic_thread_fence(memory_order_release);
}

/* Earlier loads are done before later loads. */
static inline void barrier_load(void)
{
    atomic_thread_fence(memory_order_acquire);
}

#endif
