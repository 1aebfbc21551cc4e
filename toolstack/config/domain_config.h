/* SPDX-License-Identifier: MIT */
/*
 * What a domain is to be: the fully resolved configuration, wherever it came from. pvctl makes it
 * from domain XML, pvd builds from it and gives it back; between them it is JSON.
 *
 * Every pointer is on the heap and the configuration's own; NULL stands for "none".
 */
#ifndef PARAPET_TOOLSTACK_CONFIG_DOMAIN_CONFIG_H
#define PARAPET_TOOLSTACK_CONFIG_DOMAIN_CONFIG_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

#define DOMAIN_NAME_BYTES 64 /* with the 0 at the end */
#define DOMAIN_UUID_BYTES 16
#define UUID_TEXT_BYTES   37
#define MAC_BYTES         6
#define MAC_TEXT_BYTES    18
#define INTERFACE_BYTES   16  /* names of network interfaces, as in Linux */
#define CPUS_TEXT_BYTES   256 /* enough for any set */
#define DOMAIN_CPUS_MAX   64u /* physical ones */
#define DOMAIN_VCPUS_MAX  128u
#define DOMAIN_DISKS_MAX  64u
#define DOMAIN_NICS_MAX   32u
#define CMDLINE_BYTES_MAX 1024u /* start_info has room for so many, with the 0 */
#define MEMORY_BYTES_MIN  (4UL << 20)
#define MEMORY_BYTES_MAX  (1UL << 42)
#define WEIGHT_DEFAULT    256u
#define CAP_MAX           (100u * DOMAIN_VCPUS_MAX)
#define GRANT_FRAMES      64u
#define MAPTRACK_FRAMES   1024u
#define EVENT_CHANNELS    1023u

/* Physical CPUs, bit n for CPU n; all bits: wherever there is room. */
typedef uint64_t cpu_mask_t;
#define CPU_MASK_ALL UINT64_MAX

enum domain_action {
    ACTION_DESTROY,
    ACTION_RESTART,
    ACTION_PRESERVE,
    ACTION_RENAME_RESTART,
    ACTION_COREDUMP_DESTROY,
    ACTION_COREDUMP_RESTART,
};

enum clock_offset { CLOCK_UTC, CLOCK_LOCALTIME };
enum tsc_mode { TSC_DEFAULT, TSC_EMULATE, TSC_NATIVE, TSC_PARAVIRT };
enum disk_kind { DISK_FILE, DISK_BLOCK };
enum nic_kind { NIC_BRIDGE, NIC_ROUTED, NIC_NAT };
enum feature_policy { FEATURE_DISABLE, FEATURE_REQUIRE };

struct vcpu_pin {
    uint32_t vcpu;
    cpu_mask_t cpus;
};

struct cpu_feature {
    char *name;
    enum feature_policy policy;
};

struct disk_config {
    char target[16]; /* xvda, sda1, hda: what the guest calls it */
    uint32_t vdev;   /* of target; filled in by domain_config_check */
    enum disk_kind kind;
    char *path;           /* image file or block device, absolute */
    char *backend_domain; /* NULL: the control domain */
    char *script;         /* NULL: none */
    bool readonly;
    bool cdrom;
    bool shareable; /* others may have it open too */
    bool discard;
};

struct nic_config {
    uint8_t mac[MAC_BYTES];
    enum nic_kind kind;
    char bridge[INTERFACE_BYTES]; /* of NIC_BRIDGE; empty: the first of the host's default ones */
    char target[INTERFACE_BYTES]; /* the name in the control domain; empty: vifDOMID.INDEX */
    char *ip;                     /* addresses with blanks between: 10.0.0.2, 10.0.0.2/24, IPv6 */
    char *script;                 /* NULL: the built-in set-up of this kind */
    char *backend_domain;         /* NULL: the control domain */
    uint32_t mtu;                 /* 0: that of the bridge */
    uint64_t rate_bytes;          /* a second, what the guest may send; 0: no limit */
};

struct domain_config {
    char name[DOMAIN_NAME_BYTES];
    uint8_t uuid[DOMAIN_UUID_BYTES];
    char *title, *description;
    char *metadata; /* the XML element as it was */

    uint64_t memory_bytes;     /* at start */
    uint64_t max_memory_bytes; /* up to which the balloon may grow */
    uint32_t vcpus;            /* at start */
    uint32_t max_vcpus;
    cpu_mask_t cpus; /* of every vCPU that has no pin */
    struct vcpu_pin *pins;
    size_t pin_count;
    uint32_t weight;
    uint32_t cap; /* percent of one CPU; 0: no limit */
    struct cpu_feature *features;
    size_t feature_count;

    char *kernel;
    char *initrd;
    char *cmdline;
    bool kernel_from_disk; /* by PV-GRUB, which `kernel` then names */

    enum clock_offset clock;
    enum tsc_mode tsc_mode;
    enum domain_action on_poweroff, on_reboot, on_crash;
    uint32_t max_grant_frames;
    uint32_t max_maptrack_frames;
    uint32_t max_event_channels;
    bool balloon;
    char *console_log; /* a file that gets a copy of the console; NULL: only pvd's own log */

    struct disk_config *disks;
    size_t disk_count;
    struct nic_config *nics;
    size_t nic_count;
};

/* domain_config_init - every default of docs/domain-xml.md; name and uuid are empty. */
void domain_config_init(struct domain_config *config);
void domain_config_free(struct domain_config *config);

/* Each adds one, with defaults, at the end; NULL when memory or the limit is reached. */
struct disk_config *domain_config_add_disk(struct domain_config *config);
struct nic_config *domain_config_add_nic(struct domain_config *config);
struct vcpu_pin *domain_config_add_pin(struct domain_config *config);
struct cpu_feature *domain_config_add_feature(struct domain_config *config);

/* What the removed one holds is freed. */
void domain_config_remove_disk(struct domain_config *config, size_t index);
void domain_config_remove_nic(struct domain_config *config, size_t index);

/*
 * domain_config_check - do the values make sense, together and alone? Looks at no file and at no
 * host. The message begins with the field, as JSON calls it: "disks[1].target".
 */
MUST_CHECK int domain_config_check(struct domain_config *config, struct error *error);

/* The same for one device alone. */
MUST_CHECK int disk_config_check(struct disk_config *disk, struct error *error);
MUST_CHECK int nic_config_check(const struct nic_config *nic, struct error *error);

/* A new reference, NULL when memory is short. */
json_t *domain_config_to_json(const struct domain_config *config);
json_t *disk_config_to_json(const struct disk_config *disk);
json_t *nic_config_to_json(const struct nic_config *nic);

/*
 * From JSON, as foreign input: types, ranges, unknown fields, and then the checks above. A field
 * that is missing has its default. On failure @config is left empty (and need not be freed).
 */
MUST_CHECK int domain_config_from_json(const json_t *json, struct domain_config *config,
                                       struct error *error);
/* On success end with disk_config_free, nic_config_free. */
MUST_CHECK int disk_config_from_json(const json_t *json, struct disk_config *disk,
                                     struct error *error);
MUST_CHECK int nic_config_from_json(const json_t *json, struct nic_config *nic,
                                    struct error *error);
void disk_config_free(struct disk_config *disk);
void nic_config_free(struct nic_config *nic);

#endif
