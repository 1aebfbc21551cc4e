/* SPDX-License-Identifier: MIT */
#include "pvctl/domain_rules.h"

#include <string.h>

#include "pvctl/nearest.h"

const struct domain_rule domain_rules[] = {
#define ELEMENT(path, count, class, reader, text, hint)                                            \
    { path, NULL, XML_##class, count, read_##reader, text, hint },
#define ATTRIBUTE(path, class, reader, text, hint)                                                 \
    { path, NULL, XML_##class, ONE, read_##reader, text, hint },
#define VALUE(path, value, class, text, hint) { path, value, XML_##class, ONE, NULL, text, hint },
#include "pvctl/domain_rules.def"
#undef ELEMENT
#undef ATTRIBUTE
#undef VALUE
};
const size_t domain_rule_count = sizeof(domain_rules) / sizeof(domain_rules[0]);

/* Bytes of the rule's path that @path agrees with, if it is covered; else 0. */
static size_t rule_covers(const struct domain_rule *rule, const char *path)
{
    size_t length = strlen(rule->path);

    if (!strcmp(rule->path, path))
        return length;
    if (rule->path[length - 1] != '+')
        return 0;
    length -= 2;
    return !strncmp(rule->path, path, length) && (!path[length] || strchr("/@", path[length]))
               ? length
               : 0;
}

const struct domain_rule *domain_rule_find(const char *path, const char *value)
{
    const struct domain_rule *best = NULL;
    size_t best_length = 0;

    for (size_t i = 0; i < domain_rule_count; i++) {
        const struct domain_rule *rule = &domain_rules[i];
        size_t length = rule_covers(rule, path);

        if (!length || length < best_length)
            continue;
        if (!rule->value || (value && !strcmp(rule->value, value))) {
            best = rule;
            best_length = length;
        }
    }
    return best;
}

int (*domain_rule_reader(const struct domain_rule *rule))(struct reading *, const char *)
{
    while (rule->value)
        rule--; /* values stand below the row of their element or attribute */
    return rule->read;
}

const char *domain_rule_last_part(const char *path)
{
    const char *last = path;

    for (const char *at = path; *at; at++) {
        if ((*at == '/' && at[1] != '+') || *at == '@')
            last = at + 1;
    }
    return last;
}

/* Rules of elements, or of attributes, as @path is. */
static bool is_same_kind(const char *path, const char *other)
{
    return !strchr(path, '@') == !strchr(other, '@');
}

const char *domain_rule_nearest(const char *path)
{
    const char *wanted = domain_rule_last_part(path), *best = NULL;
    size_t parent = (size_t)(wanted - path);
    unsigned int best_distance = NEAREST_DISTANCE_MAX + 1;

    for (size_t i = 0; i < domain_rule_count; i++) {
        const char *known = domain_rule_last_part(domain_rules[i].path);
        bool is_sibling = (size_t)(known - domain_rules[i].path) == parent &&
                          !strncmp(domain_rules[i].path, path, parent);
        /* A name that belongs elsewhere is worth a hint only if it is spelled right. */
        unsigned int distance =
            nearest_distance(wanted, known, strcspn(known, "/")) + (is_sibling ? 0 : 2);

        if (is_same_kind(path, domain_rules[i].path) && distance < best_distance) {
            best_distance = distance;
            best = domain_rules[i].path;
        }
    }
    return best;
}
