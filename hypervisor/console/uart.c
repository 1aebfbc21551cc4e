/* SPDX-License-Identifier: MIT */
/* The 16550 and its descendants (National Semiconductor PC16550D data sheet, section 8). */
#include "console/uart.h"

#include "arch/x86.h"
#include "lib/errno.h"
#include "lib/options.h"

/* Registers, as offsets from the port. */
#define UART_DATA             0
#define UART_INTERRUPT_ENABLE 1
#define UART_FIFO_CONTROL     2
#define UART_INTERRUPT_ID     2 /* read */
#define UART_LINE_CONTROL     3
#define UART_MODEM_CONTROL    4
#define UART_LINE_STATUS      5
#define UART_SCRATCH          7
#define UART_DIVISOR_LOW      0 /* while the latch bit is set */
#define UART_DIVISOR_HIGH     1

#define INTERRUPT_ON_RECEIVE  0x01
#define FIFO_ENABLE_AND_CLEAR 0x07
#define FIFO_IS_ENABLED       0xc0
#define LINE_TWO_STOP_BITS    0x04
#define LINE_DIVISOR_LATCH    0x80
#define MODEM_DTR_RTS_OUT2    0x0b
#define STATUS_RECEIVED       0x01
#define STATUS_TRANSMIT_EMPTY 0x20 /* the FIFO */
#define STATUS_ALL_SENT       0x40 /* and what it sends from */

#define FIFO_BYTES 16u
/* Reads of the status before a port counts as stuck; a byte takes less than 10 ms at 1200 baud. */
#define WAIT_LIMIT 200000u

struct uart_settings uart_com1 = {
    .baud = 115200,
    .clock_hz = 1843200,
    .data_bits = 8,
    .parity = 'n',
    .stop_bits = 1,
    .port = UART_COM1_PORT,
    .irq = UART_COM1_IRQ,
};

static struct {
    uint16_t port; /* 0: none */
    unsigned fifo_bytes;
    unsigned room; /* bytes that surely fit into the FIFO */
    bool is_stuck; /* not waited for again before it has moved: bytes are dropped */
} uart;

static uint8_t read_register(unsigned offset)
{
    return in8((uint16_t)(uart.port + offset));
}

static void write_register(unsigned offset, uint8_t value)
{
    out8((uint16_t)(uart.port + offset), value);
}

/* "8n1" */
static bool parse_line_format(const char **text, struct uart_settings *settings)
{
    const char *at = *text;

    if (at[0] < '5' || at[0] > '8')
        return false;
    if (at[1] != 'n' && at[1] != 'o' && at[1] != 'e' && at[1] != 'm' && at[1] != 's')
        return false;
    if (at[2] != '1' && at[2] != '2')
        return false;
    settings->data_bits = (uint8_t)(at[0] - '0');
    settings->parity = at[1];
    settings->stop_bits = (uint8_t)(at[2] - '0');
    *text = at + 3;
    return true;
}

static bool parse_speed(const char **text, struct uart_settings *settings)
{
    uint64_t number;

    if (parse_word(text, "auto")) {
        settings->baud = 0;
    } else {
        if (!parse_number(text, 10, &number) || number == 0 || number > 4000000)
            return false;
        settings->baud = (uint32_t)number;
    }
    if (parse_word(text, "/")) {
        if (!parse_number(text, 10, &number) || number == 0 || number > 4000000)
            return false;
        settings->clock_hz = (uint32_t)number * 16;
    }
    return true;
}

static bool parse_port_and_irq(const char **text, struct uart_settings *settings)
{
    uint64_t number;

    if (!parse_word(text, ","))
        return true;
    if (!parse_number(text, 0, &number) || number == 0 || number > 0xfff8)
        return false;
    settings->port = (uint16_t)number;
    if (!parse_word(text, ","))
        return true;
    if (!parse_number(text, 10, &number) || number > 15)
        return false;
    settings->irq = (uint8_t)number;
    return true;
}

int uart_parse_settings(const char *value, struct uart_settings *settings)
{
    struct uart_settings read = *settings;

    if (!parse_speed(&value, &read))
        return -EINVAL;
    if (parse_word(&value, ",") &&
        (!parse_line_format(&value, &read) || !parse_port_and_irq(&value, &read)))
        return -EINVAL;
    if (*value || read.baud > read.clock_hz / 16)
        return -EINVAL;
    *settings = read;
    return 0;
}

static uint8_t line_control(const struct uart_settings *settings)
{
    static const struct {
        char name;
        uint8_t bits;
    } parities[] = { { 'n', 0x00 }, { 'o', 0x08 }, { 'e', 0x18 }, { 'm', 0x28 }, { 's', 0x38 } };
    uint8_t bits = (uint8_t)(settings->data_bits - 5);

    if (settings->stop_bits == 2)
        bits |= LINE_TWO_STOP_BITS;
    for (unsigned i = 0; i < sizeof(parities) / sizeof(parities[0]); i++) {
        if (parities[i].name == settings->parity)
            bits |= parities[i].bits;
    }
    return bits;
}

static void set_speed_and_format(const struct uart_settings *settings)
{
    uint32_t divisor = settings->clock_hz / 16 / settings->baud;
    uint8_t format = line_control(settings);

    write_register(UART_LINE_CONTROL, format | LINE_DIVISOR_LATCH);
    write_register(UART_DIVISOR_LOW, (uint8_t)divisor);
    write_register(UART_DIVISOR_HIGH, (uint8_t)(divisor >> 8));
    write_register(UART_LINE_CONTROL, format);
}

/* The scratch register remembers a byte wherever there is such a chip. */
static bool answers(void)
{
    write_register(UART_SCRATCH, 0x5a);
    if (read_register(UART_SCRATCH) != 0x5a)
        return false;
    write_register(UART_SCRATCH, 0xa5);
    return read_register(UART_SCRATCH) == 0xa5;
}

bool uart_start(const struct uart_settings *settings)
{
    uart.port = settings->port;
    if (!answers()) {
        uart.port = 0;
        return false;
    }
    write_register(UART_INTERRUPT_ENABLE, 0);
    if (settings->baud)
        set_speed_and_format(settings);
    write_register(UART_FIFO_CONTROL, FIFO_ENABLE_AND_CLEAR);
    write_register(UART_MODEM_CONTROL, MODEM_DTR_RTS_OUT2);
    bool has_fifo = (read_register(UART_INTERRUPT_ID) & FIFO_IS_ENABLED) == FIFO_IS_ENABLED;
    uart.fifo_bytes = has_fifo ? FIFO_BYTES : 1;
    uart.room = 0;
    uart.is_stuck = false;
    return true;
}

static bool wait_for_room(void)
{
    for (unsigned i = 0; i < (uart.is_stuck ? 1 : WAIT_LIMIT); i++) {
        if (read_register(UART_LINE_STATUS) & STATUS_TRANSMIT_EMPTY) {
            uart.room = uart.fifo_bytes;
            uart.is_stuck = false;
            return true;
        }
        cpu_relax();
    }
    uart.is_stuck = true;
    return false;
}

static void write_byte(char byte)
{
    if (!uart.port || (!uart.room && !wait_for_room()))
        return;
    write_register(UART_DATA, (uint8_t)byte);
    uart.room--;
}

void uart_write(const char *text, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++) {
        if (text[i] == '\n')
            write_byte('\r');
        write_byte(text[i]);
    }
}

void uart_drain(void)
{
    for (unsigned i = 0; i < WAIT_LIMIT && uart.port; i++) {
        if (read_register(UART_LINE_STATUS) & STATUS_ALL_SENT)
            return;
        cpu_relax();
    }
}

bool uart_is_present(void)
{
    return uart.port != 0;
}

int uart_read(void)
{
    if (!uart.port || !(read_register(UART_LINE_STATUS) & STATUS_RECEIVED))
        return -1;
    return read_register(UART_DATA);
}

void uart_enable_receive_interrupt(void)
{
    if (uart.port)
        write_register(UART_INTERRUPT_ENABLE, INTERRUPT_ON_RECEIVE);
}
