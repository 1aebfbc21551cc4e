/* SPDX-License-Identifier: MIT */
/* Readers of the devices in a domain document. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "config/values.h"
#include "config/vdev.h"
#include "pvctl/read_value.h"

#define IP_BYTES_MAX       256u
#define MTU_MIN            68u
#define RATE_KIB_MAX       (1UL << 32)
#define GRANT_FRAMES_MAX   4096u
#define EVENT_CHANNELS_MAX 131071u

static bool is_one_of(const char *value, const char *const *words)
{
    return word_find(words, value) >= 0;
}

/* --- Disks --- */

/* Is it of a kind that there is? If not, the rules refuse it, and the rest does not matter. */
static bool disk_kind_is_known(const struct xml_element *disk)
{
    static const char *const devices[] = { "disk", "cdrom", NULL };
    const struct xml_element *target = xml_child(disk, "target");
    const char *type = xml_attribute(disk, "type"), *device = xml_attribute(disk, "device");
    const char *bus = target ? xml_attribute(target, "bus") : NULL;

    return (!type || is_one_of(type, disk_kind_words)) && (!device || is_one_of(device, devices)) &&
           (!bus || !strcmp(bus, "xen"));
}

static int read_disk_source(struct reading *reading)
{
    static const char *const attributes[] = { [DISK_FILE] = "file", [DISK_BLOCK] = "dev" };
    const struct xml_element *source = xml_child(reading->element, "source");
    const char *attribute = attributes[reading->disk->kind];
    const char *path = source ? xml_attribute(source, attribute) : NULL;

    if (!source && reading->disk->cdrom)
        return reading_wrong(reading, "remove the <disk>; pvctl disk-attach adds one later",
                             "an empty CD drive cannot be");
    if (!path)
        return reading_wrong(reading, "", "of this type it needs <source %s='...'/>", attribute);
    return read_path(reading, &reading->disk->path, path);
}

static int read_disk_target(struct reading *reading)
{
    const struct xml_element *target = xml_child(reading->element, "target");
    const char *name = target ? xml_attribute(target, "dev") : NULL;
    const struct domain_config *config = reading->config;

    if (!name)
        return reading_wrong(reading, "", "needs <target dev='xvda'/>");
    if (strlen(name) >= sizeof(reading->disk->target) || !vdev_number(name, &reading->disk->vdev))
        return reading_wrong(reading, "xvda and so on, sda to sdp, hda to hdd",
                             "'%.40s' is no name of a virtual disk", name);
    TEXT_SET(reading->disk->target, name);
    for (size_t i = 0; i + 1 < config->disk_count; i++) {
        if (config->disks[i].vdev == reading->disk->vdev)
            return reading_wrong(reading, "give one of them another <target dev=...>",
                                 "two disks are called %s", name);
    }
    return 0;
}

int read_disk(struct reading *reading, const char *value)
{
    const char *type = xml_attribute(reading->element, "type");
    const char *device = xml_attribute(reading->element, "device");

    (void)value;
    reading->disk = domain_config_add_disk(reading->config);
    if (!reading->disk)
        return reading_wrong(reading, "", "a domain has at most %u disks", DOMAIN_DISKS_MAX);
    if (!disk_kind_is_known(reading->element))
        return 0;
    if (type)
        reading->disk->kind = (enum disk_kind)word_find(disk_kind_words, type);
    reading->disk->cdrom = device && !strcmp(device, "cdrom");
    reading->disk->readonly = reading->disk->cdrom;
    read_disk_source(reading);
    read_disk_target(reading);
    return 0;
}

int read_driver(struct reading *reading, const char *value)
{
    static const char *const words[] = { "unmap", "ignore", NULL };
    const char *discard = xml_attribute(reading->element, "discard");
    uint32_t word;

    (void)value;
    if (!discard)
        return 0;
    if (read_word(reading, discard, words, &word))
        return -1;
    reading->disk->discard = word == 0;
    return 0;
}

int read_disk_readonly(struct reading *reading, const char *value)
{
    (void)value;
    reading->disk->readonly = true;
    return 0;
}

int read_disk_shareable(struct reading *reading, const char *value)
{
    (void)value;
    reading->disk->shareable = true;
    return 0;
}

static int read_backend(struct reading *reading, const char *value, char **to)
{
    static const char *const own[] = { "Domain-0", "0", "control", NULL };

    if (is_one_of(value, own))
        return 0;
    if (!domain_name_is_valid(value))
        return reading_wrong(reading, "", "'%.70s' is no name of a domain", value);
    return read_string(reading, to, value, DOMAIN_NAME_BYTES);
}

int read_disk_backend(struct reading *reading, const char *value)
{
    return read_backend(reading, value, &reading->disk->backend_domain);
}

int read_disk_script(struct reading *reading, const char *value)
{
    return read_script(reading, value, &reading->disk->script);
}

/* --- Network cards --- */

int read_interface(struct reading *reading, const char *value)
{
    static const char *const types[] = { "bridge", "ethernet", "network", NULL };
    const char *type = xml_attribute(reading->element, "type");
    bool has_ip = xml_child(reading->element, "ip") != NULL;

    (void)value;
    reading->nic = domain_config_add_nic(reading->config);
    if (!reading->nic)
        return reading_wrong(reading, "", "a domain has at most %u cards", DOMAIN_NICS_MAX);
    if (!type)
        return reading_wrong(reading, "bridge, ethernet or network", "its type is missing");
    if (!is_one_of(type, types))
        return 0; /* the rules refuse it */
    if (!strcmp(type, "network"))
        reading->nic->kind = NIC_NAT;
    else if (!strcmp(type, "ethernet") && has_ip)
        reading->nic->kind = NIC_ROUTED;
    return 0;
}

int read_mac(struct reading *reading, const char *value)
{
    static const uint8_t none[MAC_BYTES];
    struct domain_config *config = reading->config;
    uint8_t *mac = reading->nic->mac;

    if (!mac_parse(value, mac))
        return reading_wrong(reading, "six bytes: 00:16:3e:01:02:03", "'%.40s' is no MAC address",
                             value);
    if ((mac[0] & 1) || !memcmp(mac, none, MAC_BYTES))
        return reading_wrong(reading, "the first byte must be even: 00:16:3e:01:02:03",
                             "'%.40s' is no address of one card", value);
    for (size_t i = 0; i + 1 < config->nic_count; i++) {
        if (!memcmp(config->nics[i].mac, mac, MAC_BYTES))
            return reading_wrong(reading, "remove <mac> to get one of its own",
                                 "two cards have the address %s", value);
    }
    return 0;
}

static int read_interface_name(struct reading *reading, const char *value, char to[INTERFACE_BYTES])
{
    if (!*value || strlen(value) >= INTERFACE_BYTES || strpbrk(value, "/ \t\n:") ||
        !strcmp(value, ".") || !strcmp(value, ".."))
        return reading_wrong(reading, "1 to 15 letters without / : and blanks",
                             "'%.40s' is no name of a network interface", value);
    text_copy(to, INTERFACE_BYTES, value);
    return 0;
}

int read_bridge(struct reading *reading, const char *value)
{
    return read_interface_name(reading, value, reading->nic->bridge);
}

int read_nic_target(struct reading *reading, const char *value)
{
    unsigned int domid, index;
    char end;

    /* What another tool wrote for a guest that ran then; ours has numbers of its own. */
    if (sscanf(value, "vif%u.%u%c", &domid, &index, &end) == 2)
        return 0;
    return read_interface_name(reading, value, reading->nic->target);
}

/* The scripts whose work pvd does itself. */
int read_nic_script(struct reading *reading, const char *value)
{
    static const struct {
        const char *name;
        enum nic_kind kind;
    } built_in[] = {
        { "vif-bridge", NIC_BRIDGE },
        { "vif-route", NIC_ROUTED },
        { "vif-routed", NIC_ROUTED },
        { "vif-nat", NIC_NAT },
    };
    const char *slash = strrchr(value, '/');
    const char *name = slash ? slash + 1 : value;

    for (size_t i = 0; i < sizeof(built_in) / sizeof(built_in[0]); i++) {
        if (!strcmp(name, built_in[i].name)) {
            reading->nic->kind = built_in[i].kind;
            return 0;
        }
    }
    return read_script(reading, value, &reading->nic->script);
}

int read_nic_ip(struct reading *reading, const char *value)
{
    const char *prefix = xml_attribute(reading->element, "prefix");
    char joined[IP_BYTES_MAX];
    const char *before = reading->nic->ip ? reading->nic->ip : "";

    if (snprintf(joined, sizeof(joined), "%s%s%s%s%s", before, *before ? " " : "", value,
                 prefix ? "/" : "", prefix ? prefix : "") >= (int)sizeof(joined) ||
        !ip_list_is_valid(joined))
        return reading_wrong(reading, "", "'%.60s%s%.10s' is no IP address", value,
                             prefix ? "/" : "", prefix ? prefix : "");
    return read_string(reading, &reading->nic->ip, joined, sizeof(joined));
}

int read_mtu(struct reading *reading, const char *value)
{
    uint64_t mtu;

    if (read_number(reading, value, MTU_MIN, UINT16_MAX, &mtu))
        return -1;
    reading->nic->mtu = (uint32_t)mtu;
    return 0;
}

int read_rate(struct reading *reading, const char *value)
{
    uint64_t kib;

    if (read_number(reading, value, 1, RATE_KIB_MAX, &kib))
        return -1;
    reading->nic->rate_bytes = kib << 10;
    return 0;
}

int read_nic_backend(struct reading *reading, const char *value)
{
    return read_backend(reading, value, &reading->nic->backend_domain);
}

/* --- Consoles --- */

int read_console(struct reading *reading, const char *value)
{
    (void)value;
    if (reading->consoles++)
        return reading_refuse(reading, "keep one of them", "a PV guest has one console");
    return 0;
}

int read_console_log(struct reading *reading, const char *value)
{
    return read_path(reading, &reading->config->console_log, value);
}

int read_serial(struct reading *reading, const char *value)
{
    const struct xml_element *source = xml_child(reading->element, "source");
    const char *type = xml_attribute(reading->element, "type");
    const char *path = source ? xml_attribute(source, "path") : NULL;

    (void)value;
    if (reading->serials++)
        return reading_refuse(reading, "keep one of them",
                              "PV guests have no serial ports: one "
                              "can stand for the console");
    if (!type || strcmp(type, "file") != 0)
        return 0;
    if (!path)
        return reading_wrong(reading, "", "of type file it needs <source path='...'/>");
    return read_path(reading, &reading->config->console_log, path);
}

/* --- The bus, and the balloon --- */

int read_controller(struct reading *reading, const char *value)
{
    (void)value;
    if (!xml_attribute(reading->element, "type"))
        return reading_wrong(reading, "type='xenbus'", "its type is missing");
    return 0;
}

int read_grant_frames(struct reading *reading, const char *value)
{
    uint64_t frames;

    if (read_number(reading, value, 1, GRANT_FRAMES_MAX, &frames))
        return -1;
    reading->config->max_grant_frames = (uint32_t)frames;
    return 0;
}

int read_event_channels(struct reading *reading, const char *value)
{
    uint64_t channels;

    if (read_number(reading, value, 1, EVENT_CHANNELS_MAX, &channels))
        return -1;
    reading->config->max_event_channels = (uint32_t)channels;
    return 0;
}

int read_balloon(struct reading *reading, const char *value)
{
    reading->config->balloon = strcmp(value, "none") != 0;
    return 0;
}
