/* SPDX-License-Identifier: MIT */
/* input_lock guards the ring, the state, and who reads the port. */
#include "console/input.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "console/printk.h"
#include "console/uart.h"
#include "lib/spinlock.h"

#define SWITCH_KEY   1 /* Ctrl-a */
#define SWITCH_COUNT 3u
#define KEYS_AT_ONCE 16u
/* A port that is broken may seem to receive for ever. */
#define BYTES_AT_ONCE 256u

void (*console_input_arrived)(void);
void (*console_key_pressed)(char key);

static struct spinlock input_lock = SPINLOCK_INIT(LOCK_CONSOLE_INPUT);
static char ring[INPUT_BYTES];
static uint32_t written, taken; /* bytes ever */
static bool is_hypervisors;
static unsigned switch_keys; /* in a row, not passed on yet */

/* What was typed for the hypervisor in one go. */
struct keys {
    char key[KEYS_AT_ONCE];
    unsigned count;
};

static void pass_on(char byte, struct keys *keys)
{
    if (is_hypervisors) {
        if (keys->count < KEYS_AT_ONCE)
            keys->key[keys->count++] = byte;
    } else if (written - taken < INPUT_BYTES) {
        ring[written++ % INPUT_BYTES] = byte;
    }
}

static void switch_over(void)
{
    is_hypervisors = !is_hypervisors;
    switch_keys = 0;
    if (is_hypervisors)
        atomic_store(&console_talks_to_control_domain, false);
    log_info("Input goes to %s; Ctrl-a three times switches over",
             is_hypervisors ? "the hypervisor (h for help)" : "the control domain");
}

static void receive(char byte, struct keys *keys)
{
    if (byte == SWITCH_KEY) {
        if (++switch_keys == SWITCH_COUNT)
            switch_over();
        return;
    }
    for (; switch_keys; switch_keys--)
        pass_on(SWITCH_KEY, keys);
    pass_on(byte, keys);
}

void console_input_poll(void)
{
    struct keys keys = { .count = 0 };
    uint32_t before;
    bool has_new;
    int byte;

    spin_lock(&input_lock);
    before = written;
    for (unsigned i = 0; i < BYTES_AT_ONCE && (byte = uart_read()) >= 0; i++)
        receive((char)byte, &keys);
    has_new = written != before;
    spin_unlock(&input_lock);

    if (has_new && console_input_arrived)
        console_input_arrived();
    for (unsigned i = 0; i < keys.count && console_key_pressed; i++)
        console_key_pressed(keys.key[i]);
}

size_t console_input_read(char *buffer, size_t bytes)
{
    size_t count = 0;

    spin_lock(&input_lock);
    while (count < bytes && taken != written)
        buffer[count++] = ring[taken++ % INPUT_BYTES];
    if (count && !is_hypervisors)
        atomic_store(&console_talks_to_control_domain, true);
    spin_unlock(&input_lock);
    return count;
}
