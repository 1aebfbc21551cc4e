/* SPDX-License-Identifier: MIT */
#include "console/input.h"

#include "console/printk.h"
#include "console/uart.h"
#include "fake_uart.h"
#include "support/unit.h"

#define SWITCH "\001\001\001"

static const char *typed;
static unsigned arrivals;
static char keys[64];

/* What is typed comes in byte by byte. */
static uint32_t port_in(uint16_t port, unsigned bytes)
{
    if (port == FAKE_UART_PORT && *typed)
        return (uint8_t)*typed++;
    return fake_uart_in(port, bytes) | (port == FAKE_UART_PORT + 5 && *typed ? 1u : 0u);
}

static void count_arrival(void)
{
    arrivals++;
}

static void note_key(char key)
{
    keys[strlen(keys)] = key;
}

static void start(void)
{
    fake_uart_plug_in();
    fake_port_in = port_in;
    typed = "";
    ck_assert(uart_start(&uart_com1));
    console_input_arrived = count_arrival;
    console_key_pressed = note_key;
}

static const char *type(const char *text)
{
    static char taken[2 * INPUT_BYTES];

    typed = text;
    while (*typed)
        console_input_poll();
    taken[console_input_read(taken, sizeof(taken) - 1)] = '\0';
    return taken;
}

TEST(input, is_the_control_domains)
{
    start();
    ck_assert_str_eq(type("date\r"), "date\r");
    ck_assert_uint_eq(arrivals, 1);
    ck_assert_str_eq(type(""), "");
    ck_assert_uint_eq(arrivals, 1);
    ck_assert_str_eq(keys, "");
}

TEST(input, is_read_in_pieces)
{
    char piece[4] = "";

    start();
    typed = "abcdef";
    console_input_poll();
    ck_assert_uint_eq(console_input_read(piece, 4), 4);
    ck_assert_mem_eq(piece, "abcd", 4);
    ck_assert_uint_eq(console_input_read(piece, 4), 2);
    ck_assert_mem_eq(piece, "ef", 2);
    ck_assert_uint_eq(console_input_read(piece, 4), 0);
}

TEST(input, three_switch_keys_switch_over_and_back)
{
    start();
    ck_assert_str_eq(type("a" SWITCH "hd" SWITCH "b"), "ab");
    ck_assert_str_eq(keys, "hd");
}

TEST(input, fewer_switch_keys_are_input)
{
    start();
    ck_assert_str_eq(type("\001\001x\001y"), "\001\001x\001y");
    ck_assert_str_eq(type("\001"), ""); /* not before it is known that no more follow */
    ck_assert_str_eq(type("z"), "\001z");
    ck_assert_str_eq(keys, "");
}

TEST(input, what_nobody_reads_is_lost_not_kept_for_ever)
{
    static char text[2 * INPUT_BYTES + 1];

    start();
    memset(text, 'x', sizeof(text) - 1);
    ck_assert_uint_eq(strlen(type(text)), INPUT_BYTES);
    ck_assert_str_eq(type("y"), "y");
}

TEST(input, makes_the_console_the_control_domains_until_the_hypervisor_is_typed_to)
{
    start();
    type("");
    ck_assert(!console_talks_to_control_domain);
    type("ls\r");
    ck_assert(console_talks_to_control_domain);
    type(SWITCH);
    ck_assert(!console_talks_to_control_domain);
    type("h" SWITCH);
    ck_assert(!console_talks_to_control_domain);
    type("\r");
    ck_assert(console_talks_to_control_domain);
}

TEST(input, read_late_leaves_the_console_to_the_hypervisor)
{
    char piece[4];

    start();
    typed = "ab" SWITCH;
    console_input_poll();
    ck_assert_uint_eq(console_input_read(piece, 4), 2);
    ck_assert(!console_talks_to_control_domain);
}

static uint32_t always_received(uint16_t port, unsigned bytes)
{
    (void)port, (void)bytes;
    return 0xff;
}

TEST(input, a_broken_port_keeps_nobody)
{
    start();
    fake_port_in = always_received;
    console_input_poll();
}
