/* SPDX-License-Identifier: MIT */
/*
 * Definitions: FOLDER/NAME.xml, what a domain is to be when it does not run; a link
 * FOLDER/autostart/NAME.xml marks one that starts with the host.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_DEFINITIONS_H
#define PARAPET_TOOLSTACK_PVCTL_DEFINITIONS_H

#include <jansson.h>
#include <limits.h>

#include "common/file.h"
#include "config/domain_config.h"
#include "pvctl/command.h"
#include "pvctl/report.h"

/* The path of the definition of @name, whether it is there or not; -1 if @name cannot be one. */
MUST_CHECK int definition_path(const struct settings *settings, const char *name,
                               char path[PATH_MAX], struct error *error);
MUST_CHECK int autostart_path(const struct settings *settings, const char *name,
                              char path[PATH_MAX], struct error *error);
bool definition_exists(const struct settings *settings, const char *name);
bool definition_starts(const struct settings *settings, const char *name);

/* definition_read - ends with ERROR_NOT_FOUND if there is none. */
MUST_CHECK int definition_read(const struct settings *settings, const char *name,
                               struct domain_config *config, struct error *error);

/* definition_write - as XML, in the place of what was there. */
MUST_CHECK int definition_write(const struct settings *settings, const struct domain_config *config,
                                struct error *error);

/* The names of all, sorted: a new array. */
json_t *definition_names(const struct settings *settings);
/* Those that start with the host. */
json_t *autostart_names(const struct settings *settings);

/* definition_folder_make - the folder, and below it autostart. */
MUST_CHECK int definition_folder_make(const struct settings *settings, struct error *error);

/*
 * domain_file_read - what `create` takes: a file, or, if @name has no slash and is no file here,
 * a definition. Warnings go to the call.
 */
MUST_CHECK int domain_file_read(struct invocation *call, const char *name,
                                struct domain_config *config, struct error *error);

#endif
