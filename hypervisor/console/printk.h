/* SPDX-License-Identifier: MIT */
/*
 * The hypervisor's log: what printk() says is kept in a ring in memory and goes to the serial
 * port. Works from the first C instruction: until console_start() lines are only kept, then
 * they all come out.
 *
 * A line of the hypervisor is "[seconds.microseconds] text", a guest's "(dN) text". Lines above
 * the chosen level are dropped before they are formatted. One lock (LOCK_CONSOLE) guards ring
 * and port; printk() may be called with any lock held and in any context but an NMI.
 */
#ifndef PARAPET_CONSOLE_PRINTK_H
#define PARAPET_CONSOLE_PRINTK_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/compiler.h"

enum log_level {
    LOG_ERROR,
    LOG_WARNING,
    LOG_INFO,
    LOG_DEBUG,
    LOG_LEVELS,
};

#define LOG_LINE_MAX 256u

/* Options: highest level that is logged, for the hypervisor's and for guests' messages. */
extern enum log_level log_level_hypervisor; /* loglvl= */
extern enum log_level log_level_guest;      /* guest_loglvl= : printk_guest(), refusals */

/* Nanoseconds since boot, for the timestamps; set when the clock runs, zero stamps before. */
extern uint64_t (*log_clock_ns)(void);

/* The domain that runs on this CPU, or -1; set by the layer that knows domains. */
extern int (*log_current_domain)(void);

/* A line; a newline is added. Embedded newlines start a new stamped line. */
void printk(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);
void printk_va(enum log_level level, const char *format, va_list values) PRINTF_LIKE(2, 0);

/* The same for what a guest did wrong: filtered by guest_loglvl=, named after the domain. */
void printk_guest(enum log_level level, const char *format, ...) PRINTF_LIKE(2, 3);

#define log_error(...)   printk(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) printk(LOG_WARNING, __VA_ARGS__)
#define log_info(...)    printk(LOG_INFO, __VA_ARGS__)
#define log_debug(...)   printk(LOG_DEBUG, __VA_ARGS__)

/* Whether a line of this level would be logged. */
static inline bool log_wants(enum log_level level)
{
    return level <= log_level_hypervisor;
}

/*
 * Console output of a guest (console_io): written as it comes, with "(dN) " at the start of
 * each line. Characters other than newline, tab and printable ASCII are dropped, but for the
 * control domain's. While somebody types to the control domain its lines have no prefix either:
 * a shell counts columns, and its user knows who answers.
 */
void guest_console_write(unsigned domain_id, const char *text, size_t bytes);
extern _Atomic bool console_talks_to_control_domain; /* console/input.c knows */

/* The option parsers of loglvl=, guest_loglvl=, console= (values for boot/command_line.c). */
int console_option_loglvl(const char *value);
int console_option_guest_loglvl(const char *value);
int console_option_console(const char *value);
int console_option_com1(const char *value);

/* After the options are known: sets up the serial port and lets the kept lines out. */
void console_start(void);

/* The ring in the image, used from the first line on. */
#define LOG_RING_BYTES_MIN 0x10000u

/*
 * Keeps the log in a larger ring: @memory of @bytes (a power of two), instead of the one in the
 * image (conring_size=). What is kept is copied.
 */
void log_ring_replace(char *memory, size_t bytes);
extern uint64_t log_ring_bytes_wanted; /* conring_size= */

/*
 * Reads the log from *@position on (0: the oldest kept), for readconsole. Copies at most @bytes,
 * moves *@position behind what was copied and returns how many bytes that is.
 */
size_t log_ring_read(uint64_t *position, char *buffer, size_t bytes);
void log_ring_clear(void);

/* The position behind the last byte. */
uint64_t log_ring_end(void);

/* For panic: no lock is waited for any more, and the console is started if it was not. */
void console_break_locks(void);

#endif
