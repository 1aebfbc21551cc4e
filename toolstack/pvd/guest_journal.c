/* SPDX-License-Identifier: MIT */
/*
 * A file for each guest that has a domain, RUN/domains/NAME.json: what it is to be, and which
 * domain it is. It is written as a whole before anybody is told of the change.
 */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/memory.h"
#include "config/values.h"
#include "pvd/guest.h"

#define FILE_BYTES_MAX (1UL << 20)
#define FOLDER_MODE    0750

static char *folder_of(const struct pvd *pvd)
{
    return memory_format("%s/domains", pvd->options.run_folder);
}

static char *file_of(const struct guest *guest)
{
    return memory_format("%s/domains/%s.json", guest->pvd->options.run_folder, guest->config.name);
}

static json_t *numbers_of_nics(const struct guest *guest)
{
    json_t *numbers = json_array();

    for (size_t i = 0; i < guest->config.nic_count; i++)
        json_array_append_new(numbers, json_integer(guest->nic_index[i]));
    return numbers;
}

/* The layout: two numbers for each use. */
static json_t *pieces_of(const struct guest *guest)
{
    json_t *numbers = json_array();

    for (size_t i = 0; i < BUILT_PIECES; i++) {
        const struct built_piece *piece = &guest->built.pieces[i];

        json_array_append_new(numbers, json_integer((json_int_t)piece->pfn));
        json_array_append_new(numbers, json_integer((json_int_t)piece->pages));
    }
    return numbers;
}

static void take_pieces(struct guest *guest, const json_t *json)
{
    const json_t *numbers = json_object_get(json, "layout");

    guest->built.pages = (uint64_t)json_integer_value(json_object_get(json, "pages"));
    for (size_t i = 0; i < BUILT_PIECES; i++)
        guest->built.pieces[i] = (struct built_piece){
            .pfn = (uint64_t)json_integer_value(json_array_get(numbers, 2 * i)),
            .pages = (uint64_t)json_integer_value(json_array_get(numbers, 2 * i + 1)),
        };
}

static json_t *to_json(const struct guest *guest)
{
    char handle[UUID_TEXT_BYTES];

    uuid_format(guest->handle, handle);
    return json_pack("{s:i, s:s, s:i, s:I, s:I, s:i, s:i, s:b, s:b, s:i, s:I, s:I, s:o, s:I, s:o, "
                     "s:o}",
                     "domid", (int)guest->built.domid, "handle", handle, "phase", (int)guest->phase,
                     "store_mfn", (json_int_t)guest->built.store_mfn, "console_mfn",
                     (json_int_t)guest->built.console_mfn, "store_port",
                     (int)guest->built.store_port, "console_port", (int)guest->built.console_port,
                     "is_paused", guest->is_paused, "was_made_paused", guest->was_made_paused,
                     "end_reason", guest->end_reason, "created", (json_int_t)guest->created,
                     "ended", (json_int_t)guest->ended, "nic_index", numbers_of_nics(guest),
                     "pages", (json_int_t)guest->built.pages, "layout", pieces_of(guest), "config",
                     domain_config_to_json(&guest->config));
}

int guest_journal_write(const struct guest *guest, struct error *error)
{
    char *folder = folder_of(guest->pvd), *path = file_of(guest);
    json_t *json = to_json(guest);
    char *text = json ? json_dumps(json, JSON_INDENT(1)) : NULL;
    int result = -1;

    if (!text)
        error_set(error, ERROR_FAILED, "PV-E0142", "the domain cannot be written down");
    else if (mkdir(folder, FOLDER_MODE) && errno != EEXIST)
        error_set(error, ERROR_FAILED, "PV-E0143", "%s cannot be made: %s", folder,
                  strerror(errno));
    else
        result = file_write(path, text, strlen(text), error);
    free(text);
    json_decref(json);
    free(folder);
    free(path);
    return result;
}

void guest_journal_remove(const struct guest *guest)
{
    char *path = file_of(guest);

    if (unlink(path) && errno != ENOENT)
        log_warning("%s stays: %s", path, strerror(errno));
    free(path);
}

static void take_numbers(struct guest *guest, const json_t *json)
{
    const json_t *numbers = json_object_get(json, "nic_index");

    guest->created = (time_t)json_integer_value(json_object_get(json, "created"));
    guest->ended = (time_t)json_integer_value(json_object_get(json, "ended"));
    guest->is_paused = json_is_true(json_object_get(json, "is_paused"));
    guest->was_made_paused = json_is_true(json_object_get(json, "was_made_paused"));
    for (size_t i = 0; i < guest->config.nic_count; i++)
        guest->nic_index[i] = (uint32_t)json_integer_value(json_array_get(numbers, i));
}

/* Our own file; still, a damaged one must not make a wrong domain of it. */
static int take_file(struct pvd *pvd, const json_t *json, struct error *error)
{
    struct domain_config config;
    struct guest *guest;
    const char *handle = NULL;
    int domid, phase, store_port, console_port, end_reason;
    json_int_t store_mfn, console_mfn;
    uint8_t uuid[DOMAIN_UUID_BYTES];

    if (json_unpack((json_t *)(uintptr_t)json, "{s:i, s:s, s:i, s:I, s:I, s:i, s:i, s:i}", "domid",
                    &domid, "handle", &handle, "phase", &phase, "store_mfn", &store_mfn,
                    "console_mfn", &console_mfn, "store_port", &store_port, "console_port",
                    &console_port, "end_reason", &end_reason) ||
        !uuid_parse(handle, uuid) || domid <= 0 || domid >= (int)DOMID_FIRST_RESERVED ||
        phase < GUEST_STARTING || phase > GUEST_ENDED)
        return error_set(error, ERROR_INPUT, "PV-E0350", "it does not say which domain it is");
    if (domain_config_from_json(json_object_get(json, "config"), &config, error))
        return -1;
    guest = guest_new(pvd, &config);
    guest->built = (struct built_domain){ .domid = (domid_t)domid,
                                          .store_mfn = (uint64_t)store_mfn,
                                          .console_mfn = (uint64_t)console_mfn,
                                          .store_port = (evtchn_port_t)store_port,
                                          .console_port = (evtchn_port_t)console_port };
    memcpy(guest->handle, uuid, sizeof(guest->handle));
    guest->phase = (enum guest_phase)phase;
    guest->end_reason = end_reason;
    take_numbers(guest, json);
    take_pieces(guest, json);
    guest_resume(guest);
    return 0;
}

static void read_one(struct pvd *pvd, const char *path)
{
    struct error error;
    struct buffer text;
    json_t *json;

    if (file_read(path, FILE_BYTES_MAX, &text, &error)) {
        log_error("%s", error.message);
        return;
    }
    json = json_loadb((const char *)text.data, text.bytes, 0, NULL);
    if (!json)
        log_error("%s is no JSON", path);
    else if (take_file(pvd, json, &error))
        log_error("%s: %s", path, error.message);
    json_decref(json);
    free(text.data);
}

void guest_journal_read_all(struct pvd *pvd)
{
    char *folder = folder_of(pvd);
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);

    for (int i = 0; i < count; i++) {
        const char *name = entries[i]->d_name;
        size_t length = strlen(name);

        if (length > 5 && !strcmp(name + length - 5, ".json")) {
            char *path = memory_format("%s/%s", folder, name);

            read_one(pvd, path);
            free(path);
        }
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
    free(folder);
}
