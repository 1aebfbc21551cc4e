/* SPDX-License-Identifier: MIT */
/* The table of options: their targets, limits, and one line for what is wrong. */
#include <string.h>

#include "arch/reboot.h"
#include "boot/command_line.h"
#include "console/printk.h"
#include "hypercall/dispatch.h"
#include "lib/errno.h"
#include "support/unit.h"

/* The console's parsers have tests of their own. */
uint64_t log_ring_bytes_wanted;
bool machine_noreboot;
static const char *console_seen;

int console_option_console(const char *value)
{
    console_seen = value[0] ? "console" : "console without value";
    return 0;
}

int console_option_com1(const char *value)
{
    return value[0] ? 0 : -EINVAL;
}

int console_option_loglvl(const char *value)
{
    return value[0] ? 0 : -EINVAL;
}

int hypercall_option_trace(const char *value)
{
    (void)value;
    return 0;
}

int console_option_guest_loglvl(const char *value)
{
    return value[0] ? 0 : -EINVAL;
}

static char error[200];

static int apply(const char *line)
{
    error[0] = '\0';
    return command_line_apply(line, error, sizeof(error));
}

TEST(command_line, reaches_every_target)
{
    ck_assert_int_eq(apply("console=com1 com1=115200 loglvl=all guest_loglvl=all conring_size=1M "
                           "noreboot maxcpus=3 smap=1 dom0_mem=512M,max:1G dom0_max_vcpus=2 "
                           "dom0_vcpus_pin "
                           "provoke=ud"),
                     0);
    ck_assert_str_eq(console_seen, "console");
    ck_assert_uint_eq(log_ring_bytes_wanted, 1UL << 20);
    ck_assert(machine_noreboot);
    ck_assert_uint_eq(boot_options.max_cpus, 3);
    ck_assert(boot_options.smap);
    ck_assert_int_eq(boot_options.dom0_mem.bytes, 512L << 20);
    ck_assert_int_eq(boot_options.dom0_mem.max_bytes, 1L << 30);
    ck_assert_uint_eq(boot_options.dom0_max_vcpus, 2);
    ck_assert(boot_options.dom0_vcpus_pin);
    ck_assert_str_eq(boot_options.provoke, "ud");
}

TEST(command_line, starts_from_sensible_defaults)
{
    ck_assert_int_eq(apply(""), 0);
    ck_assert_uint_eq(boot_options.max_cpus, MAX_CPUS);
    ck_assert(!boot_options.smap);
    ck_assert(!machine_noreboot);
    ck_assert_str_eq(boot_options.provoke, "");
}

TEST(command_line, names_the_word_that_it_does_not_know)
{
    ck_assert_int_eq(apply("noreboot frobnicate=7"), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "frobnicate"));
    ck_assert(machine_noreboot); /* what came before counts, or a failed boot would not halt */
}

TEST(command_line, limits_the_number_of_cpus)
{
    ck_assert_int_eq(apply("maxcpus=0"), 0);
    ck_assert_uint_eq(boot_options.max_cpus, 1); /* Xen: the boot CPU alone */
    ck_assert_int_eq(apply("maxcpus=65"), -EINVAL);
    ck_assert_ptr_nonnull(strstr(error, "maxcpus"));
    ck_assert_int_eq(apply("maxcpus=4x"), -EINVAL);
    ck_assert_int_eq(apply("maxcpus"), -EINVAL);
}

TEST(command_line, keeps_what_is_to_be_provoked_short)
{
    ck_assert_int_eq(apply("provoke="), -EINVAL);
    ck_assert_int_eq(apply("provoke=0123456789abcdef"), -EINVAL);
}
