/* SPDX-License-Identifier: MIT */
/*
 * Requests of the toolstack: control/shutdown and control/sysrq. A request is acknowledged by
 * emptying its node before it is carried out.
 */
#include "pv/control.h"

#include "kernel/bottom.h"
#include "kernel/print.h"
#include "kernel/string.h"
#include "pv/store.h"

#define SHUTDOWN_NODE "control/shutdown"
#define SYSRQ_NODE    "control/sysrq"

/* The node's text, and nothing in it afterwards; false: it was empty. */
static bool take_request(const char *node, char *text, size_t bytes)
{
    for (;;) {
        uint32_t transaction;

        if (store_begin(&transaction))
            return false;
        int error = store_read(transaction, node, text, bytes);
        bool is_there = !error && text[0];

        if (is_there)
            error = store_write(transaction, node, "");
        int end_error = store_end(transaction, is_there && !error);

        if (end_error != -XEN_EAGAIN)
            return is_there && !error && !end_error;
    }
}

static void end_by(enum bottom_end how, const char *word)
{
    print("pvguest: %s was asked for\n", word);
    bottom_shutdown(how);
}

static void shutdown_changed(void *context)
{
    char word[16];

    (void)context;
    if (!take_request(SHUTDOWN_NODE, word, sizeof(word)))
        return;
    if (!strcmp(word, "poweroff") || !strcmp(word, "halt"))
        end_by(BOTTOM_END_POWEROFF, word);
    else if (!strcmp(word, "reboot"))
        end_by(BOTTOM_END_REBOOT, word);
    else
        print("pvguest: %s was asked for, and is not known here\n", word);
}

static void sysrq_changed(void *context)
{
    char key[4];

    (void)context;
    if (take_request(SYSRQ_NODE, key, sizeof(key)))
        print("pvguest: no meaning for the key %s\n", key);
}

void control_init(void)
{
    static const char *const features[] = { "control/feature-poweroff", "control/feature-reboot" };

    for (uint32_t i = 0; i < ARRAY_LENGTH(features); i++) {
        if (store_write(0, features[i], "1"))
            print("pvguest: %s cannot be written\n", features[i]);
    }
    if (!store_watch(SHUTDOWN_NODE, shutdown_changed, NULL) ||
        !store_watch(SYSRQ_NODE, sysrq_changed, NULL))
        print("pvguest: requests of the toolstack are not seen\n");
}
