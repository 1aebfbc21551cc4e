/* SPDX-License-Identifier: MIT */
/* What the command line wants of the devices; pvguest/README.md lists its words. */
#include "devices/block.h"
#include "devices/tests.h"
#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/text.h"

#define REQUESTS_OF_A_DEPTH 64u
#define SEED                20260101u
#define DEVICE_WAIT_S       60u

uint64_t device_deadline_ns(void)
{
    uint64_t seconds = option_number(boot_info.command_line, "devicewait", DEVICE_WAIT_S);

    return bottom_clock_ns() + seconds * 1000000000;
}

static bool run_block_test(const char *line)
{
    char name[BLOCK_NAME_BYTES] = "";
    bool is_named = option_value(line, "blocktest", name, sizeof(name));

    return block_test(is_named ? name : NULL,
                      option_number(line, "blocktest.requests", REQUESTS_OF_A_DEPTH),
                      option_number(line, "blocktest.seed", SEED));
}

enum devices_result devices_run(void)
{
    const char *line = boot_info.command_line;
    enum devices_result result = DEVICES_NO_TEST;
    uint64_t cpu_times = option_number(line, "cputest", 0);

    bottom_devices_start();
    if (option_is_set(line, "blocktest"))
        result = run_block_test(line) ? DEVICES_PASSED : DEVICES_FAILED;
    if (cpu_times && !cpu_test(cpu_times))
        result = DEVICES_FAILED;
    else if (cpu_times && result == DEVICES_NO_TEST)
        result = DEVICES_PASSED;
    enum devices_result net_result = net_run();

    return net_result > result ? net_result : result;
}
