/* SPDX-License-Identifier: MIT */
/* Each CPU's GDT and TSS, the IDT that all share, and what SYSCALL needs. */
#include "native/native.h"
#include "native/x86.h"

struct task_state {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved[9];
    uint16_t reserved1;
    uint16_t io_bitmap;
} __attribute__((packed));

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t attributes;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

struct table_pointer {
    uint16_t limit;
    uint64_t address;
} __attribute__((packed));

#define GATE_INTERRUPT 0x8e00u

static struct task_state task_states[CPU_LIMIT];
static uint64_t gdts[CPU_LIMIT][8];
static struct gate idt[256];

extern const char trap_stubs[];
void syscall_entry(void);

static void fill_idt(void)
{
    for (uint32_t vector = 0; vector < 256; vector++) {
        uint64_t stub = (uint64_t)trap_stubs + vector * 16;

        idt[vector] = (struct gate){ .offset_low = (uint16_t)stub,
                                     .selector = SELECTOR_KERNEL_CODE,
                                     .attributes = GATE_INTERRUPT,
                                     .offset_middle = (uint16_t)(stub >> 16),
                                     .offset_high = (uint32_t)(stub >> 32) };
    }
}

static void fill_gdt(uint64_t *gdt, const struct task_state *task_state)
{
    uint64_t base = (uint64_t)task_state;

    gdt[1] = 0x00af9b000000ffff; /* kernel code */
    gdt[2] = 0x00cf93000000ffff; /* kernel data */
    gdt[4] = 0x00cff3000000ffff; /* user data */
    gdt[5] = 0x00affb000000ffff; /* user code */
    gdt[6] = (sizeof(*task_state) - 1) | (base & 0xffffff) << 16 | 0x89UL << 40 |
             (base >> 24 & 0xff) << 56;
    gdt[7] = base >> 32;
}

void descriptors_load(struct cpu *cpu)
{
    struct table_pointer gdt_pointer = { sizeof(gdts[0]) - 1, (uint64_t)gdts[cpu->id] };
    struct table_pointer idt_pointer = { sizeof(idt) - 1, (uint64_t)idt };

    if (cpu->id == 0)
        fill_idt();
    task_states[cpu->id].io_bitmap = sizeof(task_states[0]);
    fill_gdt(gdts[cpu->id], &task_states[cpu->id]);
    __asm__ volatile("lgdt %0\n\t"
                     "lidt %1\n\t"
                     "ltr %w2\n\t"
                     "movl %3, %%ss\n\t"
                     "movl %4, %%ds\n\t"
                     "movl %4, %%es\n\t"
                     "movl %4, %%fs\n\t"
                     "movl %4, %%gs"
                     :
                     : "m"(gdt_pointer), "m"(idt_pointer), "r"(SELECTOR_TSS),
                       "r"(SELECTOR_KERNEL_DATA), "r"(0)
                     : "memory");
    write_msr(MSR_GS_BASE, (uint64_t)cpu);
    write_msr(MSR_KERNEL_GS_BASE, 0);
    write_msr(MSR_STAR, (uint64_t)SELECTOR_KERNEL_CODE << 32 | (uint64_t)(SELECTOR_USER_DATA - 8)
                                                                   << 48);
    write_msr(MSR_LSTAR, (uint64_t)syscall_entry);
    write_msr(MSR_FMASK, 0x47700); /* IF, TF, DF, NT, IOPL, AC */
}

void bottom_set_kernel_stack(uint64_t stack_top)
{
    struct cpu *cpu = bottom_this_cpu();

    cpu->kernel_stack = stack_top;
    task_states[cpu->id].rsp[0] = stack_top;
}
