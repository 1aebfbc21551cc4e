/* SPDX-License-Identifier: MIT */
/*
 * The pv bottom: start of day, time, vCPUs, end.
 *
 * The hypervisor starts this kernel in 64-bit mode with paging on and all its memory mapped, so
 * there is no processor to set up: what native/ does with tables and registers is a call here.
 */
#include "hypercall-abi/sched.h"
#include "hypercall-abi/vcpu.h"
#include "hypercall-abi/version.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "pv/event.h"
#include "pv/hypercall.h"
#include "pv/pv.h"

struct boot_info boot_info = { .bottom_name = "pv" };
struct shared_info *shared_info;

static char shared_info_page[PAGE_SIZE] __attribute__((aligned(PAGE_SIZE)));
struct start_info *start_info;
static uint32_t vcpu_count;

/* ---- end ---- */

void bottom_shutdown(enum bottom_end how)
{
    static const uint32_t reasons[] = { [BOTTOM_END_POWEROFF] = SHUTDOWN_poweroff,
                                        [BOTTOM_END_REBOOT] = SHUTDOWN_reboot,
                                        [BOTTOM_END_CRASH] = SHUTDOWN_crash };
    struct sched_shutdown shutdown = { .reason = reasons[how] };

    for (;;)
        hypercall_sched_op(SCHEDOP_shutdown, (uint64_t)&shutdown);
}

/* ---- time ---- */

uint64_t bottom_clock_ns(void)
{
    volatile const struct vcpu_time_info *time = &this_vcpu_info()->time;
    uint32_t version;
    uint64_t ns;

    do {
        version = time->version;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
        uint64_t cycles = __builtin_ia32_rdtsc() - time->tsc_timestamp;

        cycles = time->tsc_shift >= 0 ? cycles << time->tsc_shift : cycles >> -time->tsc_shift;
        ns = time->system_time +
             (uint64_t)(((unsigned __int128)cycles * time->tsc_to_system_mul) >> 32);
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((version & 1) || version != time->version);
    return ns;
}

/* ---- vCPUs ---- */

struct cpu *bottom_this_cpu(void)
{
    struct cpu *cpu;

    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(cpu) : "i"(CPU_SELF));
    return cpu;
}

uint32_t bottom_cpu_count(void)
{
    return vcpu_count;
}

static void count_vcpus(void)
{
    while (vcpu_count < CPU_LIMIT && hypercall_vcpu_op(VCPUOP_is_up, vcpu_count, 0) >= 0)
        vcpu_count++;
}

void bottom_cpu_start(struct cpu *cpu, uint64_t stack_top)
{
    static struct vcpu_guest_context context;

    context = (struct vcpu_guest_context){
        .flags = VGCF_in_kernel | VGCF_syscall_disables_events,
        .user_regs = { .rip = (uint64_t)pv_secondary_entry,
                       .rsp = stack_top,
                       .rdi = (uint64_t)cpu,
                       .rflags = 0x200,
                       .cs = FLAT_KERNEL_CS,
                       .ss = FLAT_KERNEL_SS },
        .kernel_ss = FLAT_KERNEL_SS,
        .kernel_sp = stack_top,
        .ctrlreg = { [3] = page_table_kernel_root_mfn() << PAGE_SHIFT },
        .event_callback_eip = (uint64_t)pv_event_entry,
        .failsafe_callback_eip = (uint64_t)pv_failsafe_entry,
        .syscall_callback_eip = (uint64_t)pv_syscall_entry,
        .gs_base_kernel = (uint64_t)cpu,
    };
    cpu->bottom = &shared_info->vcpu_info[cpu->id];
    MUST(hypercall_vcpu_op(VCPUOP_initialise, cpu->id, (uint64_t)&context) == 0);
    MUST(hypercall_vcpu_op(VCPUOP_up, cpu->id, 0) == 0);
}

/* What was on its way to this vCPU is handled before it goes down, and nothing new comes. */
void bottom_cpu_rest(struct cpu *cpu)
{
    event_leave_cpu(cpu->id);
    bottom_interrupts_enable();
    bottom_interrupts_disable();
    MUST(hypercall_vcpu_op(VCPUOP_down, cpu->id, 0) == 0);
}

void bottom_cpu_resume(struct cpu *cpu)
{
    while (hypercall_vcpu_op(VCPUOP_is_up, cpu->id, 0) > 0)
        hypercall_sched_op(SCHEDOP_yield, 0);
    MUST(hypercall_vcpu_op(VCPUOP_up, cpu->id, 0) == 0);
}

void pv_secondary(struct cpu *cpu)
{
    trap_init();
    event_init(cpu);
    kernel_cpu_main(cpu);
}

bool bottom_null_hypercall(void)
{
    return hypercall_xen_version(XENVER_version, 0) >= 0;
}

/* ---- start ---- */

void pv_boot(struct start_info *info)
{
    start_info = info;
    boot_info.command_line = (const char *)info->cmd_line;
    cpus[0].self = &cpus[0];
    MUST(hypercall_set_segment_base(SEGBASE_GS_KERNEL, (uint64_t)&cpus[0]) == 0);
    page_table_map_machine((uint64_t)shared_info_page, info->shared_info);
    shared_info = (struct shared_info *)shared_info_page;
    cpus[0].bottom = &shared_info->vcpu_info[0];
    trap_init();
    page_table_init(info);
    console_init(info);
    event_init(&cpus[0]);
    console_listen();
    count_vcpus();
    kernel_main();
}
