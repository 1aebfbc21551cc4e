/* SPDX-License-Identifier: MIT */
/*
 * A domain document, by the rules, into a configuration and a report.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_DOMAIN_READER_H
#define PARAPET_TOOLSTACK_PVCTL_DOMAIN_READER_H

#include "common/file.h"
#include "config/domain_config.h"
#include "pvctl/report.h"
#include "pvctl/xml_tree.h"

struct read_options {
    const char *pv_grub; /* the kernel that starts guests from their disks */
    bool strict;         /* refuse what would have no effect */
};

/* A document being read; see reading_*() for the readers' view. */
struct reading {
    const char *file;
    const struct read_options *options;
    struct domain_config *config;
    struct report *report;

    const struct xml_element *element; /* the one at hand */
    char path[160];                    /* of it, or of its attribute, for people */
    struct disk_config *disk;          /* inside domain/devices/disk, else NULL */
    struct nic_config *nic;
    unsigned int consoles, serials;
    bool has_vcpus;                    /* <vcpus> has said how many are there at start */
    const struct xml_element *cputune; /* seen before what is inside */
    uint64_t quota_us, period_us;      /* of each vCPU; 0: no limit */
    bool is_one_device;                /* a <disk> or <interface> alone */
};

/*
 * domain_read - from the document in @bytes; @file names it and its folder. Defaults are filled in.
 * 0 with a configuration that passes domain_config_check, if nothing in the report stops it; else
 * -1 with @error. The report is there in any case (report_free ends it), the configuration only on
 * success (domain_config_free).
 */
MUST_CHECK int domain_read(const struct buffer *bytes, const char *file,
                           const struct read_options *options, struct domain_config *config,
                           struct report *report, struct error *error);

/*
 * device_read - one <disk> or <interface> alone, as hot-plug takes it: into @config, which then has
 * one of them and else only defaults.
 */
MUST_CHECK int device_read(const struct buffer *bytes, const char *file,
                           struct domain_config *config, struct report *report,
                           struct error *error);

/* For readers: say what is wrong with the value at hand. Returns -1. */
int reading_wrong(struct reading *reading, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Say that it is not supported here. Returns -1. */
int reading_refuse(struct reading *reading, const char *hint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Say something about it, and go on. */
void reading_note(struct reading *reading, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
