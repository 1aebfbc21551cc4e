/* SPDX-License-Identifier: MIT */
/* The system calls: number in RAX, arguments in RDI, RSI, RDX, result in RAX (negative: error). */
#ifndef PVGUEST_KERNEL_SYSCALL_NUMBERS_H
#define PVGUEST_KERNEL_SYSCALL_NUMBERS_H

#define SYSCALL_write   0 /* (text, bytes) -> bytes */
#define SYSCALL_getpid  1
#define SYSCALL_yield   2
#define SYSCALL_fork    3  /* -> pid of the child, 0 in the child */
#define SYSCALL_exec    4  /* (name of a built-in program) */
#define SYSCALL_mmap    5  /* (bytes) -> address of zeroed memory */
#define SYSCALL_exit    6  /* (code) */
#define SYSCALL_wait    7  /* (address of an int for the exit code) -> pid */
#define SYSCALL_clock   8  /* -> nanoseconds since boot */
#define SYSCALL_pin     9  /* (CPU): run only there */
#define SYSCALL_measure 10 /* (enum measure, times) -> nanoseconds all of them took */
#define SYSCALL_cpus    11 /* -> number of CPUs */
#define SYSCALL_bottom  12 /* (text, bytes): name of the bottom */
#define SYSCALL_option  13 /* (name, text, bytes): a word of the kernel's command line */
#define SYSCALL_COUNT   14

#define SYSCALL_NOT_FOUND   2
#define SYSCALL_NO_MEMORY   12
#define SYSCALL_BAD_ADDRESS 14
#define SYSCALL_INVALID     22
#define SYSCALL_UNKNOWN     38

/* What the kernel measures inside, for SYSCALL_measure. */
#define MEASURE_HYPERCALL  0
#define MEASURE_EVENT      1 /* a notification to another CPU and one back */
#define MEASURE_PTE_SINGLE 2
#define MEASURE_PTE_BATCH  3

#endif
