/* SPDX-License-Identifier: MIT */
/* The values of a configuration that have a form of their own, from text and to text. */
#ifndef PARAPET_TOOLSTACK_CONFIG_VALUES_H
#define PARAPET_TOOLSTACK_CONFIG_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "config/domain_config.h"

/* Readers answer false if the text is no such value; *value is then undefined. */

bool uuid_parse(const char *text, uint8_t uuid[DOMAIN_UUID_BYTES]); /* with dashes or without */
void uuid_format(const uint8_t uuid[DOMAIN_UUID_BYTES], char text[UUID_TEXT_BYTES]);

bool mac_parse(const char *text, uint8_t mac[MAC_BYTES]);
void mac_format(const uint8_t mac[MAC_BYTES], char text[MAC_TEXT_BYTES]);

bool cpus_parse(const char *text, cpu_mask_t *cpus); /* "0-3,^2,8"; "all" */
void cpus_format(cpu_mask_t cpus, char text[CPUS_TEXT_BYTES]);

/* decimal_parse - a whole number in decimal digits, nothing else. */
bool decimal_parse(const char *text, uint64_t max, uint64_t *value);

/* Addresses with blanks between, each with /prefix or not. */
bool ip_list_is_valid(const char *text);

/* Names as domains may have them. */
bool domain_name_is_valid(const char *name);

/* The words of an enum, in its order, NULL at the end. */
extern const char *const domain_action_words[];
extern const char *const clock_offset_words[];
extern const char *const tsc_mode_words[];
extern const char *const disk_kind_words[];
extern const char *const nic_kind_words[];
extern const char *const feature_policy_words[];

/* word_find - the place of @text among @words, or -1. */
int word_find(const char *const *words, const char *text);

#endif
