/* SPDX-License-Identifier: MIT */
/*
 * What only a kernel can measure: calls of the hypervisor, notifications between CPUs and
 * page-table updates. The benchmark program asks for them by a system call.
 */
#include "kernel/measure.h"

#include <stdatomic.h>

#include "kernel/page.h"
#include "kernel/process.h"
#include "kernel/syscall_numbers.h"
#include "kernel/thread.h"

/* The CPU that waits for an answer, and how many notifications each side has seen. */
static struct cpu *_Atomic waiting_cpu;
static _Atomic uint32_t answers;

void measure_ipi(void)
{
    struct cpu *waiting = atomic_load(&waiting_cpu);

    if (!waiting)
        return;
    if (waiting == bottom_this_cpu())
        atomic_fetch_add(&answers, 1);
    else
        bottom_ipi_send(waiting);
}

static int64_t measure_hypercall(uint32_t times)
{
    for (uint32_t i = 0; i < times; i++) {
        if (!bottom_null_hypercall())
            return -SYSCALL_NOT_FOUND;
    }
    return 0;
}

static int64_t measure_event(uint32_t times)
{
    struct cpu *me = bottom_this_cpu();
    struct cpu *other = &cpus[me->id ? 0 : 1];

    if (bottom_cpu_count() < 2)
        return -SYSCALL_NOT_FOUND;
    atomic_store(&answers, 0);
    atomic_store(&waiting_cpu, me);
    bottom_interrupts_enable();
    for (uint32_t i = 0; i < times; i++) {
        bottom_ipi_send(other);
        while (atomic_load(&answers) <= i)
            __builtin_ia32_pause();
    }
    atomic_store(&waiting_cpu, NULL);
    bottom_interrupts_disable();
    return 0;
}

/* Entries of one fresh page table, pointing to one page, written over and over. */
static int64_t measure_pte(uint32_t times, bool in_batches)
{
    struct process *process = process_current();
    uint64_t address = USER_STACK_TOP - USER_STACK_BYTES - 0x400000;
    pte_t *entry = vm_walk(&process->space, address & ~0x1fffffUL, true);
    struct pte_batch batch = { .count = 0 };
    uint64_t pfn = page_alloc();

    if (!entry || !pfn)
        return -SYSCALL_NO_MEMORY;
    pte_t value = bottom_pte(pfn, PTE_PRESENT | PTE_USER | PTE_ACCESSED | PTE_NX);

    for (uint32_t i = 0; i < times; i++) {
        if (in_batches)
            bottom_pte_batch_add(&batch, &entry[i % 512], value);
        else
            bottom_pte_write(&entry[i % 512], value);
    }
    bottom_pte_batch_flush(&batch);
    for (uint32_t i = 0; i < 512; i++)
        bottom_pte_batch_add(&batch, &entry[i], (pte_t){ 0 });
    bottom_pte_batch_flush(&batch);
    bottom_flush_all();
    page_put(pfn);
    return 0;
}

int64_t measure(uint32_t what, uint32_t times)
{
    uint64_t start = bottom_clock_ns();
    int64_t error;

    if (what == MEASURE_HYPERCALL)
        error = measure_hypercall(times);
    else if (what == MEASURE_EVENT)
        error = measure_event(times);
    else if (what == MEASURE_PTE_SINGLE || what == MEASURE_PTE_BATCH)
        error = measure_pte(times, what == MEASURE_PTE_BATCH);
    else
        error = -SYSCALL_INVALID;
    return error ? error : (int64_t)(bottom_clock_ns() - start);
}
