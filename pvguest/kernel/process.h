/* SPDX-License-Identifier: MIT */
/*
 * Processes: an address space, its regions, one thread, a parent.
 *
 * Only the process's own thread changes its regions and page tables, so they need no lock; the
 * family relations are guarded by the scheduler lock.
 */
#ifndef PVGUEST_KERNEL_PROCESS_H
#define PVGUEST_KERNEL_PROCESS_H

#include "kernel/bottom.h"

#define REGION_LIMIT  12u
#define PROCESS_LIMIT 60u

struct region {
    uint64_t start, end; /* page aligned */
    bool is_writable, is_executable;
};

struct process {
    int32_t pid;
    int32_t exit_code;
    bool has_exited;
    bool is_waiting; /* in wait(), for any child */
    struct process *parent;
    struct process *next; /* list of all */
    struct thread *thread;
    struct address_space space;
    struct region regions[REGION_LIMIT];
    uint32_t region_count;
    uint64_t mmap_next;
    struct trap_frame start; /* registers the first return to user mode loads */
};

/* The first process, made from a built-in program. */
MUST_CHECK int process_start_first(const char *program);
void process_switch(struct process *previous, struct process *next);
struct process *process_current(void);

/* The system calls about processes; each returns what the call returns. */
int64_t process_fork(const struct trap_frame *frame);
int64_t process_exec(const char *program, struct trap_frame *frame);
int64_t process_wait(int32_t *exit_code);
NORETURN void process_exit(int32_t code);

/* ---- vm.c ---- */

int vm_region_add(struct process *process, struct region region);
/* Whether user memory [address, address + bytes) is in regions, writable if asked. */
bool vm_range_ok(const struct process *process, uint64_t address, uint64_t bytes, bool write);
/* Bring in or copy the page of a fault. False: no such memory, or none is left. */
bool vm_fault(struct process *process, uint64_t address, bool write);
int vm_map_page(struct process *process, struct pte_batch *batch, uint64_t address, uint64_t pfn,
                uint64_t flags);
int vm_copy_for_fork(struct process *parent, struct process *child);
void vm_destroy(struct address_space *space);
/* The last-level entry of @address; NULL when a table is missing (or none could be made). */
pte_t *vm_walk(struct address_space *space, uint64_t address, bool create);

/* ---- program.c ---- */

struct program {
    const char *name;
    const uint8_t *start, *end;
};
const struct program *program_find(const char *name);
int program_load(struct process *process, const struct program *program, uint64_t *entry);

#define USER_STACK_TOP   0x00007ffffffff000UL
#define USER_STACK_BYTES 0x10000UL
#define USER_MMAP_START  0x0000100000000000UL

#endif
