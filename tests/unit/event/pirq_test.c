/* SPDX-License-Identifier: MIT */
/* Interrupts of devices on their way to a port (abi-facts 6.1, 6.2, 6.4). */
#include "event/pirq.h"

#include <pthread.h>
#include <sched.h>

#include "arch/interrupt.h"
#include "arch/ioapic.h"
#include "arch/machine.h"
#include "event/evtchn_ops.h"
#include "event/irq.h"
#include "event/pci_device.h"
#include "lib/errno.h"
#include "pvmmu/mmio.h"
#include "support/fake_arch/fake_devices.h"
#include "support/fake_arch/fake_machine.h"
#include "support/unit.h"
#include "unit/event/world.h"

#define MAX_PORT   1023u
#define TABLE_BAR  0xfebf0000u
#define MASKED     (1u << 16)
#define LEVEL      (1u << 15)
#define ACTIVE_LOW (1u << 13)

static const struct pci_function card = { .bus = 1, .devfn = 0x08 };
static uint32_t *registers; /* of the card */

/* ---- what lies to the left ---- */

struct acpi_info machine_acpi;
static enum mmio_access access_of_all = MMIO_WRITABLE;

enum mmio_access mmio_access(const struct domain *domain, const struct domain *named, mfn_t frame)
{
    (void)domain, (void)named, (void)frame;
    return access_of_all;
}

/* ---- the machine ---- */

/* The control domain with an IO-APIC, and a card with MSI for 4 messages and MSI-X for 3. */
static void start(void)
{
    world_start(MAX_PORT);
    fake_devices_start();
    ioapic_set_isa_route(9, (struct isa_route){ .gsi = 9, .is_level = true });
    ck_assert_int_eq(irq_init(), 0);
    for (unsigned i = 0; i < 3; i++)
        ck_assert_int_eq(pirq_domain_create(d[i]), 0);
    registers = fake_pci_function(card.bus, card.devfn);
    fake_pci_add_msi(registers, 0x50, 2u << 1 | 0x180);
    fake_pci_add_msix(registers, 0x70, 3, 0x0);
    registers[1] |= PCI_COMMAND_MEMORY;
    registers[0x10 / 4] = TABLE_BAR;
    access_of_all = MMIO_WRITABLE;
    fake_requests.interrupts_ended = 0;
}

static int bind(uint32_t pirq)
{
    struct evtchn_bind_pirq op = { .pirq = pirq };
    long error = evtchn_op_bind_pirq(d[0]->vcpus[0], &op);

    return error ? (int)error : (int)op.port;
}

static uint32_t map_line_and_bind(uint32_t gsi)
{
    uint32_t pirq;
    int port;

    ck_assert_int_eq(pirq_map_line(d[0], gsi, (int32_t)gsi, &pirq), 0);
    ck_assert_uint_eq(pirq, gsi);
    port = bind(pirq);
    ck_assert_int_gt(port, 0);
    return (uint32_t)port;
}

static uint32_t vector_of_pin(uint32_t gsi)
{
    return fake_ioapic_pin(gsi) & 0xff;
}

static bool pin_is_masked(uint32_t gsi)
{
    return fake_ioapic_pin(gsi) & MASKED;
}

/* The pin raises its interrupt, if it is let through. */
static void raise(uint32_t gsi)
{
    if (!pin_is_masked(gsi))
        interrupt_dispatch(vector_of_pin(gsi));
}

static bool take(uint32_t port)
{
    bool was_pending = is_pending(d[0], port);

    d[0]->shared->evtchn_pending[port / 64] &= ~(1UL << (port % 64));
    return was_pending;
}

static int map_msi(uint32_t count, uint32_t *pirq)
{
    struct irq_messages messages = { .function = card, .count = count };

    return pirq_map_messages(d[0], &messages, PIRQ_ANY, pirq);
}

/* ---- lines ---- */

TEST(pirq, other_domains_have_none)
{
    struct evtchn_bind_pirq op = { .pirq = 8 };
    uint32_t pirq;
    bool needs_end;

    start();
    ck_assert_ptr_null(d[1]->pirqs);
    ck_assert_int_eq(pirq_map_line(d[1], 8, PIRQ_ANY, &pirq), -EPERM);
    ck_assert_int_eq(pirq_unmap(d[1], 8), -EPERM);
    ck_assert_int_eq(pirq_reserve(d[1], &pirq), -EPERM);
    ck_assert_int_eq(pirq_end(d[1], 8), -EINVAL);
    ck_assert_int_eq(pirq_needs_end(d[1], 8, &needs_end), -EINVAL);
    ck_assert_int_eq(evtchn_op_bind_pirq(d[1]->vcpus[0], &op), -EPERM);
    ck_assert_uint_eq(d[1]->events->bound_count, 0);
}

TEST(pirq, a_line_has_the_number_of_its_gsi)
{
    uint32_t pirq;

    start();
    ck_assert_int_eq(pirq_map_line(d[0], 8, PIRQ_ANY, &pirq), 0);
    ck_assert_uint_eq(pirq, 8);
    ck_assert_int_eq(pirq_map_line(d[0], 8, 8, &pirq), 0); /* again */
    ck_assert_int_eq(pirq_map_line(d[0], 8, 30, &pirq), -EEXIST);
    ck_assert_int_eq(pirq_map_line(d[0], 7, 8, &pirq), -EEXIST);
    ck_assert_int_eq(pirq_map_line(d[0], 7, 100, &pirq), 0);
    ck_assert_uint_eq(pirq, 100);
    ck_assert_int_eq(pirq_map_line(d[0], FAKE_IOAPIC_PINS, PIRQ_ANY, &pirq), -EINVAL);
    ck_assert_int_eq(pirq_map_line(d[0], 6, 0, &pirq), -EINVAL);
    ck_assert_int_eq(pirq_map_line(d[0], 6, 100000, &pirq), -EINVAL);
}

TEST(pirq, a_line_that_is_only_mapped_stays_masked)
{
    uint32_t pirq;

    start();
    ck_assert_int_eq(pirq_map_line(d[0], 8, 8, &pirq), 0);
    ck_assert_uint_eq(fake_ioapic_pin(8), MASKED);
    ck_assert_int_eq(bind(9), -EINVAL); /* not mapped */
    ck_assert_int_eq(bind(0), -EINVAL);
    ck_assert_int_eq(bind(0xffffffff), -EINVAL);
    ck_assert_uint_eq(d[0]->events->bound_count, 0);
}

TEST(pirq, an_edge_comes_through_each_time)
{
    uint32_t port;

    start();
    port = map_line_and_bind(8);
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(8) & ~0xffu, 0); /* edge, high, let through */
    ck_assert_int_eq(status_of(d[0], DOMID_SELF, port).status, EVTCHNSTAT_pirq);
    ck_assert_int_eq(status_of(d[0], DOMID_SELF, port).u.pirq, 8);
    raise(8);
    ck_assert(take(port));
    raise(8);
    raise(8);
    ck_assert(take(port));
    ck_assert_uint_eq(fake_requests.interrupts_ended, 3);
    ck_assert_int_eq(pirq_end(d[0], 8), 0); /* harmless */
    ck_assert_int_eq(send(d[0], port), -EINVAL);
    ck_assert_int_eq(bind(8), -EEXIST);
}

TEST(pirq, a_level_waits_for_the_guest)
{
    uint32_t port;

    start();
    port = map_line_and_bind(20); /* of the PCI bus: level, low */
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(20) & ~0xffu, LEVEL | ACTIVE_LOW);
    raise(20);
    ck_assert(pin_is_masked(20));
    ck_assert_uint_eq(fake_requests.interrupts_ended, 1); /* no CPU waits for the guest */
    ck_assert(take(port));
    /* One that was under way. */
    interrupt_dispatch(vector_of_pin(20));
    ck_assert(!take(port));
    ck_assert(pin_is_masked(20));
    ck_assert_int_eq(pirq_end(d[0], 20), 0);
    raise(20);
    ck_assert(take(port));
}

TEST(pirq, trigger_and_polarity_are_those_of_firmware_until_the_guest_sets_them)
{
    start();
    ck_assert_int_eq(irq_line_set(21, false, false), 0);
    ck_assert_int_eq(irq_line_set(FAKE_IOAPIC_PINS, true, true), -EINVAL);
    map_line_and_bind(21);
    map_line_and_bind(9);
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(21) & ~0xffu, 0);
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(9) & ~0xffu, LEVEL);
    ck_assert_int_eq(irq_line_set(21, true, true), -EBUSY);
    ck_assert_int_eq(irq_line_set(21, false, false), 0);
}

TEST(pirq, a_line_of_the_hypervisors_is_mapped_but_not_bound)
{
    bool is_level, is_active_low;
    uint32_t pirq;

    start();
    ck_assert(irq_line_reserve(4, &is_level, &is_active_low));
    ck_assert(!irq_line_reserve(FAKE_IOAPIC_PINS, &is_level, &is_active_low));
    ck_assert_int_eq(pirq_map_line(d[0], 4, 4, &pirq), 0);
    ck_assert_int_eq(bind(4), -EBUSY);
    ck_assert_uint_eq(fake_ioapic_pin(4), MASKED);
    ck_assert_uint_eq(d[0]->events->bound_count, 0);
}

TEST(pirq, closing_masks_and_gives_the_vector_back)
{
    uint32_t port, vector;

    start();
    port = map_line_and_bind(20);
    vector = vector_of_pin(20);
    raise(20);
    ck_assert_int_eq(close_port(d[0], port), 0);
    ck_assert(pin_is_masked(20));
    ck_assert_int_eq(pirq_end(d[0], 20), -EINVAL);
    /* One that was under way finds nobody. */
    interrupt_dispatch(vector);
    ck_assert_uint_eq(d[0]->events->bound_count, 0);
    ck_assert_int_eq(bind(20), (int)port);
    ck_assert(!pin_is_masked(20));
    ck_assert(!is_pending(d[0], port));
    ck_assert_uint_ne(vector_of_pin(20), vector);
}

TEST(pirq, vectors_come_back)
{
    uint32_t pirq;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(close_port(d[0], map_line_and_bind(20)), 0);
    for (unsigned i = 0; i < 500; i++) {
        int port = bind(20);

        ck_assert_int_gt(port, 0);
        ck_assert_int_eq(close_port(d[0], (uint32_t)port), 0);
        ck_assert_int_eq(map_msi(4, &pirq), 0);
        ck_assert_int_eq(pirq_unmap(d[0], pirq), 0);
    }
}

/* Interrupts arrive on one CPU while another binds, moves, ends and closes. */
#define RACE_ROUNDS 2000u

static _Atomic bool race_is_over;
static _Atomic uint32_t arrivals;

static void *arrive(void *unused)
{
    (void)unused;
    fake_cpu_become(1);
    while (!race_is_over) {
        interrupt_dispatch(vector_of_pin(20));
        arrivals++;
    }
    return NULL;
}

/* Until an interrupt that began after now has been dealt with. */
static void wait_for_arrival(void)
{
    uint32_t before = arrivals;

    while (arrivals - before < 2)
        sched_yield();
}

TEST(pirq, a_closed_port_is_not_touched_by_an_interrupt_under_way)
{
    pthread_t other;

    start();
    ck_assert_int_eq(close_port(d[0], map_line_and_bind(20)), 0);
    ck_assert_int_eq(pthread_create(&other, NULL, arrive, NULL), 0);
    for (unsigned i = 0; i < RACE_ROUNDS; i++) {
        uint32_t port = (uint32_t)bind(20);

        wait_for_arrival();
        ck_assert(take(port));
        ck_assert_int_eq(bind_vcpu(d[0], port, i % 2), 0);
        ck_assert_int_eq(pirq_end(d[0], 20), 0);
        ck_assert_int_eq(close_port(d[0], port), 0);
        ck_assert(!is_pending(d[0], port));
        wait_for_arrival();
        ck_assert(!is_pending(d[0], port));
    }
    race_is_over = true;
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    ck_assert(world_check());
}

TEST(pirq, unmapping_takes_it_from_the_port)
{
    uint32_t port;

    start();
    port = map_line_and_bind(20);
    ck_assert_int_eq(pirq_unmap(d[0], 20), 0);
    ck_assert(pin_is_masked(20));
    ck_assert_int_eq(pirq_unmap(d[0], 20), -EINVAL);
    ck_assert_int_eq(pirq_unmap(d[0], 0xffffffff), -EINVAL);
    /* The number may be another port's by the time that this one is closed. */
    uint32_t other = map_line_and_bind(20);
    ck_assert_int_eq(close_port(d[0], port), 0);
    raise(20);
    ck_assert(take(other));
}

TEST(pirq, an_interrupt_arrives_where_its_vcpu_is)
{
    uint32_t port;

    start();
    d[0]->vcpus[1]->processor = 1;
    port = map_line_and_bind(20);
    ck_assert_uint_eq(fake_ioapic_pin(20) >> 56, cpu_by_id(0)->apic_id);
    ck_assert_int_eq(bind_vcpu(d[0], port, 1), 0);
    ck_assert_uint_eq(fake_ioapic_pin(20) >> 56, cpu_by_id(1)->apic_id);
    ck_assert(!pin_is_masked(20));
    raise(20);
    ck_assert_int_eq(bind_vcpu(d[0], port, 0), 0);
    ck_assert(pin_is_masked(20)); /* still the guest's turn */
}

/* One that arrives elsewhere all the time is sent after its vCPU, wherever the scheduler put it. */
TEST(pirq, an_interrupt_follows_its_vcpu)
{
    uint32_t port, sent = 0;

    start();
    port = map_line_and_bind(8);
    d[0]->vcpus[0]->processor = 1;
    while (fake_ioapic_pin(8) >> 56 != cpu_by_id(1)->apic_id) {
        raise(8);
        ck_assert(take(port));
        ck_assert_uint_lt(++sent, 100);
    }
    ck_assert_uint_gt(sent, 1);
    raise(8);
    ck_assert(take(port));
}

/* ---- messages ---- */

static int map_msix(uint32_t entry, uint32_t *pirq)
{
    struct irq_messages messages = {
        .function = card, .is_msix = true, .count = 1, .entry = entry, .bar = TABLE_BAR
    };

    return pirq_map_messages(d[0], &messages, PIRQ_ANY, pirq);
}

static uint32_t msi_vector(void)
{
    return registers[0x5c / 4] & 0xff;
}

static uint32_t *msix_entry(uint32_t entry)
{
    return &fake_device_memory[TABLE_BAR % sizeof(fake_device_memory) / 4 + entry * 4];
}

TEST(pirq, messages_are_of_announced_functions)
{
    uint32_t pirq;

    start();
    ck_assert_int_eq(map_msi(1, &pirq), -ENODEV);
    ck_assert_int_eq(pci_device_announce((struct pci_function){ .segment = 5 }, false), -ENODEV);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(1, &pirq), 0);
    ck_assert_int_eq(pirq_unmap(d[0], pirq), 0);
    ck_assert_int_eq(pci_device_withdraw(card), 0);
    ck_assert_int_eq(pci_device_withdraw(card), -ENODEV);
    ck_assert_int_eq(map_msi(1, &pirq), -ENODEV);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(1, &pirq), 0);
}

TEST(pirq, a_message_is_masked_until_it_is_bound)
{
    uint32_t pirq;
    int port;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(1, &pirq), 0);
    ck_assert_uint_eq(pirq, FAKE_IOAPIC_PINS + PIRQS_FOR_MESSAGES - 1); /* from the top */
    ck_assert_uint_eq(registers[0x54 / 4], 0xfee00000);
    ck_assert_uint_eq(registers[0x50 / 4] >> 16 & 0x71, 1); /* enabled, one message */
    ck_assert_uint_eq(registers[0x60 / 4] & 1, 1);
    port = bind(pirq);
    ck_assert_int_gt(port, 0);
    ck_assert_uint_eq(registers[0x60 / 4] & 1, 0);
    interrupt_dispatch(msi_vector());
    ck_assert(take((uint32_t)port));
    ck_assert_int_eq(close_port(d[0], (uint32_t)port), 0);
    ck_assert_uint_eq(registers[0x60 / 4] & 1, 1);
    ck_assert_int_eq(pirq_unmap(d[0], pirq), 0);
    ck_assert_uint_eq(registers[0x50 / 4] >> 16 & 1, 0);
}

TEST(pirq, several_messages_are_in_a_row)
{
    uint32_t pirq, other;
    int ports[3];

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(5, &other), -EINVAL); /* it has 4 */
    ck_assert_int_eq(map_msi(0, &other), -EINVAL);
    ck_assert_int_eq(map_msi(0xffffffff, &other), -EINVAL);
    ck_assert_int_eq(map_msi(3, &pirq), 0);
    ck_assert_int_eq(map_msi(1, &other), -EEXIST);
    ck_assert_uint_eq(registers[0x50 / 4] >> 20 & 7, 2); /* rounded up to 4 */
    ck_assert_uint_eq(msi_vector() % 4, 0);
    for (uint32_t i = 0; i < 3; i++) {
        ports[i] = bind(pirq + i);
        ck_assert_int_gt(ports[i], 0);
    }
    ck_assert_uint_eq(registers[0x60 / 4] & 0xf, 8);
    interrupt_dispatch(msi_vector() + 2);
    ck_assert(!take((uint32_t)ports[0]));
    ck_assert(take((uint32_t)ports[2]));
    ck_assert_int_eq(pirq_unmap(d[0], pirq + 1), -EINVAL);
    ck_assert_int_eq(pirq_unmap(d[0], pirq), 0);
    interrupt_dispatch(msi_vector() + 2);
    ck_assert(!take((uint32_t)ports[2]));
    ck_assert_int_eq(bind(pirq + 1), -EINVAL);
}

TEST(pirq, entries_of_an_msix_table)
{
    uint32_t pirq[2], other;
    int port;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msix(0, &pirq[0]), 0);
    ck_assert_int_eq(map_msix(2, &pirq[1]), 0);
    ck_assert_int_eq(map_msix(2, &other), -EEXIST);
    ck_assert_int_eq(map_msix(3, &other), -EINVAL);
    ck_assert_int_eq(map_msi(1, &other), -EEXIST); /* one or the other */
    ck_assert_uint_eq(registers[0x70 / 4] >> 30, 3);
    ck_assert_uint_eq(msix_entry(2)[0], 0xfee00000);
    ck_assert_uint_eq(msix_entry(2)[3], 1);
    port = bind(pirq[1]);
    ck_assert_uint_eq(msix_entry(2)[3], 0);
    ck_assert_uint_eq(msix_entry(0)[3], 1);
    interrupt_dispatch(msix_entry(2)[2]);
    ck_assert(take((uint32_t)port));
    d[0]->vcpus[1]->processor = 1;
    ck_assert_int_eq(bind_vcpu(d[0], (uint32_t)port, 1), 0);
    ck_assert_uint_eq(msix_entry(2)[0], 0xfee00000 | cpu_by_id(1)->apic_id << 12);
    ck_assert_uint_eq(msix_entry(2)[3], 0);
}

TEST(pirq, a_table_must_be_what_the_function_decodes)
{
    struct irq_messages messages = { .function = card, .is_msix = true, .count = 1 };
    uint32_t pirq;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    messages.bar = TABLE_BAR + 0x1000;
    ck_assert_int_eq(pirq_map_messages(d[0], &messages, PIRQ_ANY, &pirq), -ENXIO);
    access_of_all = MMIO_READABLE;
    ck_assert_int_eq(map_msix(0, &pirq), -EPERM); /* it may not write there itself */
    access_of_all = MMIO_WRITABLE;
    registers[1] &= ~PCI_COMMAND_MEMORY;
    ck_assert_int_eq(map_msix(0, &pirq), -ENXIO);
    registers[1] |= PCI_COMMAND_MEMORY;
    registers[0x10 / 4] |= PCI_BAR_IS_IO;
    ck_assert_int_eq(map_msix(0, &pirq), -EINVAL);
    registers[0x10 / 4] = TABLE_BAR;
    ck_assert_int_eq(map_msix(0, &pirq), 0);
    /* A BAR that moves under messages in use. */
    registers[0x10 / 4] = TABLE_BAR + 0x1000;
    messages.bar = 0;
    messages.entry = 1;
    ck_assert_int_eq(pirq_map_messages(d[0], &messages, PIRQ_ANY, &pirq), -EBUSY);
}

TEST(pirq, a_function_that_was_reset_is_told_again)
{
    uint32_t pirq, other;
    int port;

    start();
    ck_assert_int_eq(pirq_restore_messages(d[0], card), -ENODEV);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(pirq_restore_messages(d[0], card), 0);
    ck_assert_int_eq(map_msix(0, &pirq), 0);
    ck_assert_int_eq(map_msix(1, &other), 0);
    port = bind(other);
    uint32_t vector = msix_entry(1)[2];

    for (uint32_t i = 0; i < 8; i++)
        msix_entry(0)[i] = i % 4 == 3; /* all masked, nothing in it */
    registers[0x70 / 4] &= 0xffff;
    ck_assert_int_eq(pirq_restore_messages(d[0], card), 0);
    ck_assert_uint_eq(msix_entry(1)[2], vector);
    ck_assert_uint_eq(msix_entry(1)[0], 0xfee00000);
    ck_assert_uint_eq(msix_entry(1)[3], 0); /* bound */
    ck_assert_uint_eq(msix_entry(0)[3], 1); /* only mapped */
    ck_assert_uint_eq(registers[0x70 / 4] >> 31, 1);
    interrupt_dispatch(vector);
    ck_assert(take((uint32_t)port));
}

TEST(pirq, its_messages_are_not_the_guests_to_change)
{
    start();
    ck_assert(!pci_device_guards(card, 0x54));
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert(pci_device_guards(card, 0x54));
    ck_assert(!pci_device_guards(card, 0x50));
    ck_assert(!pci_device_guards(card, 0x04));
}

TEST(pirq, numbers_may_be_reserved_for_messages)
{
    struct irq_messages messages = { .function = card, .count = 1 };
    uint32_t reserved, pirq;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(pirq_reserve(d[0], &reserved), 0);
    ck_assert_int_eq(pirq_reserve(d[0], &pirq), 0);
    ck_assert_uint_ne(pirq, reserved);
    ck_assert_int_eq(bind(reserved), -EINVAL);
    ck_assert_int_eq(pirq_map_messages(d[0], &messages, (int32_t)reserved, &pirq), 0);
    ck_assert_uint_eq(pirq, reserved);
    ck_assert_int_eq(pirq_map_messages(d[0], &messages, (int32_t)reserved, &pirq), -EEXIST);
}

TEST(pirq, numbers_and_vectors_run_out_with_an_error)
{
    uint32_t pirq, count = 0;
    int error;

    start();
    while (!(error = pirq_reserve(d[0], &pirq)))
        count++;
    ck_assert_int_eq(error, -ENOSPC);
    ck_assert_uint_eq(count, PIRQS_FOR_MESSAGES);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(1, &pirq), -ENOSPC);
    ck_assert_int_eq(pirq_map_line(d[0], 8, 8, &pirq), 0); /* those of lines stay theirs */
}

TEST(pirq, a_dying_domain_lets_go_of_everything)
{
    uint32_t pirq;

    start();
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    map_line_and_bind(20);
    ck_assert_int_eq(map_msi(4, &pirq), 0);
    ck_assert_int_gt(bind(pirq + 1), 0);
    ck_assert_int_eq(evtchn_domain_close(d[0]), 0);
    pirq_domain_close(d[0]);
    ck_assert(pin_is_masked(20));
    ck_assert_uint_eq(registers[0x50 / 4] >> 16 & 1, 0);
    pirq_domain_free(d[0]);
    ck_assert_ptr_null(d[0]->pirqs);
}

/* ---- the end of an interrupt ---- */

static struct frame *share_map(uint64_t **map, bool unmasks)
{
    struct frame *frame = fake_frame_create(d[0]);

    *map = mfn_to_virt(frame_to_mfn(frame));
    ck_assert_int_eq(pirq_share_map(d[0], frame_to_mfn(frame), unmasks), 0);
    return frame;
}

TEST(pirq, without_a_map_the_end_is_always_asked_for)
{
    uint64_t *map;
    bool needs_end;

    start();
    map_line_and_bind(8);
    map_line_and_bind(20);
    ck_assert_int_eq(pirq_needs_end(d[0], 8, &needs_end), 0);
    ck_assert(needs_end);
    share_map(&map, false);
    ck_assert_int_eq(pirq_needs_end(d[0], 8, &needs_end), 0);
    ck_assert(!needs_end);
    ck_assert_int_eq(pirq_needs_end(d[0], 20, &needs_end), 0);
    ck_assert(needs_end);
    ck_assert_int_eq(pirq_needs_end(d[0], 5000, &needs_end), -EINVAL);
}

TEST(pirq, the_map_names_those_that_need_it)
{
    struct frame *frame;
    uint64_t *map;
    uint32_t port;

    start();
    map_line_and_bind(8);
    map_line_and_bind(20); /* before it is shared */
    frame = share_map(&map, false);
    port = map_line_and_bind(21); /* and after */
    ck_assert_uint_eq(map[0], 1UL << 20 | 1UL << 21);
    ck_assert_int_eq(close_port(d[0], port), 0);
    ck_assert_uint_eq(map[0], 1UL << 20);
    ck_assert_int_eq(pirq_share_map(d[0], frame_to_mfn(frame), false), -EBUSY);
    ck_assert_int_eq(pirq_share_map(d[0], mfn(0xfffffff), false), -EINVAL);
    ck_assert_uint_eq(fake_frame_writable_count(frame), 1);
    ck_assert_int_eq(evtchn_domain_close(d[0]), 0);
    pirq_domain_close(d[0]);
    ck_assert_uint_eq(fake_frame_writable_count(frame), 0);
}

TEST(pirq, the_first_form_of_the_map_unmasks_the_port)
{
    uint64_t *map;
    uint32_t port;

    start();
    share_map(&map, true);
    port = map_line_and_bind(20);
    set_mask(d[0], port, true);
    raise(20);
    ck_assert_int_eq(d[0]->vcpus[0]->info->evtchn_upcall_pending, 0);
    ck_assert_int_eq(pirq_end(d[0], 20), 0);
    ck_assert_int_eq(d[0]->vcpus[0]->info->evtchn_upcall_pending, 1);
}

/* A function that sends faster than the guest takes is masked, and the guest is told to call. */
TEST(pirq, a_storm_of_messages_is_held_back)
{
    uint64_t *map;
    uint32_t pirq, sent = 0;
    int port;

    start();
    share_map(&map, false);
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msix(0, &pirq), 0);
    port = bind(pirq);
    while (!(msix_entry(0)[3] & 1)) {
        interrupt_dispatch(msix_entry(0)[2]);
        ck_assert_uint_lt(++sent, 1000);
    }
    ck_assert_uint_gt(sent, 10);
    ck_assert(map[pirq / 64] >> (pirq % 64) & 1);
    ck_assert(take((uint32_t)port));
    ck_assert_int_eq(pirq_end(d[0], pirq), 0);
    ck_assert_uint_eq(msix_entry(0)[3], 0);
    ck_assert_uint_eq(map[pirq / 64], 0);
    /* One that the guest keeps up with goes on for ever. */
    for (sent = 0; sent < 1000; sent++) {
        interrupt_dispatch(msix_entry(0)[2]);
        ck_assert(take((uint32_t)port));
    }
    ck_assert_uint_eq(msix_entry(0)[3], 0);
}

TEST(pirq, what_cannot_be_masked_is_not_held_back)
{
    uint32_t pirq;
    int port;

    start();
    registers[0x50 / 4] &= ~(0x100u << 16); /* MSI without a mask */
    ck_assert_int_eq(pci_device_announce(card, false), 0);
    ck_assert_int_eq(map_msi(1, &pirq), 0);
    port = bind(pirq);
    for (unsigned i = 0; i < 1000; i++)
        interrupt_dispatch(msi_vector());
    ck_assert(take((uint32_t)port));
    interrupt_dispatch(msi_vector());
    ck_assert(take((uint32_t)port));
}
