/* SPDX-License-Identifier: MIT */
/*
 * The console of a guest: what it printed, from its first byte until after its death, and who
 * reads it and types.
 *
 * The guest's end is a page with two rings of bytes, whose every word is the guest's: bytes are
 * copied out once, and indices that make no sense stop the ring. Output is never held back for a
 * reader: each has a position in the history and loses the oldest bytes if it is too slow.
 */
#ifndef PARAPET_TOOLSTACK_CONSOLE_CONSOLE_H
#define PARAPET_TOOLSTACK_CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hypercall-abi/io/console.h"

#define CONSOLE_HISTORY_BYTES (128u << 10)
#define CONSOLE_LOG_BYTES_MAX (4u << 20)
#define CONSOLE_INPUT_BYTES   4096u /* typed, and not yet taken by the guest */

struct console;
struct console_reader;

/* New bytes are there: the reader fetches them by console_read(). */
typedef void (*console_ready)(void *context);

/* NULL if memory is short. @log_path is where a copy goes. */
struct console *console_create(const char *log_path);
void console_destroy(struct console *console);

/*
 * console_attach - the guest's page, and how to tell the guest that its rings changed. The page
 * must stay until console_detach(), which takes what is left in it.
 */
void console_attach(struct console *console, struct xencons_interface *ring,
                    void (*notify)(void *context), void *context);
void console_detach(struct console *console);

/* console_serve - move bytes both ways; to be called when the guest has notified. */
void console_serve(struct console *console);

/* The guest broke its rings; nothing is moved any more. */
bool console_is_broken(const struct console *console);

/* A line of ours among the guest's. */
void console_note(struct console *console, const char *text);

/* A reader starts with all that is kept, or with what comes next. NULL if memory is short. */
struct console_reader *console_reader_add(struct console *console, bool from_start,
                                          console_ready ready, void *context);
void console_reader_remove(struct console_reader *reader);
size_t console_read(struct console_reader *reader, char *to, size_t room);

/* console_type - bytes for the guest; answers how many there was room for. */
size_t console_type(struct console *console, const char *bytes, size_t count);

/* The last bytes, at most @room, as console_read() would give them. */
size_t console_tail(const struct console *console, char *to, size_t room);

#endif
