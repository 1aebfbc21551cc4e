/* SPDX-License-Identifier: MIT */
/* What the readers of several elements share. */
#ifndef PARAPET_TOOLSTACK_PVCTL_READ_VALUE_H
#define PARAPET_TOOLSTACK_PVCTL_READ_VALUE_H

#include "pvctl/domain_reader.h"
#include "pvctl/domain_rules.h"

#define SCRIPT_FOLDER "/etc/pvctl/scripts/"

/* Each: 0, or -1 after reading_wrong(). */

/* read_string - into @to, which is freed first. */
int read_string(struct reading *reading, char **to, const char *value, size_t bytes_max);
/* read_path - absolute and without "." and ".."; one that is not counts from the file's folder. */
int read_path(struct reading *reading, char **to, const char *value);
int read_number(struct reading *reading, const char *value, uint64_t least, uint64_t most,
                uint64_t *to);
int read_word(struct reading *reading, const char *value, const char *const *words, uint32_t *to);
int read_cpus(struct reading *reading, const char *value, cpu_mask_t *to);
/* read_size - a size by the element's unit attribute, in whole pages. */
int read_size(struct reading *reading, const char *value, uint64_t *to);
int read_script(struct reading *reading, const char *value, char **to);

#endif
