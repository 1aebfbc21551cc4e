/* SPDX-License-Identifier: MIT */
/* A 16550 behind the fake arch's ports. */
#ifndef PARAPET_TESTS_FAKE_UART_H
#define PARAPET_TESTS_FAKE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "arch/x86.h"

static struct {
    uint8_t registers[8];
    uint8_t divisor[2];
    char sent[70000];
    size_t sent_bytes;
    unsigned fifo_used, fifo_overruns;
    unsigned status_reads, busy_reads; /* the FIFO drains at each busy_reads-th status read */
    unsigned all_reads;                /* of the status */
    uint8_t received;
    bool has_received, has_fifo, is_stuck;
} fake_uart;

#define FAKE_UART_PORT 0x3f8u

static bool fake_uart_latch_is_open(void)
{
    return fake_uart.registers[3] & 0x80;
}

static void fake_uart_out(uint16_t port, unsigned bytes, uint32_t value)
{
    unsigned offset = port - FAKE_UART_PORT;

    if (bytes != 1 || offset > 7)
        return;
    if (offset < 2 && fake_uart_latch_is_open()) {
        fake_uart.divisor[offset] = (uint8_t)value;
        return;
    }
    if (offset == 0 && fake_uart.sent_bytes < sizeof(fake_uart.sent) - 1) {
        fake_uart.sent[fake_uart.sent_bytes++] = (char)value;
        if (fake_uart.fifo_used++ == (fake_uart.has_fifo ? 16u : 1u))
            fake_uart.fifo_overruns++;
        return;
    }
    fake_uart.registers[offset] = (uint8_t)value;
}

static uint32_t fake_uart_status(void)
{
    uint32_t status = fake_uart.has_received ? 1 : 0;

    fake_uart.all_reads++;
    if (!fake_uart.is_stuck && ++fake_uart.status_reads >= fake_uart.busy_reads) {
        fake_uart.status_reads = 0;
        fake_uart.fifo_used = 0;
    }
    return status | (fake_uart.fifo_used == 0 ? 0x60u : 0);
}

static uint32_t fake_uart_in(uint16_t port, unsigned bytes)
{
    unsigned offset = port - FAKE_UART_PORT;

    if (bytes != 1 || offset > 7)
        return UINT32_MAX;
    if (offset == 0) {
        fake_uart.has_received = false;
        return fake_uart.received;
    }
    if (offset == 2)
        return fake_uart.has_fifo ? 0xc1 : 0x01;
    return offset == 5 ? fake_uart_status() : fake_uart.registers[offset];
}

static inline void fake_uart_plug_in(void)
{
    memset(&fake_uart, 0, sizeof(fake_uart));
    fake_uart.has_fifo = true;
    fake_uart.busy_reads = 1;
    fake_port_in = fake_uart_in;
    fake_port_out = fake_uart_out;
}

#endif
