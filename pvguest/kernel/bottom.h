/* SPDX-License-Identifier: MIT */
/*
 * The bottom: all that the kernel needs from what it runs on.
 *
 * native/ implements this page on bare x86-64, pv/ on the hypercalls. Everything else in
 * pvguest is the same code on both; docs/porting-a-kernel.md goes through this page function by
 * function.
 */
#ifndef PVGUEST_KERNEL_BOTTOM_H
#define PVGUEST_KERNEL_BOTTOM_H

#include "kernel/types.h"

struct address_space;
struct cpu;

/* ---- start, end and console ---- */

/* What the bottom found out before it calls kernel_main. */
struct boot_info {
    uint64_t page_count; /* pseudo-physical pages: pfn 0 to page_count - 1 */
    uint64_t free_first; /* pages that nobody uses yet: free_first to free_end - 1 */
    uint64_t free_end;
    const char *command_line;
    const char *bottom_name; /* "native" or "pv" */
};
extern struct boot_info boot_info;

void bottom_console_write(const char *text, size_t length);

enum bottom_end { BOTTOM_END_POWEROFF, BOTTOM_END_REBOOT, BOTTOM_END_CRASH };
NORETURN void bottom_shutdown(enum bottom_end how);

/* ---- interrupts ---- */

bool bottom_interrupts_disable(void); /* returns whether they were on */
void bottom_interrupts_enable(void);
void bottom_wait(void); /* enable interrupts and sleep until one came, without a gap between */

/* ---- time ---- */

uint64_t bottom_clock_ns(void);              /* since boot, the same on every CPU */
void bottom_timer_set(uint64_t deadline_ns); /* then kernel_timer() once on this CPU */

/* ---- processors ---- */

uint32_t bottom_cpu_count(void);
/* Start CPU @cpu->id: it calls kernel_cpu_main(cpu) on @stack_top. */
void bottom_cpu_start(struct cpu *cpu, uint64_t stack_top);
void bottom_ipi_send(struct cpu *cpu); /* kernel_ipi() is called there */
void bottom_cpu_rest(struct cpu *cpu); /* interrupts off, on that CPU: until the next */
void bottom_cpu_resume(struct cpu *cpu);
struct cpu *bottom_this_cpu(void);
void bottom_set_kernel_stack(uint64_t stack_top); /* where traps from user mode start */

/* ---- page tables ---- */

typedef struct {
    uint64_t value;
} pte_t;

#define PTE_PRESENT  0x1UL
#define PTE_WRITE    0x2UL
#define PTE_USER     0x4UL
#define PTE_ACCESSED 0x20UL
#define PTE_DIRTY    0x40UL
#define PTE_COW      0x200UL /* the kernel's own: written pages are copied */
#define PTE_NX       0x8000000000000000UL
#define PTE_ADDRESS  0x000ffffffffff000UL

pte_t bottom_pte(uint64_t pfn, uint64_t flags); /* pfn is the kernel's number for the page */
uint64_t bottom_pte_pfn(pte_t entry);

/* Write an entry of a table that is in use. */
void bottom_pte_write(pte_t *entry, pte_t value);
/* The same, and forget what this CPU has cached of @address, which the entry maps now. */
void bottom_pte_replace(pte_t *entry, pte_t value, uint64_t address);

/* The same for many entries of one kind of work; nothing is certain before the flush. */
#define PTE_BATCH 32u
struct pte_batch {
    uint32_t count;
    struct {
        uint64_t where; /* the bottom's own form */
        uint64_t value;
    } writes[PTE_BATCH];
};
void bottom_pte_batch_add(struct pte_batch *batch, pte_t *entry, pte_t value);
void bottom_pte_batch_flush(struct pte_batch *batch);

/* A zeroed page becomes a page table, before it is linked, and an ordinary page again after. */
void bottom_table_adopt(uint64_t pfn);
void bottom_table_release(uint64_t pfn);

/* Roots of an address space. `root` is the L4 that walks start at. */
struct address_space {
    pte_t *root;
    pte_t *user_root; /* pv: the second root, that user mode runs on; native: NULL */
};
MUST_CHECK int bottom_space_create(struct address_space *space);
/* No CPU runs on it any more, and none will: its tables are ordinary memory again, kept readable. */
void bottom_space_retire(struct address_space *space);
void bottom_space_destroy(struct address_space *space); /* retired; gives back the roots */
void bottom_space_write_root(struct address_space *space, uint32_t slot, pte_t value);
void bottom_space_switch(struct address_space *space); /* NULL: the kernel's own */
void bottom_flush_all(void);

/* ---- traps ---- */

struct trap_frame {
    uint64_t r15, r14, r13, r12, rbp, rbx, r11, r10, r9, r8, rax, rcx, rdx, rsi, rdi;
    uint64_t vector, error_code;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Fill in what user mode needs to start at @entry with @stack. */
void bottom_user_frame(struct trap_frame *frame, uint64_t entry, uint64_t stack);
/* Leave for user mode with these registers; the kernel stack is given up. */
NORETURN void bottom_enter_user(const struct trap_frame *frame);

/* ---- devices ---- */

/*
 * Find the devices. Each that is ready, now or later, is announced by block_register() or
 * network_register() (devices/block.h, devices/network.h).
 */
void bottom_devices_start(void);

/* A call of the hypervisor that does nothing, for the benchmark; false: there is none. */
bool bottom_null_hypercall(void);

/* ---- the kernel's half: what the bottom calls ---- */

NORETURN void kernel_main(void);                /* CPU 0, interrupts off */
NORETURN void kernel_cpu_main(struct cpu *cpu); /* every other CPU, interrupts off */
void kernel_timer(void);                        /* the deadline passed */
void kernel_ipi(void);                          /* another CPU asks to look at the queue */
void kernel_interrupt_exit(bool from_user);     /* last thing of each interrupt */
void kernel_syscall(struct trap_frame *frame);  /* result in frame->rax */
/* A page fault at @address; false when the kernel itself may not do that. */
bool kernel_page_fault(struct trap_frame *frame, uint64_t address, bool from_user);
void kernel_exception(struct trap_frame *frame, bool from_user); /* any other exception */

#endif
