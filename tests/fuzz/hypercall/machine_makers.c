/* SPDX-License-Identifier: MIT */
/* What only the control domain may: the platform, interrupts, devices; and the console. */
#include <string.h>

#include "arch/arch.h"
#include "arch/interrupt.h"
#include "fuzz/hypercall/makers.h"
#include "fuzz/hypercall/values.h"
#include "hypercall-abi/physdev.h"
#include "hypercall-abi/platform.h"
#include "mm/guest_access.h"
#include "support/fake_arch/fake_devices.h"
#include "support/whole/world.h"

void make_platform_op(struct call *call)
{
    struct xen_platform_op op;

    memset(&op, 0, sizeof(op));
    op.cmd = (uint32_t)below(64);
    if (op.cmd == XENPF_enter_acpi_sleep)
        op.cmd = XENPF_settime64;
    op.interface_version = XENPF_INTERFACE_VERSION;
    for (unsigned i = 0; i < 5; i++)
        ((uint64_t *)&op.u)[i] = any_edge();
    call->args[0] = PUT(op);
}

/* ---- interrupts ---- */

static struct physdev_map_pirq any_mapping(void)
{
    struct physdev_map_pirq op = { .domid = one_in(12) ? any_domid() : DOMID_SELF,
                                   .type = (int32_t)below(6),
                                   .index = (int32_t)below(FAKE_IOAPIC_PINS + 1) - 1,
                                   .pirq = one_in(4) ? (int32_t)any_pirq() : -1,
                                   .bus = WORLD_CARD_BUS,
                                   .devfn = WORLD_CARD_DEVFN,
                                   .entry_nr = (int32_t)below(6),
                                   .table_base = one_in(2) ? WORLD_CARD_BAR : 0 };

    if (one_in(12))
        op.bus = (int32_t)any_edge();
    return op;
}

/* Commands that take a number first, and those that take a function, need no more care. */
static uint64_t put_number_or_function(void)
{
    uint32_t words[4] = { any_pirq(), (uint32_t)below(4) };
    uint8_t function[16] = { WORLD_CARD_BUS, WORLD_CARD_DEVFN };
    struct physdev_pci_device device = { .bus = WORLD_CARD_BUS, .devfn = WORLD_CARD_DEVFN };

    if (one_in(2))
        return PUT(words);
    memcpy(function, &device, one_in(2) ? sizeof(device) : 0);
    return PUT(function);
}

void make_physdev_op(struct call *call)
{
    struct physdev_map_pirq mapping = any_mapping();
    struct physdev_unmap_pirq unmapping = { .domid = DOMID_SELF, .pirq = (int32_t)any_pirq() };
    struct physdev_setup_gsi setup = { .gsi = (int32_t)any_pirq(),
                                       .triggering = (uint8_t)below(3),
                                       .polarity = (uint8_t)below(3) };
    struct physdev_pirq_eoi_gmfn page = { .gmfn = any_plain_mfn() };

    call->args[0] = one_in(3) ? PHYSDEVOP_map_pirq : below(34);
    switch (call->args[0]) {
    case PHYSDEVOP_map_pirq:
        call->args[1] = PUT(mapping);
        break;
    case PHYSDEVOP_unmap_pirq:
        call->args[1] = PUT(unmapping);
        break;
    case PHYSDEVOP_setup_gsi:
        call->args[1] = PUT(setup);
        break;
    case PHYSDEVOP_pirq_eoi_gmfn_v1:
    case PHYSDEVOP_pirq_eoi_gmfn_v2:
        call->args[1] = PUT(page);
        break;
    default:
        call->args[1] = one_in(8) ? noise_argument() : put_number_or_function();
        break;
    }
}

void learn_from_physdev_op(const struct call *call)
{
    struct physdev_map_pirq mapping;

    if (call->args[0] == PHYSDEVOP_map_pirq &&
        copy_from_guest(&mapping, call->args[1], sizeof(mapping)) == 0)
        learn_pirq((uint32_t)mapping.pirq);
}

#define PIN_MASKED (1u << 16)

void raise_interrupt(void)
{
    uint32_t first = (uint32_t)below(FAKE_IOAPIC_PINS);

    for (uint32_t i = 0; i < FAKE_IOAPIC_PINS; i++) {
        uint32_t pin = (first + i) % FAKE_IOAPIC_PINS;

        if (fake_ioapic_pin(pin) & PIN_MASKED)
            continue;
        fake_ioapic_set_waiting(pin);
        interrupt_dispatch(fake_ioapic_pin(pin) & 0xff);
        return;
    }
}

/* ---- console ---- */

void make_console_io(struct call *call)
{
    call->args[0] = below(3);
    call->args[1] = below(5000);
    call->args[2] = noise_argument();
}
