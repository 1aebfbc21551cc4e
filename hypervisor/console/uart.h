/* SPDX-License-Identifier: MIT */
/*
 * The one serial port the hypervisor drives: a 16550 at an I/O port.
 *
 * Who writes holds the console's lock, who reads that of its input. Writing gives up on a port that
 * stays busy too long, so a machine without the port boots at full speed.
 */
#ifndef PARAPET_CONSOLE_UART_H
#define PARAPET_CONSOLE_UART_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UART_COM1_PORT 0x3f8u
#define UART_COM1_IRQ  4u

struct uart_settings {
    uint32_t baud;     /* 0: leave the port's speed and format as the firmware set them */
    uint32_t clock_hz; /* clock / 16 is the fastest speed; 1843200 */
    uint8_t data_bits; /* 5 to 8 */
    char parity;       /* n o e m s */
    uint8_t stop_bits; /* 1 or 2 */
    uint16_t port;
    uint8_t irq;
};

extern struct uart_settings uart_com1; /* 115200,8n1,0x3f8,4 unless com1= says otherwise */

/* Parses com1=: baud|auto[/clock][,DPS[,port[,irq]]]; 0 or -EINVAL. */
int uart_parse_settings(const char *value, struct uart_settings *settings);

/* Sets up the port; false if none answers there. */
bool uart_start(const struct uart_settings *settings);

void uart_write(const char *text, size_t bytes);

/* Waits until all that was written has left the port. Takes no lock. */
void uart_drain(void);

/* Whether uart_start() found it, and it still answers. */
bool uart_is_present(void);

/* A received byte, or -1. */
int uart_read(void);

/* Lets the port raise its interrupt when a byte comes in. */
void uart_enable_receive_interrupt(void);

#endif
