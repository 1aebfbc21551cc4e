/* SPDX-License-Identifier: MIT */
/* Who may use which port, and what is behind it (abi-facts 3.11, 6.5 and 6.6). */
#include "emulate/io_ports.h"

#include <string.h>

#include "arch/machine.h"
#include "arch/pte.h"
#include "arch/x86.h"
#include "emulate/privileged.h"
#include "fixture.h"
#include "lib/errno.h"
#include "machine_fixture.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"

#define BITMAP_ADDRESS 0xffff888000300000UL
#define BUFFER_ADDRESS 0x500000UL

static uint8_t bitmap[8193];
static uint8_t buffer[0x1000];

static void start(bool is_control)
{
    fixture_start();
    machine_fixture_start();
    fix.domain.is_control = is_control;
    spin_init(&fix.domain.lock, LOCK_DOMAIN);
    ck_assert_int_eq(io_permissions_create(&fix.domain), 0);
    fix.vcpu.iopl = 1;
    for (unsigned vector = 0; vector < 32; vector++)
        fix.vcpu.trap_table[vector].address = GUEST_HANDLER + vector;
    memset(bitmap, 0xff, sizeof(bitmap));
    memset(buffer, 0, sizeof(buffer));
    fake_guest_map(BITMAP_ADDRESS, bitmap, sizeof(bitmap), true);
    fake_guest_map(BUFFER_ADDRESS, buffer, sizeof(buffer), true);
    fake_ports.answer = 0x12345678;
}

static void check_done(unsigned length)
{
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_CODE_ADDRESS + length);
    fix.frame->rip = GUEST_CODE_ADDRESS;
}

/* ---- the domain's ports ---- */

TEST(io_ports, the_hypervisors_ports_are_an_empty_bus)
{
    static const uint16_t ports[] = { 0x20, 0x21, 0xa0, 0xa1,  0x4d0, 0x4d1, 0x40, 0x41,
                                      0x43, 0x92, 0xf0, 0xcf9, 0x3f8, 0x3ff, 0x70, 0xcf8 };

    start(true);
    for (unsigned i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
        ck_assert_uint_eq(io_port_read(&fix.domain, ports[i], 1), 0xff);
        if (ports[i] != 0x70) /* an index is kept */
            io_port_write(&fix.domain, ports[i], 1, 0x55);
    }
    ck_assert_uint_eq(fake_ports.reads + fake_ports.writes, 0);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x61, 1), 0); /* no error of the bus */
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x42, 1), 0); /* a counter that does not count */
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, the_control_domain_reaches_all_others)
{
    start(true);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x1f0, 2), 0x5678);
    ck_assert_uint_eq(fake_ports.bytes, 2);
    io_port_write(&fix.domain, 0xffff, 1, 0x99);
    ck_assert_uint_eq(fake_ports.port, 0xffff);
    ck_assert_uint_eq(fake_ports.value, 0x99);
    /* An access that reaches into a reserved port or over the end is none. */
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x1e, 4), 0xffffffff);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xffff, 4), 0xffffffff);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, other_domains_reach_what_they_are_given)
{
    start(false);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x1f0, 4), 0xffffffff);
    io_port_write(&fix.domain, 0xcf8, 4, 0x80000000);
    io_port_write(&fix.domain, 0x71, 1, 0);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xcfc, 4), 0xffffffff);
    ck_assert_uint_eq(fake_ports.reads + fake_ports.writes, 0);

    ck_assert_int_eq(io_permission_set(&fix.domain, 0x1f0, 8, true), 0);
    ck_assert(io_permission_all(&fix.domain, 0x1f0, 8));
    ck_assert(!io_permission_all(&fix.domain, 0x1f0, 9));
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x1f0, 4), 0x12345678);
    ck_assert_int_eq(io_permission_set(&fix.domain, 0x1f0, 8, false), 0);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x1f0, 1), 0xff);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, reserved_ports_cannot_be_given_and_ranges_are_checked)
{
    start(false);
    ck_assert_int_eq(io_permission_set(&fix.domain, 0, 0x10000, true), 0);
    ck_assert(!io_permission_all(&fix.domain, 0x20, 1));
    ck_assert(!io_permission_all(&fix.domain, 0x3f8, 1));
    ck_assert(io_permission_all(&fix.domain, 0x400, 1));
    ck_assert_int_eq(io_permission_set(&fix.domain, 0xffff, 2, true), -EINVAL);
    ck_assert_int_eq(io_permission_set(&fix.domain, 0x10000, 1, true), -EINVAL);
    ck_assert_int_eq(io_permission_set(&fix.domain, 0x10, 0, true), -EINVAL);
    ck_assert_int_eq(io_permission_set(&fix.domain, 1, 0xffffffff, true), -EINVAL);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, pci_configuration_has_a_latch)
{
    start(true);
    io_port_write(&fix.domain, 0xcf8, 4, 0x80001234);
    ck_assert_uint_eq(fake_ports.writes, 0); /* nothing reaches the machine yet */
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xcf8, 4), 0x80001234);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xcfe, 2), 0x5678);
    ck_assert_uint_eq(fake_ports.pci_address, 0x80001234);
    ck_assert_uint_eq(fake_ports.port, 0xcfe);
    io_port_write(&fix.domain, 0xcfc, 4, 0xabcdef);
    ck_assert_uint_eq(fake_ports.port, 0xcfc);
    ck_assert_uint_eq(fake_ports.value, 0xabcdef);
    /* Over the end of the data port. */
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xcfe, 4), 0xffffffff);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, where_a_functions_messages_go_is_not_the_control_domains)
{
    start(true);
    io_port_write(&fix.domain, 0xcf8, 4, 0x80001854);
    io_port_write(&fix.domain, 0xcfc, 4, 0xfee00000);
    io_port_write(&fix.domain, 0xcfe, 2, 0xfee0);
    ck_assert_uint_eq(fake_ports.writes, 0);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0xcfc, 4), 0x12345678);
    io_port_write(&fix.domain, 0xcf8, 4, 0x80001850);
    io_port_write(&fix.domain, 0xcfe, 2, 0x0081);
    ck_assert_uint_eq(fake_ports.port, 0xcfe);
    ck_assert_uint_eq(fake_ports.value, 0x81);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, cmos_has_a_latch_and_keeps_nmis_on)
{
    start(true);
    io_port_write(&fix.domain, 0x70, 1, 0x8a);
    ck_assert_uint_eq(fake_ports.writes, 0);
    ck_assert_uint_eq(io_port_read(&fix.domain, 0x71, 1), 0x78);
    ck_assert_uint_eq(fake_ports.cmos_index, 0x0a);
    io_port_write(&fix.domain, 0x71, 1, 0x42);
    ck_assert_uint_eq(fake_ports.port, 0x71);
    ck_assert_uint_eq(fake_ports.value, 0x42);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, no_sleep_by_way_of_pm1_control)
{
    start(true);
    machine_acpi.pm1a_control = (struct acpi_register){ 0x604, ACPI_SPACE_IO, 16 };
    io_port_write(&fix.domain, 0x604, 2, 0x3c01);
    ck_assert_uint_eq(fake_ports.value, 0x1c01);
    io_port_write(&fix.domain, 0x604, 4, 0xffffffff);
    ck_assert_uint_eq(fake_ports.value, 0xffffdfff);
    io_port_write(&fix.domain, 0x605, 1, 0x3c);
    ck_assert_uint_eq(fake_ports.value, 0x1c);
    io_port_write(&fix.domain, 0x602, 4, 0xffffffff);
    ck_assert_uint_eq(fake_ports.value, 0xdfffffff);
    io_port_write(&fix.domain, 0x604, 1, 0xff);
    ck_assert_uint_eq(fake_ports.value, 0xff);
    io_port_write(&fix.domain, 0x606, 2, 0xffff);
    ck_assert_uint_eq(fake_ports.value, 0xffff);
    io_permissions_destroy(&fix.domain);
}

/* ---- the guest's mode ---- */

TEST(io_ports, iopl_counts_the_kernel_as_ring_1_or_0)
{
    start(true);
    fix.vcpu.iopl = 0;
    ck_assert(!guest_has_iopl(&fix.vcpu));
    fix.domain.vm_assist = 1u << VMASST_TYPE_architectural_iopl;
    ck_assert(guest_has_iopl(&fix.vcpu));
    fix.domain.vm_assist = 0;
    fix.vcpu.iopl = 1;
    ck_assert(guest_has_iopl(&fix.vcpu));
    fixture_enter_user();
    fix.vcpu.iopl = 2;
    ck_assert(!guest_has_iopl(&fix.vcpu));
    fix.vcpu.iopl = 3;
    ck_assert(guest_has_iopl(&fix.vcpu));
    io_permissions_destroy(&fix.domain);
}

static void use_bitmap(uint32_t ports)
{
    struct physdev_set_iobitmap op = { .bitmap = BITMAP_ADDRESS, .nr_ports = ports };

    fix.vcpu.iopl = 0;
    ck_assert_int_eq(physdev_op_set_iobitmap(&fix.vcpu, &op), 0);
}

TEST(io_ports, the_bitmap_permits_single_ports_to_user_mode)
{
    start(true);
    use_bitmap(0x10000);
    fixture_enter_user();
    bitmap[0x60 / 8] &= (uint8_t) ~(1u << 0x60 % 8);
    ck_assert(guest_may_use_ports(&fix.vcpu, 0x60, 1));
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x61, 1));
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x60, 2)); /* all of them must be permitted */
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x5f, 2));
    bitmap[0x5f / 8] &= (uint8_t) ~(1u << 0x5f % 8);
    ck_assert(guest_may_use_ports(&fix.vcpu, 0x5f, 2)); /* across two bytes */
    /* The bitmap is read through the kernel's page tables, and the mode is as before. */
    ck_assert_uint_ge(fake_x86.cr3_writes, 2);
    ck_assert_uint_eq(fake_x86.cr3, FIXTURE_USER_CR3);
    ck_assert_uint_eq(fix.vcpu.in_kernel, 0);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, the_bitmap_ends_where_the_guest_says)
{
    start(true);
    memset(bitmap, 0, sizeof(bitmap));
    use_bitmap(0x64);
    ck_assert(guest_may_use_ports(&fix.vcpu, 0x63, 1));
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x63, 2));
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x64, 1));
    use_bitmap(0x10000);
    ck_assert(guest_may_use_ports(&fix.vcpu, 0xffff, 1));
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0xffff, 2));
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, a_bitmap_that_cannot_be_read_permits_nothing)
{
    start(true);
    use_bitmap(0x10000);
    memset(bitmap, 0, sizeof(bitmap));
    fake_guest_unmap_all();
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x60, 1));
    fix.vcpu.io_bitmap = 0;
    ck_assert(!guest_may_use_ports(&fix.vcpu, 0x60, 1));
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, registration_is_checked)
{
    struct physdev_set_iobitmap op = { .bitmap = 0xffff810000000000, .nr_ports = 8 };
    struct physdev_set_iopl level = { .iopl = 4 };

    start(true);
    ck_assert_int_eq(physdev_op_set_iobitmap(&fix.vcpu, &op), -EINVAL);
    op = (struct physdev_set_iobitmap){ .bitmap = BITMAP_ADDRESS, .nr_ports = 0x10001 };
    ck_assert_int_eq(physdev_op_set_iobitmap(&fix.vcpu, &op), -EINVAL);
    ck_assert_uint_eq(fix.vcpu.io_bitmap, 0);
    ck_assert_int_eq(physdev_op_set_iopl(&fix.vcpu, &level), -EINVAL);
    level.iopl = 3;
    ck_assert_int_eq(physdev_op_set_iopl(&fix.vcpu, &level), 0);
    ck_assert_uint_eq(fix.vcpu.iopl, 3);
    io_permissions_destroy(&fix.domain);
}

/* ---- the instructions ---- */

TEST(io_ports, in_merges_into_rax_as_the_processor_does)
{
    start(true);
    fix.frame->rdx = 0xabcd01f0;
    fix.frame->rax = ~0UL;
    fixture_code(0xec);
    check_done(1);
    ck_assert_uint_eq(fix.frame->rax, 0xffffffffffffff78);
    fixture_code(0x66, 0xed);
    check_done(2);
    ck_assert_uint_eq(fix.frame->rax, 0xffffffffffff5678);
    fixture_code(0xed);
    check_done(1);
    ck_assert_uint_eq(fix.frame->rax, 0x12345678);
    ck_assert_uint_eq(fake_ports.port, 0x1f0);
    ck_assert_uint_eq(fake_ports.bytes, 4);
    fixture_code(0xe4, 0xff);
    check_done(2);
    ck_assert_uint_eq(fake_ports.port, 0xff);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, out_writes_its_width)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rax = 0x1122334455667788;
    fixture_code(0x66, 0xef);
    check_done(2);
    ck_assert_uint_eq(fake_ports.value, 0x7788);
    ck_assert_uint_eq(fake_ports.bytes, 2);
    fixture_code(0xe6, 0x80);
    check_done(2);
    ck_assert_uint_eq(fake_ports.value, 0x88);
    ck_assert_uint_eq(fake_ports.port, 0x80);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, without_permission_the_instruction_faults)
{
    start(true);
    fix.vcpu.iopl = 0;
    fixture_code(0xec);
    ck_assert(!emulate_privileged(&fix.vcpu, fix.frame));
    fixture_code(0x6c);
    ck_assert(!emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fake_ports.reads, 0);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, insw_fills_memory)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = BUFFER_ADDRESS;
    fix.frame->rcx = 3;
    fixture_code(0x66, 0xf3, 0x6d);
    check_done(3);
    ck_assert_uint_eq(fake_ports.reads, 3);
    ck_assert_uint_eq(fix.frame->rcx, 0);
    ck_assert_uint_eq(fix.frame->rdi, BUFFER_ADDRESS + 6);
    ck_assert_uint_eq(buffer[4], 0x78);
    ck_assert_uint_eq(buffer[5], 0x56);
    ck_assert_uint_eq(buffer[6], 0);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, outs_reads_memory_backwards_with_df)
{
    start(true);
    memcpy(buffer, "\x01\x02\x03\x04\x05\x06\x07\x08", 8);
    fix.frame->rdx = 0x1f0;
    fix.frame->rsi = BUFFER_ADDRESS + 4;
    fix.frame->rcx = 2;
    fix.frame->rflags |= RFLAGS_DF;
    fixture_code(0xf3, 0x6f);
    check_done(2);
    ck_assert_uint_eq(fake_ports.writes, 2);
    ck_assert_uint_eq(fake_ports.value, 0x04030201);
    ck_assert_uint_eq(fix.frame->rsi, BUFFER_ADDRESS - 4);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, a_string_without_rep_moves_one_item)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = BUFFER_ADDRESS;
    fix.frame->rcx = 100;
    fixture_code(0x6c);
    check_done(1);
    ck_assert_uint_eq(fake_ports.reads, 1);
    ck_assert_uint_eq(fix.frame->rcx, 100);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, rep_with_zero_count_does_nothing)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = 0x10; /* not even memory */
    fixture_code(0xf3, 0x6c);
    check_done(2);
    ck_assert_uint_eq(fake_ports.reads, 0);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, a_long_rep_is_done_in_pieces)
{
    unsigned rounds = 0;

    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = BUFFER_ADDRESS;
    fix.frame->rcx = 1000;
    fixture_code(0xf3, 0x6c);
    while (fix.frame->rip == GUEST_CODE_ADDRESS) {
        uint64_t before = fix.frame->rcx;

        ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
        ck_assert_uint_le(before - fix.frame->rcx, 64);
        rounds++;
    }
    ck_assert_uint_ge(rounds, 1000 / 64);
    ck_assert_uint_eq(fake_ports.reads, 1000);
    ck_assert_uint_eq(fix.frame->rdi, BUFFER_ADDRESS + 1000);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, a_fault_in_a_string_is_the_guests_with_the_progress_made)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = BUFFER_ADDRESS + 0xffe;
    fix.frame->rcx = 5;
    fixture_code(0xf3, 0x6c);
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    ck_assert_uint_eq(fix.vcpu.info->arch.cr2, BUFFER_ADDRESS + 0x1000);
    ck_assert_uint_eq(fix.frame->rcx, 3);
    ck_assert_uint_eq(fix.frame->rdi, BUFFER_ADDRESS + 0x1000);
    ck_assert_uint_eq(fixture_stack(fix.frame->rsp)[2], PF_WRITE);
    io_permissions_destroy(&fix.domain);
}

TEST(io_ports, a_string_into_the_hypervisor_faults)
{
    start(true);
    fix.frame->rdx = 0x1f0;
    fix.frame->rdi = 0xffff820000000000;
    fixture_code(0x6c);
    ck_assert(emulate_privileged(&fix.vcpu, fix.frame));
    ck_assert_uint_eq(fix.frame->rip, GUEST_HANDLER + 14);
    io_permissions_destroy(&fix.domain);
}
