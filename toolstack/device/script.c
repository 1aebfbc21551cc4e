/* SPDX-License-Identifier: MIT */
/* Hot-plug scripts of the administrator, in place of what is built in: run as xl runs them. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "common/program.h"
#include "device/device_internal.h"

#define SCRIPT_LIMIT_MS 30000u
#define WORDS_MAX       8

const char *device_script(const struct device *device)
{
    return device->disk.script ? device->disk.script : device->nic.script;
}

static bool others_may_write(const struct stat *status)
{
    return status->st_uid != 0 || status->st_mode & (S_IWGRP | S_IWOTH);
}

/* One name in the folder, which only root can change, and so the file. */
int script_check(const char *path, struct error *error)
{
    const char *name = path + strlen(DEVICE_SCRIPTS);
    struct stat status;

    if (strncmp(path, DEVICE_SCRIPTS, strlen(DEVICE_SCRIPTS)) != 0 || !*name || *name == '.' ||
        strchr(name, '/')) {
        error_set(error, ERROR_UNSUPPORTED, "PV-E0444",
                  "the script %s is not among those that may run", path);
        return error_hint(error, "put it into " DEVICE_SCRIPTS " and name it from there");
    }
    if (lstat(path, &status))
        return error_set(error, ERROR_INPUT, "PV-E0345", "the script %s cannot be run: %s", path,
                         strerror(errno));
    if (!S_ISREG(status.st_mode) || !(status.st_mode & S_IXUSR)) {
        error_set(error, ERROR_INPUT, "PV-E0345", "the script %s cannot be run: it is no program",
                  path);
        return error_hint(error, "chmod 755 %s", path);
    }
    if (others_may_write(&status) || stat(DEVICE_SCRIPTS, &status) || others_may_write(&status)) {
        error_set(error, ERROR_PERMISSION, "PV-E0831",
                  "the script %s can be changed by others than root", path);
        return error_hint(error, "chown root %s " DEVICE_SCRIPTS "; chmod 755 both", path);
    }
    return 0;
}

static void script_ended(void *context, const struct program_end *end)
{
    struct device *device = context;

    device->program = NULL;
    if (end->status) {
        error_set(&device->error, end->is_late ? ERROR_TIMEOUT : ERROR_FAILED,
                  end->is_late ? "PV-E1005" : "PV-E0138", "the script %s %s%s%s",
                  device_script(device),
                  end->is_late ? "did not end within 30 s, and was killed" : "failed",
                  *end->output ? ": " : "", end->output);
        error_hint(&device->error, "it ended with %d; pvd runs it as xl does", end->status);
    }
    if (device->is_released) {
        if (end->status)
            log_warning("%s", device->error.message);
        device_let_go(device);
    } else if (end->status && device->phase == DEVICE_STARTING) {
        device_failed(device);
    } else if (device->phase == DEVICE_STARTING) {
        device->kind->is_plugged(device);
    }
}

int script_run(struct device *device, const char *command, struct error *error)
{
    bool is_nic = !strcmp(device->kind->name, "vif");
    char *backend = device_backend_path(device), name[INTERFACE_BYTES] = "";
    const char *path = device_script(device);
    const char *arguments[] = { path, command, is_nic ? "type_if=vif" : NULL, NULL };
    char *words[WORDS_MAX];
    size_t count = 0;

    words[count++] =
        memory_string("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
    words[count++] = memory_format("script=%s", path);
    words[count++] = memory_format("XENBUS_TYPE=%s", device->kind->name);
    words[count++] = memory_format("XENBUS_PATH=%s", backend);
    words[count++] = memory_string("XENBUS_BASE_PATH=backend");
    if (is_nic) {
        nic_interface_name(device, name);
        words[count++] = memory_format("vif=%s", name);
        words[count++] = memory_string("netdev=");
    }
    words[count] = NULL;
    if (!script_check(path, error))
        device->program =
            program_start(device->loop,
                          &(struct program_plan){ arguments, (const char *const *)words,
                                                  SCRIPT_LIMIT_MS },
                          script_ended, device, error);
    for (size_t i = 0; i < count; i++)
        free(words[i]);
    free(backend);
    if (!device->program)
        return -1;
    event_timer_stop(&device->timer);
    return 0;
}
