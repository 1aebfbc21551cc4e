/* SPDX-License-Identifier: MIT */
/*
 * With the assist runstate_update_flag a runstate area says while it changes, so that another vCPU reads it consistently: the
 * four times then add up to the same age at any time. Without it bit 63 is never set. (abi-facts 6.8)
 *
 * Machine: cpus=2
 */
#include "events.h"

static volatile struct vcpu_runstate_info area;
static volatile bool is_over;
static uint32_t port;

static void sleep_and_wake(uint32_t id)
{
    (void)id;
    while (!is_over) {
        struct sched_poll poll = { .ports = (uint64_t)&port,
                                   .nr_ports = 1,
                                   .timeout = system_time() + 20000 };

        (void)hypercall(sched_op, SCHEDOP_poll, &poll);
    }
}

/* When the vCPU was made, by a consistent reading of its area. */
static uint64_t birth(void)
{
    struct vcpu_runstate_info copy;

    do {
        copy.state_entry_time = area.state_entry_time;
        barrier();
        for (unsigned i = 0; i < 4; i++)
            copy.time[i] = area.time[i];
        copy.state = area.state;
        barrier();
    } while (copy.state_entry_time & XEN_RUNSTATE_UPDATE ||
             copy.state_entry_time != area.state_entry_time);
    return copy.state_entry_time - copy.time[0] - copy.time[1] - copy.time[2] - copy.time[3];
}

void test_main(void)
{
    struct vcpu_register_runstate_memory_area op = { .addr.v = (uint64_t)&area };
    uint64_t first, entry_time;
    unsigned changes = 0;

    require_eq(hypercall(vm_assist, VMASST_CMD_enable, VMASST_TYPE_runstate_update_flag), 0, "on");
    port = port_ipi(1);
    event_mask(port, true);
    require_eq(hypercall(vcpu_op, VCPUOP_register_runstate_memory_area, 1, &op), 0, "an area");
    expect_eq(area.state, RUNSTATE_offline, "the state before it is up");
    require_eq(vcpu_start(1, sleep_and_wake), 0, "vCPU 1");
    while (area.state == RUNSTATE_offline)
        cpu_relax();
    first = birth();
    entry_time = area.state_entry_time;
    while (changes < 300) {
        uint64_t now = birth();

        if (now != first) {
            failure("the times add up to %ld more", (long)(now - first));
            break;
        }
        changes += area.state_entry_time != entry_time;
        entry_time = area.state_entry_time;
    }
    require_eq(hypercall(vm_assist, VMASST_CMD_disable, VMASST_TYPE_runstate_update_flag), 0,
               "off");
    for (unsigned i = 0; i < 20000; i++) {
        if (area.state_entry_time >> 63 && i > 1000) {
            failure("bit 63 is set without the assist");
            break;
        }
    }
    is_over = true;
    vcpu_wait(1);
}
