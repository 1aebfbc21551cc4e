/* SPDX-License-Identifier: MIT */
/* define, undefine, autostart, edit: the definitions of domains. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "config/values.h"
#include "pvctl/client.h"
#include "pvctl/definitions.h"
#include "pvctl/domain_reader.h"
#include "pvctl/output.h"
#include "pvctl/target_paths.h"

/* Definitions are files of this host or of a testbed; another host's are not reached. */
static int find_definitions(const struct invocation *call, struct target *target,
                            struct error *error)
{
    if (target_parse(call->settings, target, error))
        return -1;
    if (!target->is_remote || target->is_testbed)
        return 0;
    error_set(error, ERROR_UNSUPPORTED, "PV-E0425", "%s works on the host itself only",
              call->command->name);
    return error_hint(error, "ssh %s pvctl %s ...", target->host, call->command->name);
}

static int refuse_remote(const struct invocation *call, struct error *error)
{
    struct target target;

    return find_definitions(call, &target, error);
}

static void show_defined(const struct invocation *call)
{
    if (!call->settings->quiet)
        printf("domain %s defined\n", json_string_value(json_object_get(call->result, "name")));
}

/* Another domain under this name? The same uuid is a new version of the same one. */
static int refuse_other(const struct settings *settings, const struct domain_config *config,
                        struct error *error)
{
    struct domain_config other;
    bool is_other;

    if (!definition_exists(settings, config->name) ||
        definition_read(settings, config->name, &other, error))
        return 0; /* a definition that cannot be read is replaced */
    is_other = memcmp(other.uuid, config->uuid, DOMAIN_UUID_BYTES) != 0;
    domain_config_free(&other);
    if (!is_other)
        return 0;
    error_set(error, ERROR_STATE, "PV-E0620", "there is a definition '%s' with another uuid",
              config->name);
    return error_hint(error, "pvctl undefine %s, or take another name or its uuid", config->name);
}

int command_define(struct invocation *call, struct error *error)
{
    struct domain_config config;
    struct target target;
    char uuid[UUID_TEXT_BYTES];
    int result;

    if (find_definitions(call, &target, error) ||
        domain_file_read(call, call->words[0], &config, error))
        return -1;
    result = target_paths(&target, &config, error) ||
                     refuse_other(call->settings, &config, error) ||
                     definition_write(call->settings, &config, error)
                 ? -1
                 : 0;
    uuid_format(config.uuid, uuid);
    call->result = json_pack("{s:s, s:s}", "name", config.name, "uuid", uuid);
    call->show = show_defined;
    domain_config_free(&config);
    return result;
}

int command_undefine(struct invocation *call, struct error *error)
{
    char path[PATH_MAX], link[PATH_MAX];
    const char *name = call->words[0];

    if (refuse_remote(call, error) || definition_path(call->settings, name, path, error) ||
        autostart_path(call->settings, name, link, error))
        return -1;
    unlink(link);
    if (!unlink(path))
        return 0;
    if (errno == ENOENT)
        return error_set(error, ERROR_NOT_FOUND, "PV-E0502", "there is no definition '%s'", name);
    return error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_FAILED, "PV-E0109",
                     "%.200s cannot be removed: %s", path, strerror(errno));
}

/* --- autostart --- */

static int autostart_list(struct invocation *call)
{
    call->result = json_pack("{s:o}", "names", autostart_names(call->settings));
    call->show = show_lines;
    call->rows = "names";
    return 0;
}

/* Each is tried; the last error is that of the command. */
static int autostart_start(struct invocation *call, struct error *error)
{
    json_t *names = autostart_names(call->settings), *name;
    const char *wanted = call->words[0];
    int result = 0;
    size_t i;

    json_array_foreach(names, i, name)
    {
        struct error problem;

        call->words[0] = json_string_value(name);
        json_decref(call->result);
        call->result = NULL;
        if (!command_start(call, &problem))
            continue;
        invocation_warn(call, "%s does not start: %s", call->words[0], problem.message);
        *error = problem;
        result = -1;
    }
    call->words[0] = wanted;
    call->show = NULL;
    json_decref(names);
    return result;
}

static int autostart_set(struct invocation *call, struct error *error)
{
    const char *name = call->words[0];
    char link[PATH_MAX], target[PATH_MAX];

    if (!definition_exists(call->settings, name))
        return error_set(error, ERROR_NOT_FOUND, "PV-E0502", "there is no definition '%.70s'",
                         name);
    if (definition_folder_make(call->settings, error) ||
        autostart_path(call->settings, name, link, error))
        return -1;
    snprintf(target, sizeof(target), "../%s.xml", name);
    if (call->options[OPTION_off] ? !unlink(link) || errno == ENOENT
                                  : !symlink(target, link) || errno == EEXIST)
        return 0;
    return error_set(error, errno == EACCES ? ERROR_PERMISSION : ERROR_FAILED, "PV-E0108",
                     "the link %.200s cannot be changed: %s", link, strerror(errno));
}

int command_autostart(struct invocation *call, struct error *error)
{
    if (refuse_remote(call, error))
        return -1;
    if (call->options[OPTION_start_all])
        return autostart_start(call, error);
    return call->word_count ? autostart_set(call, error) : autostart_list(call);
}

/* --- edit --- */

static int run_editor(const char *path, struct error *error)
{
    const char *editor = getenv("VISUAL") ? getenv("VISUAL") : getenv("EDITOR");
    int status = 0;
    pid_t child = fork();

    if (!child) {
        /* The variable may have arguments; the path is one of the shell's, never part of the text. */
        execlp("sh", "sh", "-c", "exec $0 \"$1\"", editor && *editor ? editor : "vi", path,
               (char *)NULL);
        _exit(127);
    }
    if (child > 0 && waitpid(child, &status, 0) == child && WIFEXITED(status) &&
        !WEXITSTATUS(status))
        return 0;
    return error_set(error, ERROR_FAILED, "PV-E0102", "the editor ended with an error");
}

/* The edited text becomes the definition, if it is a good one of the same domain. */
static int take_edited(struct invocation *call, const char *name, const char *path,
                       struct error *error)
{
    struct domain_config config;
    int result = -1;

    if (domain_file_read(call, path, &config, error))
        return -1;
    if (strcmp(config.name, name) != 0) {
        error_set(error, ERROR_INPUT, "PV-E0373", "the name became '%s'", config.name);
        error_hint(error, "pvctl rename %s %s gives it another name", name, config.name);
    } else {
        result = definition_write(call->settings, &config, error);
    }
    domain_config_free(&config);
    return result;
}

int command_edit(struct invocation *call, struct error *error)
{
    char path[PATH_MAX], copy[] = "/tmp/pvctl-edit-XXXXXX.xml";
    struct buffer file;
    int fd, result;

    if (refuse_remote(call, error) ||
        definition_path(call->settings, call->words[0], path, error) ||
        file_read(path, XML_FILE_BYTES_MAX, &file, error))
        return -1;
    fd = mkostemps(copy, 4, O_CLOEXEC);
    if (fd >= 0)
        close(fd);
    result = fd < 0 ? error_set(error, ERROR_FAILED, "PV-E0101", "%s cannot be made", copy)
                    : file_write(copy, file.data, file.bytes, error);
    free(file.data);
    if (!result)
        result = run_editor(copy, error);
    if (!result)
        result = take_edited(call, call->words[0], copy, error);
    if (!result || fd < 0)
        unlink(copy);
    else
        invocation_warn(call, "the edited text is kept in %s; the definition is as it was", copy);
    return result;
}
