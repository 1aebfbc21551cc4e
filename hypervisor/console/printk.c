/* SPDX-License-Identifier: MIT */
/*
 * Lines, their stamps and prefixes, and where they go.
 *
 * Everything is appended to the ring; what of it has not been sent yet goes to the serial port
 * at once, or at console_start(). A line that was begun and not ended belongs to its source
 * (a domain or the hypervisor); when another source speaks, it starts on a new line.
 */
#include "console/printk.h"

#include <stdatomic.h>

#include "console/log_ring.h"
#include "console/uart.h"
#include "lib/errno.h"
#include "lib/format.h"
#include "lib/options.h"
#include "lib/spinlock.h"
#include "lib/string.h"

#define NO_SOURCE         (-1)
#define SOURCE_HYPERVISOR (-2)
#define GUEST_PIECE_MAX   128u
#define CONTROL_DOMAIN    0u

enum log_level log_level_hypervisor = LOG_INFO;
enum log_level log_level_guest = DEBUG_BUILD ? LOG_DEBUG : LOG_WARNING;
uint64_t (*log_clock_ns)(void);
int (*log_current_domain)(void);
_Atomic bool console_talks_to_control_domain;
uint64_t log_ring_bytes_wanted = LOG_RING_BYTES_MIN;

static struct spinlock console_lock = SPINLOCK_INIT(LOCK_CONSOLE);
static char ring_in_image[LOG_RING_BYTES_MIN];
static struct log_ring ring = { .memory = ring_in_image, .bytes = sizeof(ring_in_image) };
static uint64_t sent; /* position up to which the serial port has it */
static int open_line_source = NO_SOURCE;
static bool is_started;
static bool uses_com1 = true;
static bool locks_are_broken;

static void console_lock_take(void)
{
    if (!locks_are_broken)
        spin_lock(&console_lock);
}

static void console_lock_drop(void)
{
    if (!locks_are_broken)
        spin_unlock(&console_lock);
}

static void send_new(void)
{
    const char *text;
    size_t length;

    if (!is_started)
        return;
    while ((length = ring_piece(&ring, &sent, &text)) > 0) {
        uart_write(text, length);
        sent += length;
    }
}

/* The lock is held. */
static void append(int source, const char *prefix, const char *text, size_t bytes)
{
    if (open_line_source != source && open_line_source != NO_SOURCE)
        ring_append(&ring, "\n", 1);
    if (open_line_source != source)
        ring_append(&ring, prefix, strlen(prefix));
    ring_append(&ring, text, bytes);
    open_line_source = bytes && text[bytes - 1] == '\n' ? NO_SOURCE : source;
    send_new();
}

static void append_line(enum log_level level, const char *text, size_t bytes)
{
    static const char *const level_words[LOG_LEVELS] = { "error: ", "warning: ", "", "" };
    uint64_t now = log_clock_ns ? log_clock_ns() : 0;
    char prefix[48];

    format_buffer(prefix, sizeof(prefix), "[%5lu.%06lu] %s", now / 1000000000, now / 1000 % 1000000,
                  level_words[level]);
    append(SOURCE_HYPERVISOR, prefix, text, bytes);
    append(SOURCE_HYPERVISOR, prefix, "\n", 1);
}

/* Each line of @text gets its own stamp. */
static void append_lines(enum log_level level, const char *text, size_t length)
{
    const char *line = text, *end = text + length;

    console_lock_take();
    for (;;) {
        const char *newline = memchr(line, '\n', (size_t)(end - line));
        const char *line_end = newline ? newline : end;
        append_line(level, line, (size_t)(line_end - line));
        if (!newline)
            break;
        line = newline + 1;
    }
    console_lock_drop();
}

/* @text has LOG_LINE_MAX bytes, its first @used are there already. */
static void finish_and_append(enum log_level level, char *text, size_t used, const char *format,
                              va_list values)
{
    size_t length = used + format_buffer_va(text + used, LOG_LINE_MAX - used, format, values);

    if (length >= LOG_LINE_MAX) {
        length = LOG_LINE_MAX - 1;
        memcpy(text + length - 3, "...", 3);
    }
    if (length && text[length - 1] == '\n')
        length--;
    append_lines(level, text, length);
}

void printk_va(enum log_level level, const char *format, va_list values)
{
    char text[LOG_LINE_MAX];

    if (level <= log_level_hypervisor)
        finish_and_append(level, text, 0, format, values);
}

void printk(enum log_level level, const char *format, ...)
{
    va_list values;

    va_start(values, format);
    printk_va(level, format, values);
    va_end(values);
}

void printk_guest(enum log_level level, const char *format, ...)
{
    char text[LOG_LINE_MAX];
    va_list values;

    if (level > log_level_guest)
        return;
    size_t used =
        format_buffer(text, sizeof(text), "d%d: ", log_current_domain ? log_current_domain() : -1);
    va_start(values, format);
    finish_and_append(level, text, used, format, values);
    va_end(values);
}

/*
 * Guests' output is text, so that no guest can move the cursor or colour what others say. The
 * control domain has the console's user before it, whose shell does just that; of its line ends
 * only the newline is kept.
 */
static bool is_passed(unsigned domain_id, char character)
{
    if (domain_id == CONTROL_DOMAIN)
        return character != '\0';
    return character == '\n' || character == '\t' || (character >= ' ' && character <= '~');
}

/* The lock is held. */
static void append_guest_text(unsigned domain_id, const char *prefix, const char *text,
                              size_t bytes)
{
    static bool has_return; /* the control domain's: a newline may follow */
    char line[GUEST_PIECE_MAX];
    size_t length = 0;

    for (size_t i = 0; i < bytes; i++) {
        if (!is_passed(domain_id, text[i]))
            continue;
        if (domain_id == CONTROL_DOMAIN) {
            if (has_return && text[i] != '\n')
                line[length++] = '\r';
            has_return = text[i] == '\r';
            if (has_return)
                continue;
        }
        line[length++] = text[i];
        if (text[i] == '\n' || length >= sizeof(line) - 1) {
            append((int)domain_id, prefix, line, length);
            length = 0;
        }
    }
    if (length)
        append((int)domain_id, prefix, line, length);
}

void guest_console_write(unsigned domain_id, const char *text, size_t bytes)
{
    char prefix[16] = "";

    if (domain_id != CONTROL_DOMAIN || !atomic_load(&console_talks_to_control_domain))
        format_buffer(prefix, sizeof(prefix), "(d%u) ", domain_id);
    console_lock_take();
    append_guest_text(domain_id, prefix, text, bytes);
    console_lock_drop();
}

/* none, error, warning, info, debug or all; a second level after a slash is accepted. */
static bool parse_level(const char *value, enum log_level *level)
{
    static const char *const names[] = { "error", "warning", "info", "debug", "all" };

    for (unsigned i = 0; i < ARRAY_COUNT(names); i++) {
        const char *at = value;
        if (parse_word(&at, names[i]) && (*at == '\0' || *at == '/')) {
            *level = i < LOG_LEVELS ? (enum log_level)i : LOG_DEBUG;
            return true;
        }
    }
    return false;
}

int console_option_loglvl(const char *value)
{
    return parse_level(value, &log_level_hypervisor) ? 0 : -EINVAL;
}

int console_option_guest_loglvl(const char *value)
{
    return parse_level(value, &log_level_guest) ? 0 : -EINVAL;
}

int console_option_console(const char *value)
{
    if (!strcmp(value, "com1"))
        uses_com1 = true;
    else if (!strcmp(value, "none"))
        uses_com1 = false;
    else
        return -EINVAL;
    return 0;
}

int console_option_com1(const char *value)
{
    return uart_parse_settings(value, &uart_com1);
}

void console_start(void)
{
    console_lock_take();
    if (uses_com1)
        uart_start(&uart_com1);
    is_started = true;
    send_new();
    console_lock_drop();
}

void log_ring_replace(char *memory, size_t bytes)
{
    console_lock_take();
    ring_move(&ring, memory, bytes);
    console_lock_drop();
}

size_t log_ring_read(uint64_t *position, char *buffer, size_t bytes)
{
    const char *text;
    size_t length, copied = 0;

    console_lock_take();
    while (copied < bytes && (length = ring_piece(&ring, position, &text)) > 0) {
        length = length < bytes - copied ? length : bytes - copied;
        memcpy(buffer + copied, text, length);
        copied += length;
        *position += length;
    }
    console_lock_drop();
    return copied;
}

void log_ring_clear(void)
{
    console_lock_take();
    ring.cleared = ring.written;
    console_lock_drop();
}

uint64_t log_ring_end(void)
{
    uint64_t end;

    console_lock_take();
    end = ring.written;
    console_lock_drop();
    return end;
}

void console_break_locks(void)
{
    locks_are_broken = true;
    if (!is_started)
        console_start();
}
