/* SPDX-License-Identifier: MIT */
#include "config/domain_config.h"

#include <string.h>

#include "support/unit.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define NEEDED                                                                                     \
    "\"name\":\"web\",\"uuid\":\"039e9ee6-4a84-3055-4c81-8ba426ae2656\",\"kernel\":\"/k\","        \
    "\"memory_bytes\":67108864,\"max_memory_bytes\":67108864"
#define DISK "{\"target\":\"xvda\",\"kind\":\"file\",\"path\":\"/a.img\"}"
#define NIC  "{\"mac\":\"00:16:3e:00:00:01\",\"kind\":\"bridge\",\"bridge\":\"xenbr0\"}"

static int read_config(const char *text, struct domain_config *config, struct error *error)
{
    json_t *json = json_loads(text, JSON_ALLOW_NUL, NULL);
    int result;

    ck_assert_msg(json != NULL, "%s", text);
    result = domain_config_from_json(json, config, error);
    json_decref(json);
    return result;
}

TEST(domain_config, missing_fields_have_defaults)
{
    struct domain_config config;
    struct error error = { .message = "" };

    ck_assert_msg(!read_config("{" NEEDED "}", &config, &error), "%s", error.message);
    ck_assert_uint_eq(config.vcpus, 1);
    ck_assert_uint_eq(config.cpus, CPU_MASK_ALL);
    ck_assert_uint_eq(config.weight, 256);
    ck_assert_uint_eq(config.max_grant_frames, 64);
    ck_assert_uint_eq(config.max_maptrack_frames, 1024);
    ck_assert_uint_eq(config.max_event_channels, 1023);
    ck_assert_int_eq((int)config.on_reboot, ACTION_RESTART);
    ck_assert_int_eq((int)config.on_crash, ACTION_DESTROY);
    ck_assert(config.balloon);
    domain_config_free(&config);
}

TEST(domain_config, json_carries_every_field_both_ways)
{
    static const char everything[] =
        "{" NEEDED ",\"title\":\"t\",\"description\":\"d\",\"metadata\":\"<metadata/>\","
        "\"vcpus\":2,\"max_vcpus\":4,\"cpus\":\"0-3\",\"pins\":[{\"vcpu\":1,\"cpus\":\"2\"}],"
        "\"weight\":512,\"cap\":50,\"features\":[{\"name\":\"avx\",\"policy\":\"require\"}],"
        "\"initrd\":\"/i\",\"cmdline\":\" a  b \",\"kernel_from_disk\":true,"
        "\"clock\":\"localtime\",\"tsc_mode\":\"native\",\"on_poweroff\":\"preserve\","
        "\"on_reboot\":\"rename-restart\",\"on_crash\":\"coredump-restart\","
        "\"max_grant_frames\":10,\"max_maptrack_frames\":20,\"max_event_channels\":30,"
        "\"balloon\":false,\"console_log\":\"/l\","
        "\"disks\":[{\"target\":\"sda1\",\"vdev\":2049,\"kind\":\"block\",\"path\":\"/dev/x\","
        "\"backend_domain\":\"b\",\"script\":\"/s\",\"readonly\":true,\"cdrom\":true,"
        "\"shareable\":true,\"discard\":false}],"
        "\"nics\":[{\"mac\":\"00:16:3e:00:00:01\",\"kind\":\"routed\",\"bridge\":\"b0\","
        "\"target\":\"v0\",\"ip\":\"10.0.0.2\",\"script\":\"/n\",\"backend_domain\":\"b\","
        "\"mtu\":9000,\"rate_bytes\":1000}]}";
    struct domain_config config;
    struct error error = { .message = "" };
    json_t *written, *wanted = json_loads(everything, 0, NULL);

    ck_assert_msg(!read_config(everything, &config, &error), "%s", error.message);
    ck_assert_str_eq(config.cmdline, " a  b ");
    written = domain_config_to_json(&config);
    ck_assert(json_equal(written, wanted));
    json_decref(written);
    json_decref(wanted);
    domain_config_free(&config);
}

TEST(domain_config, foreign_input_is_refused_with_its_field)
{
    static const struct {
        const char *json, *message;
    } rows[] = {
        { "[]", "must be an object" },
        { "{}", "name ''" },
        { "{" NEEDED ",\"colour\":1}", "colour: is not known" },
        { "{" NEEDED ",\"vcpus\":\"2\"}", "vcpus: must be a number" },
        { "{" NEEDED ",\"vcpus\":0}", "vcpus: must be a number from 1" },
        { "{" NEEDED ",\"vcpus\":-1}", "vcpus: must be a number from 1" },
        { "{" NEEDED ",\"vcpus\":2}", "2 vCPUs at start are more" },
        { "{" NEEDED ",\"max_vcpus\":129}", "max_vcpus: must be" },
        { "{" NEEDED ",\"name\":\"a/b\"}", "name 'a/b'" },
        { "{" NEEDED ",\"name\":\"a\\u0000b\"}", "name: must be a text" },
        { "{" NEEDED ",\"kernel\":\"k\"}", "kernel must be an absolute path" },
        { "{" NEEDED ",\"kernel\":\"/a/../k\"}", "kernel must be an absolute path" },
        { "{" NEEDED ",\"kernel\":\"\"}", "kernel is missing" },
        { "{" NEEDED ",\"memory_bytes\":67108865}", "is above max_memory_bytes" },
        { "{" NEEDED ",\"memory_bytes\":67108863}", "must be whole pages" },
        { "{" NEEDED ",\"memory_bytes\":4096}", "memory_bytes: must be a number from 4194304" },
        { "{" NEEDED ",\"on_crash\":\"explode\"}", "on_crash: must be one of: destroy" },
        { "{" NEEDED ",\"cpus\":\"9-1\"}", "cpus: must be a set" },
        { "{" NEEDED ",\"cmdline\":\"a\\nb\"}", "cmdline has a line break" },
        { "{" NEEDED ",\"balloon\":1}", "balloon: must be true or false" },
        { "{" NEEDED ",\"kernel_from_disk\":true}", "disks is empty" },
        { "{" NEEDED ",\"pins\":[{\"vcpu\":1,\"cpus\":\"0\"}]}", "vCPU 1 is pinned" },
        { "{" NEEDED ",\"disks\":{}}", "disks: must be a list" },
        { "{" NEEDED ",\"disks\":[1]}", "disks[0]: must be an object" },
        { "{" NEEDED ",\"disks\":[{\"size\":1}]}", "disks[0].size: is not known" },
        { "{" NEEDED ",\"disks\":[" DISK "," DISK "]}", "two disks are called xvda" },
        { "{" NEEDED ",\"disks\":[{\"target\":\"xvda\"}]}", "disk.path is missing" },
        { "{" NEEDED ",\"disks\":[{\"target\":\"vda\",\"path\":\"/a\"}]}", "disk.target is no" },
        { "{" NEEDED ",\"nics\":[" NIC "," NIC "]}", "two NICs have the address" },
        { "{" NEEDED ",\"nics\":[{}]}", "nic.mac must be" },
        { "{" NEEDED ",\"nics\":[{\"mac\":\"01:16:3e:00:00:01\"}]}", "nic.mac must be" },
        { "{" NEEDED ",\"nics\":[{\"mac\":\"x\"}]}", "nics[0].mac: must be a MAC address" },
        { "{" NEEDED ",\"nics\":[{\"mac\":\"00:16:3e:00:00:01\",\"bridge\":\"a/b\"}]}",
          "nic.bridge is no name" },
        { "{" NEEDED ",\"nics\":[{\"mac\":\"00:16:3e:00:00:01\",\"ip\":\"x\"}]}",
          "nic.ip must be" },
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct domain_config config;
        struct error error = { .message = "" };

        ck_assert_msg(read_config(rows[i].json, &config, &error) == -1, "%s", rows[i].json);
        ck_assert_msg(strstr(error.message, rows[i].message) != NULL, "%s: %s", rows[i].json,
                      error.message);
        ck_assert_int_eq((int)error.class, ERROR_INPUT);
    }
}

TEST(domain_config, lists_grow_to_their_limit_and_shrink)
{
    struct domain_config config;

    domain_config_init(&config);
    for (unsigned int i = 0; i < DOMAIN_DISKS_MAX; i++) {
        struct disk_config *disk = domain_config_add_disk(&config);

        ck_assert_ptr_nonnull(disk);
        disk->path = strdup("/a");
        disk->vdev = i;
    }
    ck_assert_ptr_null(domain_config_add_disk(&config));
    domain_config_remove_disk(&config, 1);
    ck_assert_uint_eq(config.disk_count, DOMAIN_DISKS_MAX - 1);
    ck_assert_uint_eq(config.disks[1].vdev, 2);
    domain_config_free(&config);
}
