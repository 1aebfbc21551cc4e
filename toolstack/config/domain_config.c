/* SPDX-License-Identifier: MIT */
#include "config/domain_config.h"

#include <stdlib.h>
#include <string.h>

#include "config/json_fields.h"
#include "config/values.h"

#define PATH_BYTES_MAX     4096
#define LINE_BYTES_MAX     256
#define METADATA_BYTES_MAX (256u << 10)
#define FEATURES_MAX       256

_Static_assert(sizeof(enum domain_action) == sizeof(uint32_t), "enums are read as uint32_t");

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The shorthands of the tables below: S is #defined as the struct that they describe. */
#define TEXT(field)                                                                                \
    {                                                                                              \
        .name = #field, .kind = JSON_FIELD_TEXT, .offset = offsetof(struct S, field),              \
        .limit = sizeof(((struct S *)0)->field)                                                    \
    }
#define FIELD(field, kind_, ...)                                                                   \
    {                                                                                              \
        .name = #field, .kind = (kind_), .offset = offsetof(struct S, field), __VA_ARGS__          \
    }
#define STRING(field, bytes)    FIELD(field, JSON_FIELD_STRING, .limit = (bytes))
#define U32(field, least, most) FIELD(field, JSON_FIELD_U32, .minimum = (least), .limit = (most))
#define U64(field, least, most) FIELD(field, JSON_FIELD_U64, .minimum = (least), .limit = (most))
#define BOOL(field)             FIELD(field, JSON_FIELD_BOOL, .limit = 1)
#define WORD(field, words_)     FIELD(field, JSON_FIELD_WORD, .words = (words_))
#define LIST(field, type, most) FIELD(field, JSON_FIELD_LIST, .list = &(type), .limit = (most))
#define TYPE(struct_, rows, init)                                                                  \
    {                                                                                              \
        sizeof(struct struct_), rows, COUNT(rows), init                                            \
    }

#define S vcpu_pin
static const struct json_field pin_fields[] = {
    U32(vcpu, 0, DOMAIN_VCPUS_MAX - 1),
    FIELD(cpus, JSON_FIELD_CPUS, .limit = 0),
};
#undef S
static const struct json_struct pin_type = TYPE(vcpu_pin, pin_fields, NULL);

#define S cpu_feature
static const struct json_field feature_fields[] = {
    STRING(name, 64),
    WORD(policy, feature_policy_words),
};
#undef S
static const struct json_struct feature_type = TYPE(cpu_feature, feature_fields, NULL);

#define S disk_config
static const struct json_field disk_fields[] = {
    TEXT(target),
    U32(vdev, 0, UINT32_MAX),
    WORD(kind, disk_kind_words),
    STRING(path, PATH_BYTES_MAX),
    STRING(backend_domain, DOMAIN_NAME_BYTES),
    STRING(script, PATH_BYTES_MAX),
    BOOL(readonly),
    BOOL(cdrom),
    BOOL(shareable),
    BOOL(discard),
};
#undef S

static void disk_init(void *object)
{
    *(struct disk_config *)object = (struct disk_config){ .discard = true };
}

static const struct json_struct disk_type = TYPE(disk_config, disk_fields, disk_init);

#define S nic_config
static const struct json_field nic_fields[] = {
    FIELD(mac, JSON_FIELD_MAC, .limit = 0),
    WORD(kind, nic_kind_words),
    TEXT(bridge),
    TEXT(target),
    STRING(ip, LINE_BYTES_MAX),
    STRING(script, PATH_BYTES_MAX),
    STRING(backend_domain, DOMAIN_NAME_BYTES),
    U32(mtu, 0, UINT16_MAX),
    U64(rate_bytes, 0, INT64_MAX),
};
#undef S

static void nic_init(void *object)
{
    *(struct nic_config *)object = (struct nic_config){ .kind = NIC_BRIDGE };
}

static const struct json_struct nic_type = TYPE(nic_config, nic_fields, nic_init);

#define S domain_config
static const struct json_field config_fields[] = {
    TEXT(name),
    FIELD(uuid, JSON_FIELD_UUID, .limit = 0),
    STRING(title, LINE_BYTES_MAX),
    STRING(description, METADATA_BYTES_MAX),
    STRING(metadata, METADATA_BYTES_MAX),
    U64(memory_bytes, MEMORY_BYTES_MIN, MEMORY_BYTES_MAX),
    U64(max_memory_bytes, MEMORY_BYTES_MIN, MEMORY_BYTES_MAX),
    U32(vcpus, 1, DOMAIN_VCPUS_MAX),
    U32(max_vcpus, 1, DOMAIN_VCPUS_MAX),
    FIELD(cpus, JSON_FIELD_CPUS, .limit = 0),
    LIST(pins, pin_type, DOMAIN_VCPUS_MAX),
    U32(weight, 1, 65535),
    U32(cap, 0, CAP_MAX),
    LIST(features, feature_type, FEATURES_MAX),
    STRING(kernel, PATH_BYTES_MAX),
    STRING(initrd, PATH_BYTES_MAX),
    STRING(cmdline, CMDLINE_BYTES_MAX),
    BOOL(kernel_from_disk),
    WORD(clock, clock_offset_words),
    WORD(tsc_mode, tsc_mode_words),
    WORD(on_poweroff, domain_action_words),
    WORD(on_reboot, domain_action_words),
    WORD(on_crash, domain_action_words),
    U32(max_grant_frames, 1, 4096),
    U32(max_maptrack_frames, 0, 4096),
    U32(max_event_channels, 1, 131071),
    BOOL(balloon),
    STRING(console_log, PATH_BYTES_MAX),
    LIST(disks, disk_type, DOMAIN_DISKS_MAX),
    LIST(nics, nic_type, DOMAIN_NICS_MAX),
};
#undef S
static const struct json_struct config_type = TYPE(domain_config, config_fields, NULL);

#define CHECK_LIST_LAYOUT(list, count)                                                             \
    _Static_assert(offsetof(struct domain_config, count) ==                                        \
                       offsetof(struct domain_config, list) + sizeof(void *),                      \
                   "a list is a pointer and its count")
CHECK_LIST_LAYOUT(pins, pin_count);
CHECK_LIST_LAYOUT(features, feature_count);
CHECK_LIST_LAYOUT(disks, disk_count);
CHECK_LIST_LAYOUT(nics, nic_count);

void domain_config_init(struct domain_config *config)
{
    *config = (struct domain_config){
        .vcpus = 1,
        .max_vcpus = 1,
        .cpus = CPU_MASK_ALL,
        .weight = WEIGHT_DEFAULT,
        .on_poweroff = ACTION_DESTROY,
        .on_reboot = ACTION_RESTART,
        .on_crash = ACTION_DESTROY,
        .max_grant_frames = GRANT_FRAMES,
        .max_maptrack_frames = MAPTRACK_FRAMES,
        .max_event_channels = EVENT_CHANNELS,
        .balloon = true,
    };
}

void domain_config_free(struct domain_config *config)
{
    json_free_struct(&config_type, config);
    *config = (struct domain_config){ .name = "" };
}

/* Room for one more of @bytes each, cleared; NULL when memory is short or there are @max. */
static void *list_grow(void **elements, size_t *count, size_t bytes, size_t max)
{
    char *grown = *count < max ? realloc(*elements, (*count + 1) * bytes) : NULL;

    if (!grown)
        return NULL;
    *elements = grown;
    grown += (*count)++ * bytes;
    memset(grown, 0, bytes);
    return grown;
}

struct disk_config *domain_config_add_disk(struct domain_config *config)
{
    void *list = config->disks;
    struct disk_config *disk =
        list_grow(&list, &config->disk_count, sizeof(*disk), DOMAIN_DISKS_MAX);

    config->disks = list;
    if (disk)
        disk_init(disk);
    return disk;
}

struct nic_config *domain_config_add_nic(struct domain_config *config)
{
    void *list = config->nics;
    struct nic_config *nic = list_grow(&list, &config->nic_count, sizeof(*nic), DOMAIN_NICS_MAX);

    config->nics = list;
    if (nic)
        nic_init(nic);
    return nic;
}

struct vcpu_pin *domain_config_add_pin(struct domain_config *config)
{
    void *list = config->pins;
    struct vcpu_pin *pin = list_grow(&list, &config->pin_count, sizeof(*pin), DOMAIN_VCPUS_MAX);

    config->pins = list;
    return pin;
}

struct cpu_feature *domain_config_add_feature(struct domain_config *config)
{
    void *list = config->features;
    struct cpu_feature *feature =
        list_grow(&list, &config->feature_count, sizeof(*feature), FEATURES_MAX);

    config->features = list;
    return feature;
}

void domain_config_remove_disk(struct domain_config *config, size_t index)
{
    disk_config_free(&config->disks[index]);
    config->disk_count--;
    memmove(&config->disks[index], &config->disks[index + 1],
            (config->disk_count - index) * sizeof(config->disks[0]));
}

void domain_config_remove_nic(struct domain_config *config, size_t index)
{
    nic_config_free(&config->nics[index]);
    config->nic_count--;
    memmove(&config->nics[index], &config->nics[index + 1],
            (config->nic_count - index) * sizeof(config->nics[0]));
}

json_t *domain_config_to_json(const struct domain_config *config)
{
    return json_from_struct(&config_type, config);
}

json_t *disk_config_to_json(const struct disk_config *disk)
{
    return json_from_struct(&disk_type, disk);
}

json_t *nic_config_to_json(const struct nic_config *nic)
{
    return json_from_struct(&nic_type, nic);
}

int domain_config_from_json(const json_t *json, struct domain_config *config, struct error *error)
{
    domain_config_init(config);
    if (!json_to_struct(&config_type, json, "", config, error) &&
        !domain_config_check(config, error))
        return 0;
    domain_config_free(config);
    return -1;
}

int disk_config_from_json(const json_t *json, struct disk_config *disk, struct error *error)
{
    disk_init(disk);
    if (!json_to_struct(&disk_type, json, "disk", disk, error) && !disk_config_check(disk, error))
        return 0;
    disk_config_free(disk);
    return -1;
}

int nic_config_from_json(const json_t *json, struct nic_config *nic, struct error *error)
{
    nic_init(nic);
    if (!json_to_struct(&nic_type, json, "nic", nic, error) && !nic_config_check(nic, error))
        return 0;
    nic_config_free(nic);
    return -1;
}

void disk_config_free(struct disk_config *disk)
{
    json_free_struct(&disk_type, disk);
    *disk = (struct disk_config){ .target = "" };
}

void nic_config_free(struct nic_config *nic)
{
    json_free_struct(&nic_type, nic);
    *nic = (struct nic_config){ .bridge = "" };
}
