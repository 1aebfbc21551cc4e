/* SPDX-License-Identifier: MIT */
/*
 * The port interrupts when a byte comes in; where it has no line, or com1= gives none, a timer looks
 * several times a second. The control domain hears of it by VIRQ_CONSOLE.
 */
#include "control/serial_input.h"

#include "arch/arch.h"
#include "arch/interrupt.h"
#include "arch/ioapic.h"
#include "arch/vectors.h"
#include "console/input.h"
#include "console/printk.h"
#include "console/uart.h"
#include "event/irq.h"
#include "event/virq.h"
#include "sched/timer.h"

#define POLL_NS 20000000u

static struct timer_entry timer;

static void tell_control_domain(void)
{
    virq_send_global(VIRQ_CONSOLE);
}

static void handle_interrupt(uint32_t vector)
{
    (void)vector;
    console_input_poll();
}

static void poll(struct timer_entry *entry)
{
    console_input_poll();
    timer_set(entry, system_time_ns() + POLL_NS);
}

/* False: the port has no line of its own. */
static bool use_interrupt(void)
{
    uint32_t gsi = ioapic_isa_route(uart_com1.irq).gsi;
    struct ioapic_pin pin = { .vector = VECTOR_CONSOLE, .apic_id = this_cpu()->apic_id };

    if (uart_com1.irq == 0 || !irq_line_reserve(gsi, &pin.is_level, &pin.is_active_low))
        return false;
    interrupt_set_handler(VECTOR_CONSOLE, handle_interrupt);
    if (!ioapic_program(gsi, pin))
        return false;
    uart_enable_receive_interrupt();
    ioapic_set_masked(gsi, false);
    return true;
}

void serial_input_start(void)
{
    console_input_arrived = tell_control_domain;
    if (!uart_is_present() || use_interrupt())
        return;
    log_info("The serial port has no interrupt; it is polled");
    timer_init(&timer, poll);
    timer_set(&timer, system_time_ns() + POLL_NS);
}
