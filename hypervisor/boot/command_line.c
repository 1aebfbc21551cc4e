/* SPDX-License-Identifier: MIT */
/* The table of all options. Names are Xen's where Xen has the option. */
#include "boot/command_line.h"

#include "arch/layout.h"
#include "arch/mitigations.h"
#include "arch/reboot.h"
#include "console/printk.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "lib/string.h"

struct boot_options boot_options = {
    .max_cpus = MAX_CPUS,
};

static int option_maxcpus(const char *value)
{
    uint64_t number;

    if (!parse_number(&value, 0, &number) || *value || number > MAX_CPUS)
        return -EINVAL;
    boot_options.max_cpus = number ? (uint32_t)number : 1;
    return 0;
}

static int option_provoke(const char *value)
{
    size_t length = strlen(value);

    if (!DEBUG_BUILD || length == 0 || length >= sizeof(boot_options.provoke))
        return -EINVAL;
    memcpy(boot_options.provoke, value, length + 1);
    return 0;
}

/* clang-format off */
static const struct option options[] = {
    { "console", OPTION_CUSTOM, NULL, console_option_console, "com1 or none; default com1" },
    { "com1", OPTION_CUSTOM, NULL, console_option_com1,
      "baud[/clock][,8n1[,port[,irq]]]; default 115200,8n1,0x3f8,4" },
    { "loglvl", OPTION_CUSTOM, NULL, console_option_loglvl, "error, warning, info, debug or all" },
    { "guest_loglvl", OPTION_CUSTOM, NULL, console_option_guest_loglvl,
      "error, warning, info, debug or all" },
    { "conring_size", OPTION_SIZE, &log_ring_bytes_wanted, NULL,
      "bytes of log that are kept; default 64K" },
    { "noreboot", OPTION_BOOL, &machine_noreboot, NULL, "halt after a fatal error" },
    { "maxcpus", OPTION_CUSTOM, NULL, option_maxcpus, "most CPUs to use, 1 to 64" },
    { "smap", OPTION_BOOL, &boot_options.smap, NULL,
      "supervisor mode access prevention; default off" },
    { "mitigations", OPTION_CUSTOM, NULL, mitigations_option,
      "against speculation: auto (what this CPU needs) or off" },
    { "spec-ctrl", OPTION_CUSTOM, NULL, mitigations_option_spec_ctrl,
      "the same as a boolean, and single measures by name; see docs/mitigations.md" },
    { "dom0_mem", OPTION_SIZE_LIMITS, &boot_options.dom0_mem, NULL,
      "memory of the control domain: size, min:size, max:size" },
    { "dom0_max_vcpus", OPTION_UINT, &boot_options.dom0_max_vcpus, NULL,
      "vCPUs of the control domain" },
    { "dom0_vcpus_pin", OPTION_BOOL, &boot_options.dom0_vcpus_pin, NULL,
      "keep each vCPU of the control domain on the CPU of its number" },
    { "hypercall_trace", OPTION_CUSTOM, NULL, hypercall_option_trace,
      "log hypercalls: all, or numbers separated by commas" },
    { "selftest", OPTION_BOOL, &boot_options.selftest, NULL,
      "test CPUs, timers and interrupts at boot (debug builds)" },
    { "test_domains", OPTION_UINT, &boot_options.test_domains, NULL,
      "start so many more domains from the same kernel (debug builds)" },
    { "provoke", OPTION_CUSTOM, NULL, option_provoke,
      "break something on purpose (debug builds)" },
};
/* clang-format on */

int command_line_apply(const char *line, char *error, size_t error_bytes)
{
    return options_parse(line, options, ARRAY_COUNT(options), error, error_bytes);
}
