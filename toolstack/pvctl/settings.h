/* SPDX-License-Identifier: MIT */
/*
 * Settings, later ones win: built in, /etc/pvctl/pvctl.conf, $XDG_CONFIG_HOME/pvctl/pvctl.conf,
 * $PVCTL_CONFIG (these are files of lines "name = value"), $PVCTL_URI, options.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_SETTINGS_H
#define PARAPET_TOOLSTACK_PVCTL_SETTINGS_H

#include <stdbool.h>

#include "common/error.h"

#define SETTING_BYTES 256

/* SETTING(name, built-in value, text) */
#define SETTINGS(SETTING)                                                                          \
    SETTING(uri, "pv:///system", "whom to talk to")                                                \
    SETTING(bridges, "xenbr0 virbr0 br0", "the default bridge is the first of them that is there") \
    SETTING(definitions, "/etc/pvctl/domains", "the folder of definitions")                        \
    SETTING(socket, "/run/pvd/socket", "of pvd, for pv:///system")                                 \
    SETTING(qemu, "qemu-system-x86_64", "runs testbeds")                                           \
    SETTING(pv_grub, "/usr/lib/grub-xen/grub-x86_64-xen.bin", "starts guests from their disks")

struct settings {
#define SETTING(name, value, text) char name[SETTING_BYTES];
    SETTINGS(SETTING)
#undef SETTING
    bool json, quiet, verbose, color;
};

/* settings_load - all but the options. */
MUST_CHECK int settings_load(struct settings *settings, struct error *error);

/* settings_read_file - one file; that it is missing is an error only if @must_exist. */
MUST_CHECK int settings_read_file(struct settings *settings, const char *path, bool must_exist,
                                  struct error *error);

#endif
