/* SPDX-License-Identifier: MIT */
#include "console/uart.h"

#include "fake_uart.h"
#include "lib/errno.h"
#include "support/unit.h"

static struct uart_settings parse(const char *value)
{
    struct uart_settings settings = uart_com1;

    ck_assert_msg(uart_parse_settings(value, &settings) == 0, "%s", value);
    return settings;
}

TEST(uart, settings_have_xens_syntax)
{
    struct uart_settings s = parse("115200,8n1");
    ck_assert_uint_eq(s.baud, 115200);
    ck_assert_uint_eq(s.data_bits, 8);
    ck_assert_int_eq(s.parity, 'n');
    ck_assert_uint_eq(s.stop_bits, 1);

    s = parse("9600,7e2,0x2f8,3");
    ck_assert_uint_eq(s.baud, 9600);
    ck_assert_uint_eq(s.data_bits, 7);
    ck_assert_int_eq(s.parity, 'e');
    ck_assert_uint_eq(s.stop_bits, 2);
    ck_assert_uint_eq(s.port, 0x2f8);
    ck_assert_uint_eq(s.irq, 3);

    ck_assert_uint_eq(parse("auto").baud, 0);
    ck_assert_uint_eq(parse("auto,8n1").baud, 0);
    ck_assert_uint_eq(parse("230400/230400").clock_hz, 230400 * 16);
    ck_assert_uint_eq(parse("38400").irq, 4);
}

TEST(uart, bad_settings_change_nothing)
{
    static const char *const values[] = {
        "",
        "fast",
        "0",
        "115200,",
        "115200,9n1",
        "115200,8x1",
        "115200,8n3",
        "115200,8n",
        "115200,8n1,",
        "115200,8n1,0",
        "115200,8n1,0x3f8,",
        "115200,8n1,0x3f8,16",
        "115200,8n1,0x10000",
        "115200 ",
        "230400",
        "115200/0",
        "99999999",
        "115200,8n1,0x3f8,4,5",
    };

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        struct uart_settings s = { .baud = 77, .clock_hz = 1843200, .irq = 9 };

        ck_assert_msg(uart_parse_settings(values[i], &s) == -EINVAL, "%s", values[i]);
        ck_assert_uint_eq(s.baud, 77);
        ck_assert_uint_eq(s.irq, 9);
    }
}

TEST(uart, start_sets_speed_and_format)
{
    struct uart_settings s = parse("9600,7o2");

    fake_uart_plug_in();
    ck_assert(uart_start(&s));
    ck_assert_uint_eq(fake_uart.divisor[0], 12);
    ck_assert_uint_eq(fake_uart.divisor[1], 0);
    ck_assert_uint_eq(fake_uart.registers[3], 0x02 | 0x04 | 0x08);
    ck_assert_uint_eq(fake_uart.registers[1], 0);
}

TEST(uart, auto_leaves_the_speed_alone)
{
    struct uart_settings s = parse("auto");

    fake_uart_plug_in();
    fake_uart.registers[3] = 0x1b;
    ck_assert(uart_start(&s));
    ck_assert_uint_eq(fake_uart.divisor[0], 0);
    ck_assert_uint_eq(fake_uart.registers[3], 0x1b);
}

TEST(uart, a_port_that_is_not_there_is_not_used)
{
    ck_assert(!uart_start(&uart_com1));
    uart_write("text", 4);
    ck_assert_int_eq(uart_read(), -1);
    uart_enable_receive_interrupt();
}

TEST(uart, newline_gets_a_carriage_return)
{
    fake_uart_plug_in();
    ck_assert(uart_start(&uart_com1));
    uart_write("a\nb", 3);
    ck_assert_str_eq(fake_uart.sent, "a\r\nb");
}

TEST(uart, never_overruns_the_fifo)
{
    static const char text[] = "0123456789012345678901234567890123456789012345678901234567890";

    for (int has_fifo = 0; has_fifo < 2; has_fifo++) {
        fake_uart_plug_in();
        fake_uart.has_fifo = has_fifo;
        fake_uart.busy_reads = 5;
        ck_assert(uart_start(&uart_com1));
        for (int i = 0; i < 10; i++)
            uart_write(text, sizeof(text) - 1);
        ck_assert_uint_eq(fake_uart.sent_bytes, 10 * (sizeof(text) - 1));
        ck_assert_uint_eq(fake_uart.fifo_overruns, 0);
    }
}

TEST(uart, drains_before_the_machine_ends)
{
    fake_uart_plug_in();
    fake_uart.busy_reads = 7;
    ck_assert(uart_start(&uart_com1));
    uart_write("last words", 10);
    uart_drain();
    ck_assert_uint_eq(fake_uart.fifo_used, 0);
    fake_uart.is_stuck = true;
    uart_write("x", 1);
    uart_drain();
}

TEST(uart, waits_once_for_a_port_that_stays_busy_and_goes_on_when_it_is_free)
{
    size_t sent;

    fake_uart_plug_in();
    ck_assert(uart_start(&uart_com1));
    uart_write("x", 1);
    fake_uart.is_stuck = true;
    uart_write("0123456789abcdefghijklmn", 24);
    sent = fake_uart.sent_bytes;
    ck_assert_uint_lt(sent, 24);
    fake_uart.all_reads = 0;
    uart_write("lost", 4);
    ck_assert_uint_eq(fake_uart.all_reads, 4);
    fake_uart.is_stuck = false;
    uart_write("more", 4);
    ck_assert_uint_eq(fake_uart.sent_bytes, sent + 4);
}

TEST(uart, reads_what_was_received)
{
    fake_uart_plug_in();
    ck_assert(uart_start(&uart_com1));
    ck_assert_int_eq(uart_read(), -1);
    fake_uart.received = 'q';
    fake_uart.has_received = true;
    ck_assert_int_eq(uart_read(), 'q');
    ck_assert_int_eq(uart_read(), -1);
    uart_enable_receive_interrupt();
    ck_assert_uint_eq(fake_uart.registers[1], 1);
}
