/* SPDX-License-Identifier: MIT */
/*
 * The native bottom: multiboot start, serial console, interrupts, end.
 *
 * Interrupts come from the APICs; the old interrupt controllers are masked.
 */
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "native/native.h"
#include "native/x86.h"

#define SERIAL    0x3f8
#define RFLAGS_IF 0x200UL

struct boot_info boot_info = { .command_line = "", .bottom_name = "native" };

extern char image_end[];

static char command_line[256];

struct multiboot_info {
    uint32_t flags, memory_low_kib, memory_high_kib, boot_device, command_line;
};

#define MULTIBOOT_HAS_MEMORY       1u
#define MULTIBOOT_HAS_COMMAND_LINE 4u
#define MAPPED_PAGES               0x40000UL /* start.S maps one GiB */

void bottom_console_write(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        while (!(in8(SERIAL + 5) & 0x20))
            ;
        out8(SERIAL, (uint8_t)text[i]);
    }
}

void bottom_shutdown(enum bottom_end how)
{
    if (how == BOTTOM_END_POWEROFF) {
        out16(0x604, 0x2000); /* QEMU's ACPI power off */
        out16(0xb004, 0x2000);
    }
    out8(0x64, 0xfe); /* reset by the keyboard controller */
    for (;;)
        __asm__ volatile("cli; hlt");
}

bool bottom_interrupts_disable(void)
{
    uint64_t flags;

    __asm__ volatile("pushfq; popq %0; cli" : "=r"(flags) : : "memory");
    return flags & RFLAGS_IF;
}

void bottom_interrupts_enable(void)
{
    __asm__ volatile("sti" : : : "memory");
}

void bottom_wait(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

struct cpu *bottom_this_cpu(void)
{
    struct cpu *cpu;

    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(cpu) : "i"(CPU_SELF));
    return cpu;
}

void bottom_devices_start(void)
{
    ide_find();
    e1000_find();
}

bool bottom_null_hypercall(void)
{
    return false;
}

void bottom_user_frame(struct trap_frame *frame, uint64_t entry, uint64_t stack)
{
    *frame = (struct trap_frame){ .rip = entry,
                                  .cs = SELECTOR_USER_CODE,
                                  .rflags = RFLAGS_IF,
                                  .rsp = stack,
                                  .ss = SELECTOR_USER_DATA };
}

void native_trap(struct trap_frame *frame)
{
    bool from_user = frame->cs & 3;

    if (frame->vector == 14) {
        if (!kernel_page_fault(frame, read_cr2(), from_user))
            panic("page fault at %lx by %lx\n", read_cr2(), frame->rip);
        return;
    }
    if (frame->vector < 32) {
        kernel_exception(frame, from_user);
        return;
    }
    if (frame->vector == VECTOR_SPURIOUS)
        return;
    apic_acknowledge();
    if (frame->vector == VECTOR_TIMER)
        kernel_timer();
    else if (frame->vector == VECTOR_IPI)
        kernel_ipi();
    else if (frame->vector >= VECTOR_DEVICES && frame->vector < VECTOR_DEVICES + IOAPIC_LINES)
        ioapic_interrupt((uint32_t)frame->vector - VECTOR_DEVICES);
    kernel_interrupt_exit(from_user);
}

static void read_multiboot(const struct multiboot_info *info)
{
    uint64_t pages = 0x1000;

    if (info->flags & MULTIBOOT_HAS_MEMORY)
        pages = (0x100000UL + info->memory_high_kib * 1024UL) >> PAGE_SHIFT;
    boot_info.page_count = pages < MAPPED_PAGES ? pages : MAPPED_PAGES;
    boot_info.free_first = virt_to_pfn(image_end);
    boot_info.free_end = boot_info.page_count;
    if (info->flags & MULTIBOOT_HAS_COMMAND_LINE) {
        const char *text = (const char *)(DIRECT_MAP + info->command_line);
        size_t length = strlen(text);

        if (length >= sizeof(command_line))
            length = sizeof(command_line) - 1;
        memcpy(command_line, text, length);
        boot_info.command_line = command_line;
    }
}

/* The root without the low half, which the trampoline alone needs. */
static void make_kernel_root(void)
{
    static pte_t root[512] __attribute__((aligned(PAGE_SIZE)));

    memcpy(&root[256], &boot_root[256], PAGE_SIZE / 2);
    kernel_root = root;
    bottom_space_switch(NULL);
}

void native_boot(uint32_t multiboot_info)
{
    out8(0x21, 0xff); /* both PICs: everything masked */
    out8(0xa1, 0xff);
    cpus[0].self = &cpus[0];
    descriptors_load(&cpus[0]);
    read_multiboot((const void *)(DIRECT_MAP + multiboot_info));
    make_kernel_root();
    apic_enable();
    apic_find_cpus();
    apic_calibrate();
    kernel_main();
}

void native_secondary(struct cpu *cpu)
{
    descriptors_load(cpu);
    bottom_space_switch(NULL);
    apic_enable();
    kernel_cpu_main(cpu);
}
