/* SPDX-License-Identifier: MIT */
#include "arch/ioapic.h"

#include "support/fake_arch/fake_devices.h"
#include "support/unit.h"

#define MASKED     (1u << 16)
#define LEVEL      (1u << 15)
#define WAITING    (1u << 14)
#define ACTIVE_LOW (1u << 13)

TEST(ioapic, pins_start_masked)
{
    fake_devices_start();
    ck_assert_uint_eq(ioapic_gsi_count(), FAKE_IOAPIC_PINS);
    for (uint32_t pin = 0; pin < FAKE_IOAPIC_PINS; pin++) {
        ck_assert(ioapic_has(pin));
        ck_assert_uint_eq(fake_ioapic_pin(pin), MASKED);
    }
    ck_assert(!ioapic_has(FAKE_IOAPIC_PINS));
}

TEST(ioapic, a_pin_is_programmed_masked_and_let_through)
{
    struct ioapic_pin level = {
        .vector = 0x51, .is_level = true, .is_active_low = true, .apic_id = 3
    };
    struct ioapic_pin edge = { .vector = 0x52, .apic_id = 1 };

    fake_devices_start();
    ck_assert(ioapic_program(20, level));
    ck_assert_uint_eq(fake_ioapic_pin(20), 3UL << 56 | MASKED | LEVEL | ACTIVE_LOW | 0x51);
    ioapic_set_masked(20, false);
    ck_assert_uint_eq(fake_ioapic_pin(20), 3UL << 56 | LEVEL | ACTIVE_LOW | 0x51);
    ioapic_set_destination(20, 2);
    ck_assert_uint_eq(fake_ioapic_pin(20) >> 56, 2);
    ioapic_set_masked(20, true);
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(20), MASKED | LEVEL | ACTIVE_LOW | 0x51);
    ck_assert(ioapic_program(8, edge));
    ck_assert_uint_eq(fake_ioapic_pin(8), 1UL << 56 | MASKED | 0x52);
    ck_assert(!ioapic_program(FAKE_IOAPIC_PINS, edge));
}

/* The end of an interrupt names a vector; one on the pin's old vector would never come. */
TEST(ioapic, a_pin_with_a_new_vector_waits_for_no_end)
{
    struct ioapic_pin pin = { .vector = 0x51, .is_level = true };

    fake_devices_start();
    ck_assert(ioapic_program(20, pin));
    fake_ioapic_set_waiting(20);
    pin.vector = 0x60;
    ck_assert(ioapic_program(20, pin));
    ck_assert_uint_eq((uint32_t)fake_ioapic_pin(20), MASKED | LEVEL | 0x60);
}

TEST(ioapic, the_control_domain_may_read_registers)
{
    uint32_t value;

    fake_devices_start();
    ck_assert(ioapic_read(FAKE_IOAPIC_ADDRESS, 1, &value));
    ck_assert_uint_eq(value >> 16 & 0xff, FAKE_IOAPIC_PINS - 1);
    ck_assert(!ioapic_read(FAKE_IOAPIC_ADDRESS + 0x1000, 1, &value));
}
