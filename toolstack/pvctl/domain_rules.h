/* SPDX-License-Identifier: MIT */
/*
 * What a domain document may have: every element and attribute, with its class. The rows are in
 * domain_rules.def; the reader, `pvctl check` and docs/domain-xml.md all come from them.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_DOMAIN_RULES_H
#define PARAPET_TOOLSTACK_PVCTL_DOMAIN_RULES_H

#include <stdbool.h>
#include <stddef.h>

enum xml_class {
    XML_USED,      /* honoured */
    XML_TOLERATED, /* legal, no effect here; a warning */
    XML_REFUSED,   /* the domain would not be what the file says */
};

enum rule_count { ONE, MANY };

struct reading;

struct domain_rule {
    const char *path;  /* domain/os/kernel, domain/os/type@arch; ending in /+ for all below too */
    const char *value; /* NULL: any other value */
    enum xml_class class;
    enum rule_count count; /* elements: may it come more than once in its parent? */
    /* Takes the value into the configuration: 0, or -1 after reading_wrong(). May be NULL. */
    int (*read)(struct reading *reading, const char *value);
    const char *text; /* used: what it does; else why not */
    const char *hint; /* what to do instead, or "" */
};

extern const struct domain_rule domain_rules[];
extern const size_t domain_rule_count;

/*
 * domain_rule_find - the rule for @path with @value (NULL: whatever value), or NULL. An exact path
 * wins over a subtree, a value of its own over any.
 */
const struct domain_rule *domain_rule_find(const char *path, const char *value);

/* The reader of a rule, which for a VALUE is that of the row it belongs to. */
int (*domain_rule_reader(const struct domain_rule *rule))(struct reading *, const char *);

/* domain_rule_nearest - the known path most like @path, or NULL. */
const char *domain_rule_nearest(const char *path);

/* The name of the element or attribute that @path ends in. */
const char *domain_rule_last_part(const char *path);

/* The readers, in read_*.c. */
#define ELEMENT(path, count, class, reader, text, hint)                                            \
    int read_##reader(struct reading *reading, const char *value);
#define ATTRIBUTE(path, class, reader, text, hint)                                                 \
    int read_##reader(struct reading *reading, const char *value);
#define VALUE(path, value, class, text, hint)
#include "pvctl/domain_rules.def"
#undef ELEMENT
#undef ATTRIBUTE
#undef VALUE

#endif
