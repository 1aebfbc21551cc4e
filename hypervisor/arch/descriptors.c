/* SPDX-License-Identifier: MIT */
/*
 * The GDT page, the IDT and the SYSCALL registers.
 *
 * Once hypervisor_root is loaded, GDTR points to the GDT window, whose page 14 is the same in
 * every root. Before that it points 14 pages below a small table in the image, so that the
 * selectors are the same from the first moment on.
 */
#include "arch/descriptors.h"

#include "arch/msr.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "lib/compiler.h"
#include "lib/string.h"

#define SEGMENT_CODE64 0x00af9b000000ffffUL
#define SEGMENT_DATA   0x00cf93000000ffffUL
#define SEGMENT_CODE32 0x00cf9b000000ffffUL
#define SEGMENT_DPL3   (3UL << 45)

#define SYSTEM_PRESENT (1UL << 47)
#define SYSTEM_TSS     (9UL << 40)
#define SYSTEM_LDT     (2UL << 40)

#define GATE_INTERRUPT 0xeu
#define GATE_PRESENT   0x80u
#define GATE_DPL3      0x60u

#define GDT_WINDOW_OFFSET (GDT_WINDOW_HYPERVISOR_PAGE * PAGE_SIZE)

/* What SYSCALL clears: all that could disturb the hypervisor's first instructions. */
#define SYSCALL_FLAG_MASK                                                                          \
    (RFLAGS_TF | RFLAGS_IF | RFLAGS_DF | RFLAGS_IOPL | RFLAGS_NT | RFLAGS_RF | RFLAGS_VM |         \
     RFLAGS_AC | RFLAGS_VIF | RFLAGS_VIP | RFLAGS_ID)

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint8_t ist;
    uint8_t attributes;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};

#define EARLY_GDT_SLOTS ((SEL_TSS(1) - GDT_WINDOW_OFFSET) / 8)

/* What CPL 3 may call by INT n without a #GP. The IDT is everybody's, so the handler of 0x80 looks
 * whether the running vCPU wants it. */
static const uint8_t user_vectors[] = { VECTOR_BREAKPOINT, VECTOR_OVERFLOW, VECTOR_GUEST_INT80 };

static uint64_t early_gdt[EARLY_GDT_SLOTS];
static uint64_t *gdt = early_gdt; /* what selector GDT_WINDOW_OFFSET selects, writable */
static struct gate idt[VECTOR_COUNT] SECTION(".written_once") ALIGNED(PAGE_SIZE);

_Static_assert(sizeof(struct gate) == 16, "SDM 3A, section 6.14.1");
_Static_assert(sizeof(idt) == PAGE_SIZE, "one page");
_Static_assert(SEL_LDT(MAX_CPUS - 1) + 16 <= GDT_LIMIT + 1, "the CPUs' descriptors fit");
_Static_assert(SEL_USER_CS32 + 8 == SEL_FLAT_DS && SEL_USER_CS32 + 16 == SEL_FLAT_CS64,
               "the order that SYSRET wants");
_Static_assert(SEL_HYPERVISOR_CS + 8 == SEL_HYPERVISOR_DS, "the order that SYSCALL wants");

static uint64_t *gdt_slot(uint32_t selector)
{
    return &gdt[(selector - GDT_WINDOW_OFFSET) / 8];
}

static void gdt_fill(void)
{
    *gdt_slot(SEL_HYPERVISOR_CS) = SEGMENT_CODE64;
    *gdt_slot(SEL_HYPERVISOR_DS) = SEGMENT_DATA;
    *gdt_slot(SEL_USER_CS32) = SEGMENT_CODE32 | SEGMENT_DPL3;
    *gdt_slot(SEL_FLAT_DS) = SEGMENT_DATA | SEGMENT_DPL3;
    *gdt_slot(SEL_FLAT_CS64) = SEGMENT_CODE64 | SEGMENT_DPL3;
}

/* A 16-byte system descriptor. @limit is in bytes, below 1 MiB. */
static void gdt_set_system(uint32_t selector, uint64_t type, uint64_t base, uint64_t limit)
{
    uint64_t *slot = gdt_slot(selector);

    slot[1] = base >> 32;
    slot[0] = SYSTEM_PRESENT | type | (limit & 0xffff) | (limit & 0xf0000) << 32 |
              (base & 0xffffff) << 16 | (base & 0xff000000) << 32;
}

static uint8_t vector_ist(uint32_t vector)
{
    switch (vector) {
    case VECTOR_DOUBLE_FAULT:
        return IST_DOUBLE_FAULT;
    case VECTOR_NMI:
        return IST_NMI;
    case VECTOR_MACHINE_CHECK:
        return IST_MACHINE_CHECK;
    case VECTOR_DEBUG:
        return IST_DEBUG;
    default:
        return 0;
    }
}

static void idt_fill(const uint64_t stubs[VECTOR_COUNT])
{
    for (uint32_t vector = 0; vector < VECTOR_COUNT; vector++) {
        uint64_t target = stubs[vector];

        idt[vector] = (struct gate){
            .offset_low = (uint16_t)target,
            .selector = SEL_HYPERVISOR_CS,
            .ist = vector_ist(vector),
            .attributes = GATE_PRESENT | GATE_INTERRUPT,
            .offset_middle = (uint16_t)(target >> 16),
            .offset_high = (uint32_t)(target >> 32),
        };
    }
    for (size_t i = 0; i < ARRAY_COUNT(user_vectors); i++)
        idt[user_vectors[i]].attributes |= GATE_DPL3;
}

static uint64_t stack_top(uint64_t region, uint32_t page)
{
    return region + (page + 1) * PAGE_SIZE;
}

static void tss_fill(struct cpu *cpu)
{
    uint64_t region = (uint64_t)cpu - CPU_REGION_CPU_PAGE * PAGE_SIZE;

    cpu->tss.rsp[0] = region + CPU_REGION_SIZE;
    cpu->tss.ist[IST_DOUBLE_FAULT - 1] = stack_top(region, CPU_REGION_DF_STACK_PAGE);
    cpu->tss.ist[IST_NMI - 1] = stack_top(region, CPU_REGION_NMI_STACK_PAGE);
    cpu->tss.ist[IST_MACHINE_CHECK - 1] = stack_top(region, CPU_REGION_MC_STACK_PAGE);
    cpu->tss.ist[IST_DEBUG - 1] = stack_top(region, CPU_REGION_DB_STACK_PAGE);
    cpu->tss.io_bitmap_offset = sizeof(cpu->tss);
}

/* The tables as they are visible from @gdt_base on, for this CPU. */
static void descriptors_load(struct cpu *cpu, uint64_t gdt_base)
{
    struct descriptor_pointer gdtr = { GDT_LIMIT, gdt_base };
    struct descriptor_pointer idtr = { sizeof(idt) - 1, (uint64_t)idt };

    tss_fill(cpu);
    gdt_set_system(SEL_TSS(cpu->id), SYSTEM_TSS, (uint64_t)&cpu->tss, sizeof(cpu->tss) - 1);
    *gdt_slot(SEL_LDT(cpu->id)) = 0;

    lgdt(&gdtr);
    load_cs(SEL_HYPERVISOR_CS);
    load_ss(0);
    load_ds(0);
    load_es(0);
    load_fs(0);
    load_gs(0);
    lldt(0);
    ltr((uint16_t)SEL_TSS(cpu->id));
    lidt(&idtr);
}

void descriptors_start_early(struct cpu *cpu, const uint64_t stubs[VECTOR_COUNT])
{
    gdt_fill();
    idt_fill(stubs);
    descriptors_load(cpu, (uint64_t)early_gdt - GDT_WINDOW_OFFSET);
}

void descriptors_start_cpu(struct cpu *cpu)
{
    descriptors_load(cpu, GDT_WINDOW_VIRT);
    wrmsr(MSR_STAR, (uint64_t)SEL_USER_CS32 << 48 | (uint64_t)SEL_HYPERVISOR_CS << 32);
    wrmsr(MSR_FMASK, SYSCALL_FLAG_MASK);
}

void descriptors_set_gdt_page(void *page)
{
    memcpy(page, early_gdt, sizeof(early_gdt));
    gdt = page;
}

void descriptors_load_ldt(struct cpu *cpu, uint32_t entries)
{
    if (entries == 0) {
        lldt(0);
        return;
    }
    gdt_set_system(SEL_LDT(cpu->id), SYSTEM_LDT, LDT_WINDOW_VIRT, entries * 8UL - 1);
    lldt((uint16_t)SEL_LDT(cpu->id));
}
