/* SPDX-License-Identifier: MIT */
/*
 * Where both bottoms arrive. Reading order: bottom.h, this file, page.c, thread.c, semaphore.c, vm.c,
 * process.c, syscall.c; then native/boot.c or pv/boot.c.
 */
#include "devices/tests.h"
#include "kernel/bottom.h"
#include "kernel/measure.h"
#include "kernel/page.h"
#include "kernel/print.h"
#include "kernel/process.h"
#include "kernel/text.h"
#include "kernel/thread.h"

static void start_other_cpus(void)
{
    static char stacks[CPU_LIMIT][KERNEL_STACK] __attribute__((aligned(PAGE_SIZE)));
    uint32_t count = bottom_cpu_count();

    for (uint32_t id = 1; id < count; id++) {
        cpus[id].self = &cpus[id];
        cpus[id].id = id;
        bottom_cpu_start(&cpus[id], (uint64_t)stacks[id] + KERNEL_STACK);
        while (!cpus[id].is_up)
            __builtin_ia32_pause();
    }
}

static void start_first_process(void)
{
    char name[32] = "hello";

    option_value(boot_info.command_line, "init", name, sizeof(name));
    if (!program_find(name))
        panic("init=%s: there is no such built-in program\n", name);
    if (process_start_first(name))
        panic("init=%s: not enough memory to load it\n", name);
}

/*
 * The first thread: devices, the tests asked for, the first process. A machine that was asked
 * for tests alone ends after them; one that has to `stay` waits for what comes from outside.
 */
static void begin(void *argument)
{
    (void)argument;
    enum devices_result result = devices_run();

    if (option_is_set(boot_info.command_line, "stay"))
        return;
    if (result != DEVICES_NO_TEST && !option_is_set(boot_info.command_line, "init"))
        bottom_shutdown(result == DEVICES_PASSED ? BOTTOM_END_POWEROFF : BOTTOM_END_CRASH);
    start_first_process();
}

void kernel_main(void)
{
    page_init();
    thread_init();
    bottom_this_cpu()->is_up = true;
    print("pvguest on %s: %u CPU%s, %lu pages of memory, %lu free\n", boot_info.bottom_name,
          bottom_cpu_count(), bottom_cpu_count() == 1 ? "" : "s", boot_info.page_count,
          page_free_count());
    start_other_cpus();
    struct thread *thread = thread_create(begin, NULL);

    MUST(thread);
    thread_start(thread);
    thread_idle();
}

void kernel_cpu_main(struct cpu *cpu)
{
    thread_init();
    cpu->is_up = true;
    thread_idle();
}

void kernel_ipi(void)
{
    bottom_this_cpu()->wants_switch = true;
    cpu_take_timers();
    measure_ipi();
}
