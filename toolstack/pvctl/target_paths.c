/* SPDX-License-Identifier: MIT */
#include "pvctl/target_paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "testbed/share_path.h"

static int move_path(const struct target *target, const char *what, char **path, bool must_exist,
                     struct error *error)
{
    char *inside = *path ? share_path(target->testbed.share, *path) : NULL;

    if (!inside)
        return 0;
    if (must_exist && access(*path, R_OK)) {
        error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_INPUT, "PV-E0380",
                  "%s %s cannot be opened: %s", what, *path, strerror(errno));
        free(inside);
        return -1;
    }
    free(*path);
    *path = inside;
    return 0;
}

int target_paths(const struct target *target, struct domain_config *config, struct error *error)
{
    if (!target->is_testbed)
        return 0;
    if (move_path(target, "the kernel", &config->kernel, true, error) ||
        move_path(target, "the initrd", &config->initrd, true, error) ||
        move_path(target, "the console's log", &config->console_log, false, error))
        return -1;
    for (size_t i = 0; i < config->disk_count; i++) {
        if (!config->disks[i].backend_domain &&
            move_path(target, "the disk", &config->disks[i].path, true, error))
            return -1;
    }
    return 0;
}

static bool explain(const struct target *target, const char *path, struct error *error)
{
    if (!path || !strstr(error->message, path) ||
        !share_path_is_outside(target->testbed.share, path))
        return false;
    error_hint(error,
               "%.60s lies outside of the testbed's shared folder %.60s: move it there, or "
               "pvctl testbed down and up with --share",
               path, target->testbed.share);
    return true;
}

int target_paths_explain(const struct target *target, const struct domain_config *config,
                         struct error *error)
{
    if (!target->is_testbed || explain(target, config->kernel, error) ||
        explain(target, config->initrd, error))
        return -1;
    for (size_t i = 0; i < config->disk_count; i++) {
        if (explain(target, config->disks[i].path, error))
            break;
    }
    return -1;
}
