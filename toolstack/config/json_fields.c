/* SPDX-License-Identifier: MIT */
#include "config/json_fields.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "config/values.h"

#define NAME_BYTES 96

struct list {
    char *elements;
    size_t count;
};

/* Where a value stands, for messages, and where it goes. */
struct place {
    char name[NAME_BYTES];
    const struct json_field *field;
    void *value;
};

static void *value_of(const struct json_field *field, void *object)
{
    return (char *)object + field->offset;
}

static struct list list_of(const void *value)
{
    struct list list;

    memcpy(&list, value, sizeof(list));
    return list;
}

/* --- To JSON --- */

static json_t *write_text(const struct json_field *field, const void *value)
{
    (void)field;
    return json_string(value);
}

static json_t *write_string(const struct json_field *field, const void *value)
{
    (void)field;
    return json_string(*(char *const *)value);
}

static json_t *write_u32(const struct json_field *field, const void *value)
{
    (void)field;
    return json_integer(*(const uint32_t *)value);
}

static json_t *write_u64(const struct json_field *field, const void *value)
{
    (void)field;
    return json_integer((json_int_t) * (const uint64_t *)value);
}

static json_t *write_bool(const struct json_field *field, const void *value)
{
    (void)field;
    return json_boolean(*(const bool *)value);
}

static json_t *write_word(const struct json_field *field, const void *value)
{
    return json_string(field->words[*(const uint32_t *)value]);
}

static json_t *write_uuid(const struct json_field *field, const void *value)
{
    char text[UUID_TEXT_BYTES];

    (void)field;
    uuid_format(value, text);
    return json_string(text);
}

static json_t *write_mac(const struct json_field *field, const void *value)
{
    char text[MAC_TEXT_BYTES];

    (void)field;
    mac_format(value, text);
    return json_string(text);
}

static json_t *write_cpus(const struct json_field *field, const void *value)
{
    char text[CPUS_TEXT_BYTES];

    (void)field;
    cpus_format(*(const cpu_mask_t *)value, text);
    return json_string(text);
}

static json_t *write_list(const struct json_field *field, const void *value)
{
    struct list list = list_of(value);
    json_t *array = json_array();

    for (size_t i = 0; array && i < list.count; i++) {
        json_t *element = json_from_struct(field->list, list.elements + i * field->list->bytes);

        if (json_array_append_new(array, element)) {
            json_decref(array);
            array = NULL;
        }
    }
    return array;
}

/* --- From JSON --- */

static int refuse(const struct place *place, struct error *error, const char *wanted)
{
    return error_set(error, ERROR_INPUT, "PV-E0360", "%s: %s", place->name, wanted);
}

static int no_memory(struct error *error)
{
    return error_set(error, ERROR_RESOURCES, "PV-E0720", "no memory for a configuration");
}

/* The text of @json, without a 0 inside; NULL and an error if it is none or too long. */
static const char *text_of(const struct place *place, const json_t *json, size_t limit,
                           struct error *error)
{
    const char *text = json_string_value(json);
    char wanted[64];

    if (text && json_string_length(json) < limit && strlen(text) == json_string_length(json))
        return text;
    snprintf(wanted, sizeof(wanted), "must be a text of at most %zu bytes", limit - 1);
    refuse(place, error, wanted);
    return NULL;
}

static int read_text(const struct place *place, const json_t *json, struct error *error)
{
    const char *text = text_of(place, json, place->field->limit, error);

    if (!text)
        return -1;
    memcpy(place->value, text, json_string_length(json) + 1);
    return 0;
}

static int read_string(const struct place *place, const json_t *json, struct error *error)
{
    const char *text = text_of(place, json, place->field->limit, error);
    char **to = place->value;

    if (!text)
        return -1;
    free(*to);
    *to = strdup(text);
    return *to ? 0 : no_memory(error);
}

static int read_number(const struct place *place, const json_t *json, uint64_t *number,
                       struct error *error)
{
    json_int_t value = json_integer_value(json);
    char wanted[96];

    if (json_is_integer(json) && value >= 0 && (uint64_t)value >= place->field->minimum &&
        (uint64_t)value <= place->field->limit) {
        *number = (uint64_t)value;
        return 0;
    }
    snprintf(wanted, sizeof(wanted), "must be a number from %" PRIu64 " to %" PRIu64,
             place->field->minimum, place->field->limit);
    return refuse(place, error, wanted);
}

static int read_u32(const struct place *place, const json_t *json, struct error *error)
{
    uint64_t number = 0;

    if (read_number(place, json, &number, error))
        return -1;
    *(uint32_t *)place->value = (uint32_t)number;
    return 0;
}

static int read_u64(const struct place *place, const json_t *json, struct error *error)
{
    return read_number(place, json, place->value, error);
}

static int read_bool(const struct place *place, const json_t *json, struct error *error)
{
    if (!json_is_boolean(json))
        return refuse(place, error, "must be true or false");
    *(bool *)place->value = json_is_true(json);
    return 0;
}

static int read_word(const struct place *place, const json_t *json, struct error *error)
{
    const char *const *words = place->field->words;
    const char *text = json_string_value(json);
    int found = text ? word_find(words, text) : -1;
    char wanted[160] = "must be one of:";

    if (found >= 0) {
        *(uint32_t *)place->value = (uint32_t)found;
        return 0;
    }
    for (size_t i = 0, used = strlen(wanted); words[i] && used < sizeof(wanted); i++)
        used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, " %s", words[i]);
    return refuse(place, error, wanted);
}

static int read_uuid(const struct place *place, const json_t *json, struct error *error)
{
    const char *text = json_string_value(json);

    return text && uuid_parse(text, place->value) ? 0 : refuse(place, error, "must be a uuid");
}

static int read_mac(const struct place *place, const json_t *json, struct error *error)
{
    const char *text = json_string_value(json);

    return text && mac_parse(text, place->value)
               ? 0
               : refuse(place, error, "must be a MAC address, such as 00:16:3e:01:02:03");
}

static int read_cpus(const struct place *place, const json_t *json, struct error *error)
{
    const char *text = json_string_value(json);

    return text && cpus_parse(text, place->value)
               ? 0
               : refuse(place, error, "must be a set of CPUs below 64, such as 0-3,5");
}

static int read_list(const struct place *place, const json_t *json, struct error *error)
{
    const struct json_struct *type = place->field->list;
    struct list list = { NULL, json_array_size(json) };
    char name[NAME_BYTES + 32];
    int result = 0;

    if (!json_is_array(json) || list.count > place->field->limit) {
        snprintf(name, sizeof(name), "must be a list of at most %" PRIu64, place->field->limit);
        return refuse(place, error, name);
    }
    list.elements = calloc(list.count ? list.count : 1, type->bytes);
    if (!list.elements)
        return no_memory(error);
    memcpy(place->value, &list, sizeof(list));
    for (size_t i = 0; i < list.count && !result; i++) {
        void *element = list.elements + i * type->bytes;

        snprintf(name, sizeof(name), "%s[%zu]", place->name, i);
        if (type->init)
            type->init(element);
        result = json_to_struct(type, json_array_get(json, i), name, element, error);
    }
    return result;
}

/* --- The kinds --- */

static const struct {
    json_t *(*write)(const struct json_field *field, const void *value);
    int (*read)(const struct place *place, const json_t *json, struct error *error);
} kinds[] = {
    [JSON_FIELD_TEXT] = { write_text, read_text },
    [JSON_FIELD_STRING] = { write_string, read_string },
    [JSON_FIELD_U32] = { write_u32, read_u32 },
    [JSON_FIELD_U64] = { write_u64, read_u64 },
    [JSON_FIELD_BOOL] = { write_bool, read_bool },
    [JSON_FIELD_WORD] = { write_word, read_word },
    [JSON_FIELD_UUID] = { write_uuid, read_uuid },
    [JSON_FIELD_MAC] = { write_mac, read_mac },
    [JSON_FIELD_CPUS] = { write_cpus, read_cpus },
    [JSON_FIELD_LIST] = { write_list, read_list },
};

static bool is_left_out(const struct json_field *field, const void *value)
{
    return field->kind == JSON_FIELD_STRING && !*(char *const *)value;
}

json_t *json_from_struct(const struct json_struct *type, const void *object)
{
    json_t *json = json_object();

    for (size_t i = 0; json && i < type->field_count; i++) {
        const struct json_field *field = &type->fields[i];
        const void *value = (const char *)object + field->offset;

        if (is_left_out(field, value))
            continue;
        if (json_object_set_new(json, field->name, kinds[field->kind].write(field, value))) {
            json_decref(json);
            json = NULL;
        }
    }
    return json;
}

static const struct json_field *find_field(const struct json_struct *type, const char *name)
{
    for (size_t i = 0; i < type->field_count; i++) {
        if (!strcmp(type->fields[i].name, name))
            return &type->fields[i];
    }
    return NULL;
}

int json_to_struct(const struct json_struct *type, const json_t *json, const char *name,
                   void *object, struct error *error)
{
    struct place place = { .field = NULL };
    void *iterator = json_object_iter((json_t *)(uintptr_t)json);

    snprintf(place.name, sizeof(place.name), "%s", name);
    if (!json_is_object(json))
        return refuse(&place, error, "must be an object");
    for (; iterator; iterator = json_object_iter_next((json_t *)(uintptr_t)json, iterator)) {
        const char *key = json_object_iter_key(iterator);

        snprintf(place.name, sizeof(place.name), "%s%s%.40s", name, *name ? "." : "", key);
        place.field = find_field(type, key);
        if (!place.field)
            return refuse(&place, error, "is not known");
        place.value = value_of(place.field, object);
        if (kinds[place.field->kind].read(&place, json_object_iter_value(iterator), error))
            return -1;
    }
    return 0;
}

void json_free_struct(const struct json_struct *type, void *object)
{
    for (size_t i = 0; i < type->field_count; i++) {
        const struct json_field *field = &type->fields[i];
        void *value = value_of(field, object);

        if (field->kind == JSON_FIELD_STRING) {
            free(*(char **)value);
        } else if (field->kind == JSON_FIELD_LIST) {
            struct list list = list_of(value);

            for (size_t j = 0; j < list.count; j++)
                json_free_struct(field->list, list.elements + j * field->list->bytes);
            free(list.elements);
        }
    }
}
