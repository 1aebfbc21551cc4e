/* SPDX-License-Identifier: MIT */
/* disk-attach, net-attach, and their opposites. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/text.h"
#include "config/values.h"
#include "config/vdev.h"
#include "pvctl/client.h"
#include "pvctl/domain_defaults.h"
#include "pvctl/domain_reader.h"
#include "pvctl/host_check.h"
#include "pvctl/output.h"
#include "pvctl/target_paths.h"

static bool is_xml_file(const char *word)
{
    size_t length = strlen(word);

    return length > 4 && !strcmp(word + length - 4, ".xml");
}

/* The <disk> or <interface> in the file. */
static int read_device_file(struct invocation *call, const char *path, struct domain_config *config,
                            struct error *error)
{
    struct buffer file;
    struct report report;
    json_t *warnings;
    int result;

    if (file_read(path, XML_FILE_BYTES_MAX, &file, error))
        return -1;
    result = device_read(&file, path, config, &report, error);
    warnings = report_warnings(&report, path);
    json_array_extend(call->warnings, warnings);
    json_decref(warnings);
    report_free(&report);
    free(file.data);
    return result;
}

/* --- Disks --- */

static const struct column disk_columns[] = {
    { "Target", "target", COLUMN_TEXT },
    { "Vdev", "vdev", COLUMN_NUMBER },
    { 0 },
};

static int take_text(char **to, const char *text, struct error *error)
{
    *to = strdup(text);
    return *to ? 0 : error_set(error, ERROR_RESOURCES, "PV-E0720", "no memory for a configuration");
}

/* The disk that the words and options say. */
static int disk_from_words(const struct invocation *call, struct disk_config *disk,
                           struct error *error)
{
    const char *source = call->words[1], *target = call->word_count > 2 ? call->words[2] : "";
    const char *type = call->options[OPTION_type];
    struct stat status;
    char *path = source[0] == '/' ? NULL : realpath(source, NULL);

    if (type && word_find(disk_kind_words, type) < 0) {
        free(path);
        return error_set(error, ERROR_USAGE, "PV-E0216", "--type of a disk is file or block");
    }
    if (!*target || strlen(target) >= sizeof(disk->target)) {
        free(path);
        error_set(error, ERROR_USAGE, "PV-E0217", "the disk needs a name in the guest");
        return error_hint(error, "pvctl disk-attach DOMAIN %.100s xvdb", source);
    }
    TEXT_SET(disk->target, target);
    disk->kind = type ? (enum disk_kind)word_find(disk_kind_words, type)
                 : !stat(source, &status) && S_ISBLK(status.st_mode) ? DISK_BLOCK
                                                                     : DISK_FILE;
    disk->cdrom = call->options[OPTION_cdrom] != NULL;
    disk->readonly = disk->cdrom || call->options[OPTION_readonly];
    disk->shareable = call->options[OPTION_shareable] != NULL;
    if (take_text(&disk->path, path ? path : source, error)) {
        free(path);
        return -1;
    }
    free(path);
    return disk_config_check(disk, error);
}

int command_disk_attach(struct invocation *call, struct error *error)
{
    struct domain_config config;
    struct disk_config *disk;
    struct target target;
    int result;

    domain_config_init(&config);
    if (target_parse(call->settings, &target, error))
        return -1;
    if (is_xml_file(call->words[1])) {
        if (read_device_file(call, call->words[1], &config, error))
            return -1;
        result = config.disk_count ? 0
                                   : error_set(error, ERROR_INPUT, "PV-E0374", "%s has no <disk>",
                                               call->words[1]);
    } else {
        disk = domain_config_add_disk(&config);
        result =
            disk ? disk_from_words(call, disk, error)
                 : error_set(error, ERROR_RESOURCES, "PV-E0720", "no memory for a configuration");
    }
    if (!result)
        result = target.is_remote ? target_paths(&target, &config, error)
                                  : host_check_disk(&config.disks[0], error);
    if (!result && client_ask(call->settings, REQUEST_ID_disk_attach,
                              json_pack("{s:s, s:o}", "domain", call->words[0], "disk",
                                        disk_config_to_json(&config.disks[0])),
                              &call->result, error))
        result = target_paths_explain(&target, &config, error);
    domain_config_free(&config);
    call->show = call->settings->verbose ? show_fields : NULL;
    call->columns = disk_columns;
    return result;
}

/* --- Network cards --- */

static const struct column nic_columns[] = {
    { "Idx", "index", COLUMN_NUMBER },
    { "MAC", "mac", COLUMN_TEXT },
    { 0 },
};

static int wrong_option(enum option_id id, const char *value, struct error *error)
{
    error_set(error, ERROR_USAGE, "PV-E0218", "--%s '%.60s' cannot be", option_rows[id].name,
              value);
    return error_hint(error, "%s", option_rows[id].text);
}

static int take_name(const struct invocation *call, enum option_id id, char to[INTERFACE_BYTES],
                     struct error *error)
{
    if (!call->options[id])
        return 0;
    if (!*call->options[id] || strlen(call->options[id]) >= INTERFACE_BYTES)
        return wrong_option(id, call->options[id], error);
    text_copy(to, INTERFACE_BYTES, call->options[id]);
    return 0;
}

/* virsh's words: attach-interface DOMAIN bridge xenbr0, DOMAIN network default. */
static int nic_kind_from_words(const struct invocation *call, struct nic_config *nic,
                               struct error *error)
{
    const char *kind = call->options[OPTION_type];
    int found;

    if (call->word_count > 1)
        kind = call->words[1];
    if (!kind)
        return 0;
    found = word_find(nic_kind_words, !strcmp(kind, "network") ? "nat" : kind);
    if (found < 0)
        return wrong_option(OPTION_type, kind, error);
    nic->kind = (enum nic_kind)found;
    if (call->word_count > 2 && nic->kind == NIC_BRIDGE && strlen(call->words[2]) < INTERFACE_BYTES)
        TEXT_SET(nic->bridge, call->words[2]);
    return 0;
}

static int nic_from_words(const struct invocation *call, struct domain_config *config,
                          struct error *error)
{
    struct nic_config *nic = domain_config_add_nic(config);
    const char *mac = call->options[OPTION_mac], *mtu = call->options[OPTION_mtu];
    uint64_t bytes = 0;

    if (!nic)
        return error_set(error, ERROR_RESOURCES, "PV-E0720", "no memory for a configuration");
    if (nic_kind_from_words(call, nic, error) ||
        take_name(call, OPTION_bridge, nic->bridge, error) ||
        take_name(call, OPTION_target, nic->target, error))
        return -1;
    if (mac && !mac_parse(mac, nic->mac))
        return wrong_option(OPTION_mac, mac, error);
    if (mtu && !decimal_parse(mtu, UINT16_MAX, &bytes))
        return wrong_option(OPTION_mtu, mtu, error);
    nic->mtu = (uint32_t)bytes;
    if (call->options[OPTION_ip] && take_text(&nic->ip, call->options[OPTION_ip], error))
        return -1;
    /* A random uuid gives a random address. */
    return domain_defaults(config, error) || nic_config_check(nic, error) ? -1 : 0;
}

int command_net_attach(struct invocation *call, struct error *error)
{
    struct domain_config config;
    struct target target;
    int result;

    domain_config_init(&config);
    if (target_parse(call->settings, &target, error))
        return -1;
    if (call->word_count > 1 && is_xml_file(call->words[1])) {
        if (read_device_file(call, call->words[1], &config, error))
            return -1;
        result = config.nic_count ? 0
                                  : error_set(error, ERROR_INPUT, "PV-E0374",
                                              "%s has no <interface>", call->words[1]);
    } else {
        result = nic_from_words(call, &config, error);
    }
    if (!result && !target.is_remote)
        result = host_check_nic(call->settings, &config.nics[0], error);
    if (!result)
        result = client_ask(call->settings, REQUEST_ID_net_attach,
                            json_pack("{s:s, s:o}", "domain", call->words[0], "nic",
                                      nic_config_to_json(&config.nics[0])),
                            &call->result, error);
    domain_config_free(&config);
    call->show = call->settings->verbose ? show_fields : NULL;
    call->columns = nic_columns;
    return result;
}

/* --- Both --- */

int command_detach(struct invocation *call, struct error *error)
{
    bool is_disk = !strcmp(call->command->name, "disk-detach");
    json_int_t timeout_ns;

    if (option_timeout(call, &timeout_ns, error))
        return -1;
    return client_ask(call->settings, is_disk ? REQUEST_ID_disk_detach : REQUEST_ID_net_detach,
                      json_pack("{s:s, s:s, s:b, s:I}", "domain", call->words[0], "target",
                                call->words[1], "force", call->options[OPTION_force] != NULL,
                                "timeout_ns", timeout_ns),
                      &call->result, error);
}
