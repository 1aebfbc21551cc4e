/* SPDX-License-Identifier: MIT */
/*
 * An XML document as plain structs: what domain_xml.c makes of a file by libxml2, so that nothing
 * else needs to know that library.
 */
#ifndef PARAPET_TOOLSTACK_PVCTL_XML_TREE_H
#define PARAPET_TOOLSTACK_PVCTL_XML_TREE_H

#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "common/file.h"

#define XML_FILE_BYTES_MAX (4UL << 20)
#define XML_DEPTH_MAX      256u
#define XML_PARTS_MAX      4096u /* elements and attributes */

struct xml_attribute {
    char *name;
    char *value;
};

struct xml_element {
    char *name;    /* of a foreign namespace: "prefix:name", where xen: and qemu: are libvirt's */
    uint32_t line; /* where it begins */
    char *text;    /* directly inside, as it was; never NULL */
    char *source;  /* of metadata: the whole element as XML; else NULL */
    struct xml_attribute *attributes;
    size_t attribute_count;
    struct xml_element *children; /* in the order of the document */
    struct xml_element *next;
};

/*
 * xml_document_parse - the root of the document in @bytes; @name is for messages. No network, no
 * DTD, no entities but the five of XML, no XInclude; at most 4 MiB and 256 levels.
 */
MUST_CHECK int xml_document_parse(const struct buffer *bytes, const char *name,
                                  struct xml_element **root, struct error *error);
void xml_element_free(struct xml_element *element);

/* The value, or NULL. */
const char *xml_attribute(const struct xml_element *element, const char *name);
/* The first child of this name, or NULL. */
const struct xml_element *xml_child(const struct xml_element *element, const char *name);

/*
 * xml_schema_check - does the document in @bytes agree with the RELAX NG schema in the file
 * @schema? 0 and *problem empty if it does; 0 and what is wrong (first) with its *line if not; -1
 * if the schema cannot be used.
 */
MUST_CHECK int xml_schema_check(const struct buffer *bytes, const char *schema, char problem[256],
                                uint32_t *line, struct error *error);

#endif
