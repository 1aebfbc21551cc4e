/* SPDX-License-Identifier: MIT */
#include "pvctl/definitions.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "config/values.h"
#include "pvctl/domain_reader.h"
#include "pvctl/domain_writer.h"

#define ENDING ".xml"

static int path_below(const struct settings *settings, const char *folder, const char *name,
                      char path[PATH_MAX], struct error *error)
{
    if (!domain_name_is_valid(name))
        return error_set(error, ERROR_NOT_FOUND, "PV-E0501", "there is no domain '%.70s'", name);
    snprintf(path, PATH_MAX, "%s%s/%s" ENDING, settings->definitions, folder, name);
    return 0;
}

int definition_path(const struct settings *settings, const char *name, char path[PATH_MAX],
                    struct error *error)
{
    return path_below(settings, "", name, path, error);
}

int autostart_path(const struct settings *settings, const char *name, char path[PATH_MAX],
                   struct error *error)
{
    return path_below(settings, "/autostart", name, path, error);
}

bool definition_exists(const struct settings *settings, const char *name)
{
    char path[PATH_MAX];
    struct error ignored;

    return !definition_path(settings, name, path, &ignored) && !access(path, F_OK);
}

bool definition_starts(const struct settings *settings, const char *name)
{
    char path[PATH_MAX];
    struct error ignored;

    return !autostart_path(settings, name, path, &ignored) && !access(path, F_OK);
}

int definition_read(const struct settings *settings, const char *name, struct domain_config *config,
                    struct error *error)
{
    char path[PATH_MAX];
    struct buffer file;
    struct read_options options = { .pv_grub = settings->pv_grub };
    struct report report;
    int result;

    if (!definition_exists(settings, name)) {
        error_set(error, ERROR_NOT_FOUND, "PV-E0502", "there is no definition '%.70s'", name);
        return error_hint(error, "pvctl define FILE makes one; pvctl list --all shows them");
    }
    if (definition_path(settings, name, path, error) ||
        file_read(path, XML_FILE_BYTES_MAX, &file, error))
        return -1;
    result = domain_read(&file, path, &options, config, &report, error);
    report_free(&report);
    free(file.data);
    return result;
}

static int make_folder(const char *path, struct error *error)
{
    bool is_forbidden;

    if (!mkdir(path, 0755) || errno == EEXIST)
        return 0;
    is_forbidden = errno == EACCES || errno == EROFS;
    error_set(error, is_forbidden ? ERROR_PERMISSION : ERROR_FAILED,
              is_forbidden ? "PV-E0821" : "PV-E0106", "the folder %s cannot be made: %s", path,
              strerror(errno));
    return error_hint(error, "be root; or set definitions= in pvctl.conf");
}

int definition_folder_make(const struct settings *settings, struct error *error)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s", settings->definitions);
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (make_folder(path, error))
            return -1;
        *slash = '/';
    }
    if (make_folder(path, error))
        return -1;
    snprintf(path, sizeof(path), "%s/autostart", settings->definitions);
    return make_folder(path, error);
}

int definition_write(const struct settings *settings, const struct domain_config *config,
                     struct error *error)
{
    char path[PATH_MAX];
    char *xml = domain_write(config);
    int result = -1;

    if (!xml)
        return error_set(error, ERROR_RESOURCES, "PV-E0723", "no memory for the XML of a domain");
    if (!definition_folder_make(settings, error) &&
        !definition_path(settings, config->name, path, error))
        result = file_write(path, xml, strlen(xml), error);
    free(xml);
    return result;
}

static int is_definition(const struct dirent *entry)
{
    size_t length = strlen(entry->d_name);

    return length > strlen(ENDING) && entry->d_name[0] != '.' &&
           !strcmp(entry->d_name + length - strlen(ENDING), ENDING);
}

static json_t *names_in(const char *folder)
{
    json_t *names = json_array();
    struct dirent **entries;
    int count = scandir(folder, &entries, is_definition, alphasort);

    for (int i = 0; i < count; i++) {
        entries[i]->d_name[strlen(entries[i]->d_name) - strlen(ENDING)] = '\0';
        if (domain_name_is_valid(entries[i]->d_name))
            json_array_append_new(names, json_string(entries[i]->d_name));
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    return names;
}

json_t *definition_names(const struct settings *settings)
{
    return names_in(settings->definitions);
}

json_t *autostart_names(const struct settings *settings)
{
    char path[PATH_MAX];

    snprintf(path, sizeof(path), "%s/autostart", settings->definitions);
    return names_in(path);
}

int domain_file_read(struct invocation *call, const char *name, struct domain_config *config,
                     struct error *error)
{
    struct read_options options = { call->settings->pv_grub, call->options[OPTION_strict] != NULL };
    char path[PATH_MAX];
    struct buffer file;
    struct report report = { .count = 0 };
    json_t *warnings;
    int result;

    snprintf(path, sizeof(path), "%s", name);
    if (!strchr(name, '/') && access(name, F_OK) && definition_exists(call->settings, name) &&
        definition_path(call->settings, name, path, error))
        return -1;
    if (file_read(path, XML_FILE_BYTES_MAX, &file, error))
        return error_place(error, path, 0, "");
    result = domain_read(&file, path, &options, config, &report, error);
    warnings = report_warnings(&report, path);
    json_array_extend(call->warnings, warnings);
    json_decref(warnings);
    report_free(&report);
    free(file.data);
    return result;
}
