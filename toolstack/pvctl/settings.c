/* SPDX-License-Identifier: MIT */
#include "pvctl/settings.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/file.h"
#include "common/text.h"

#define CONFIG_BYTES_MAX 65536u
#define PATH_BYTES       4096u

static const struct {
    const char *name, *value;
    size_t offset;
} rows[] = {
#define SETTING(name, value, text) { #name, value, offsetof(struct settings, name) },
    SETTINGS(SETTING)
#undef SETTING
};

#define ROW_COUNT (sizeof(rows) / sizeof(rows[0]))

static char *setting_at(struct settings *settings, size_t row)
{
    return (char *)settings + rows[row].offset;
}

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, " \t\r");
    length = strlen(text);
    while (length && strchr(" \t\r", text[length - 1]))
        text[--length] = '\0';
    return text;
}

static int read_line(struct settings *settings, char *line, const char *path, uint32_t number,
                     struct error *error)
{
    char *value = strchr(line, '='), *name;

    if (value)
        *value++ = '\0';
    name = trim(line);
    for (size_t i = 0; value && i < ROW_COUNT; i++) {
        if (strcmp(rows[i].name, name) != 0)
            continue;
        value = trim(value);
        if (strlen(value) >= SETTING_BYTES)
            break;
        text_copy(setting_at(settings, i), SETTING_BYTES, value);
        return 0;
    }
    error_set(error, ERROR_INPUT, "PV-E0370", "'%.60s' is no setting", name);
    error_hint(error, "lines are: name = value, with the names uri, bridges, definitions, socket, "
                      "qemu, pv_grub");
    return error_place(error, path, number, "");
}

static int read_text(struct settings *settings, char *text, const char *path, struct error *error)
{
    uint32_t number = 0;
    char *line;

    while ((line = strsep(&text, "\n"))) {
        number++;
        line[strcspn(line, "#")] = '\0';
        if (*trim(line) && read_line(settings, line, path, number, error))
            return -1;
    }
    return 0;
}

int settings_read_file(struct settings *settings, const char *path, bool must_exist,
                       struct error *error)
{
    struct buffer file;
    int result;

    if (!must_exist && access(path, R_OK))
        return 0;
    if (file_read(path, CONFIG_BYTES_MAX, &file, error))
        return -1;
    file.data[file.bytes] = '\0'; /* there is always room for it */
    result = read_text(settings, (char *)file.data, path, error);
    free(file.data);
    return result;
}

static int read_user_file(struct settings *settings, struct error *error)
{
    const char *folder = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");
    char path[PATH_BYTES];

    if (folder && *folder)
        snprintf(path, sizeof(path), "%s/pvctl/pvctl.conf", folder);
    else if (home && *home)
        snprintf(path, sizeof(path), "%s/.config/pvctl/pvctl.conf", home);
    else
        return 0;
    return settings_read_file(settings, path, false, error);
}

int settings_load(struct settings *settings, struct error *error)
{
    const char *file = getenv("PVCTL_CONFIG"), *uri = getenv("PVCTL_URI");

    *settings = (struct settings){ .color = isatty(STDOUT_FILENO) && !getenv("NO_COLOR") };
    for (size_t i = 0; i < ROW_COUNT; i++)
        text_copy(setting_at(settings, i), SETTING_BYTES, rows[i].value);
    if (settings_read_file(settings, "/etc/pvctl/pvctl.conf", false, error) ||
        read_user_file(settings, error) ||
        (file && *file && settings_read_file(settings, file, true, error)))
        return -1;
    if (uri && *uri)
        snprintf(settings->uri, sizeof(settings->uri), "%s", uri);
    return 0;
}
