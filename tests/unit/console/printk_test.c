/* SPDX-License-Identifier: MIT */
#include "console/printk.h"

#include <stdlib.h>
#include <string.h>

#include "fake_uart.h"
#include "lib/errno.h"
#include "support/unit.h"

static uint64_t now_ns;

static uint64_t read_now(void)
{
    return now_ns;
}

/* All that is kept. */
static const char *kept(void)
{
    static char text[0x20000];
    uint64_t position = 0;

    text[log_ring_read(&position, text, sizeof(text) - 1)] = '\0';
    return text;
}

TEST(printk, a_line_has_a_stamp_and_an_end)
{
    printk(LOG_INFO, "value %d", 5);
    ck_assert_str_eq(kept(), "[    0.000000] value 5\n");
    log_ring_clear();
    log_clock_ns = read_now;
    now_ns = 12345678901234;
    log_info("later\n");
    ck_assert_str_eq(kept(), "[12345.678901] later\n");
}

TEST(printk, each_line_of_a_text_has_its_own_stamp)
{
    log_info("one\ntwo");
    ck_assert_str_eq(kept(), "[    0.000000] one\n[    0.000000] two\n");
}

TEST(printk, levels_are_filtered_and_named)
{
    ck_assert_int_eq(console_option_loglvl("warning"), 0);
    log_error("a");
    log_warning("b");
    log_info("c");
    log_debug("d");
    ck_assert_str_eq(kept(), "[    0.000000] error: a\n[    0.000000] warning: b\n");
    ck_assert(log_wants(LOG_WARNING) && !log_wants(LOG_INFO));
}

TEST(printk, level_option_takes_xens_forms)
{
    ck_assert_int_eq(console_option_loglvl("all"), 0);
    ck_assert_int_eq(log_level_hypervisor, LOG_DEBUG);
    ck_assert_int_eq(console_option_loglvl("error/info"), 0);
    ck_assert_int_eq(log_level_hypervisor, LOG_ERROR);
    ck_assert_int_eq(console_option_guest_loglvl("info"), 0);
    ck_assert_int_eq(log_level_guest, LOG_INFO);
    ck_assert_int_eq(console_option_loglvl("loud"), -EINVAL);
    ck_assert_int_eq(console_option_loglvl("infox"), -EINVAL);
    ck_assert_int_eq(console_option_loglvl(""), -EINVAL);
}

TEST(printk, a_long_line_is_cut_visibly)
{
    char text[2 * LOG_LINE_MAX];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_info("%s", text);
    ck_assert_uint_lt(strlen(kept()), LOG_LINE_MAX + 20);
    ck_assert_ptr_nonnull(strstr(kept(), "xxx...\n"));
}

TEST(printk, nothing_is_sent_before_the_start_and_all_after)
{
    fake_uart_plug_in();
    log_info("early");
    ck_assert_uint_eq(fake_uart.sent_bytes, 0);
    console_start();
    ck_assert_str_eq(fake_uart.sent, "[    0.000000] early\r\n");
    log_info("later");
    ck_assert_ptr_nonnull(strstr(fake_uart.sent, "later\r\n"));
}

TEST(printk, console_none_keeps_but_sends_nothing)
{
    fake_uart_plug_in();
    ck_assert_int_eq(console_option_console("none"), 0);
    console_start();
    log_info("silent");
    ck_assert_uint_eq(fake_uart.sent_bytes, 0);
    ck_assert_ptr_nonnull(strstr(kept(), "silent"));
    ck_assert_int_eq(console_option_console("vga"), -EINVAL);
    ck_assert_int_eq(console_option_console("com1"), 0);
}

TEST(printk, breaking_the_locks_starts_the_console)
{
    fake_uart_plug_in();
    log_info("before");
    console_break_locks();
    log_info("after");
    ck_assert_ptr_nonnull(strstr(fake_uart.sent, "before"));
    ck_assert_ptr_nonnull(strstr(fake_uart.sent, "after"));
}

TEST(printk, guest_lines_name_the_domain_once)
{
    guest_console_write(3, "hel", 3);
    guest_console_write(3, "lo\nnext", 7);
    ck_assert_str_eq(kept(), "(d3) hello\n(d3) next");
}

TEST(printk, guests_control_no_terminal_but_the_control_domain_does)
{
    guest_console_write(1, "\033[2Ja\rb\b\xc3\x7f\n", 11);
    guest_console_write(0, "\033[2Ja\rb\b\0\xc3\n", 11);
    ck_assert_str_eq(kept(), "(d1) [2Jab\n(d0) \033[2Ja\rb\b\xc3\n");
}

TEST(printk, of_a_return_and_a_newline_the_newline_is_kept)
{
    guest_console_write(0, "one\r\ntwo\r", 9);
    guest_console_write(0, "\nthree\r", 7);
    guest_console_write(0, "3\n", 2);
    ck_assert_str_eq(kept(), "(d0) one\n(d0) two\n(d0) three\r3\n");
}

TEST(printk, the_control_domain_needs_no_prefix_while_it_is_typed_to)
{
    guest_console_write(0, "boot\n", 5);
    console_talks_to_control_domain = true;
    guest_console_write(0, "# ls\n", 5);
    guest_console_write(1, "one\n", 4);
    console_talks_to_control_domain = false;
    guest_console_write(0, "two\n", 4);
    ck_assert_str_eq(kept(), "(d0) boot\n# ls\n(d1) one\n(d0) two\n");
}

TEST(printk, another_source_starts_a_new_line)
{
    guest_console_write(1, "half", 4);
    log_info("hypervisor");
    guest_console_write(1, "other half\n", 11);
    guest_console_write(2, "two", 3);
    guest_console_write(1, "one", 3);
    ck_assert_str_eq(kept(), "(d1) half\n[    0.000000] hypervisor\n(d1) other half\n"
                             "(d2) two\n(d1) one");
}

TEST(printk, guests_cannot_send_control_characters)
{
    guest_console_write(1, "a\033[2Jb\r\0c\x80\td\n", 13);
    ck_assert_str_eq(kept(), "(d1) a[2Jbc\td\n");
}

TEST(printk, guest_messages_have_their_own_level)
{
    log_level_guest = LOG_WARNING;
    printk_guest(LOG_DEBUG, "dropped");
    printk_guest(LOG_WARNING, "kept %d", 1);
    ck_assert_str_eq(kept(), "[    0.000000] warning: d-1: kept 1\n");
}

TEST(printk, reading_goes_on_where_it_stopped)
{
    uint64_t position = 0;
    char part[8] = { 0 };

    log_info("abcdef");
    ck_assert_uint_eq(log_ring_read(&position, part, 7), 7);
    ck_assert_str_eq(part, "[    0.");
    ck_assert_uint_eq(position, 7);
    char rest[64] = { 0 };
    log_ring_read(&position, rest, sizeof(rest) - 1);
    ck_assert_str_eq(rest, "000000] abcdef\n");
    ck_assert_uint_eq(log_ring_read(&position, rest, sizeof(rest)), 0);
}

TEST(printk, a_larger_ring_keeps_what_was_said)
{
    char *memory = calloc(1, 0x20000);

    log_info("first");
    log_ring_replace(memory, 0x20000);
    for (int i = 0; i < 3500; i++)
        log_info("line %d", i);
    ck_assert_ptr_nonnull(strstr(kept(), "first"));
    ck_assert_ptr_nonnull(strstr(kept(), "line 3499\n"));
}
