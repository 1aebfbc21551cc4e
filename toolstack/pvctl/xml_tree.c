/* SPDX-License-Identifier: MIT */
#include "pvctl/xml_tree.h"

#include <stdlib.h>
#include <string.h>

/* Depth is at most XML_DEPTH_MAX, so recursion ends; siblings are a loop. */
void xml_element_free(struct xml_element *element)
{
    while (element) {
        struct xml_element *next = element->next;

        for (size_t i = 0; i < element->attribute_count; i++) {
            free(element->attributes[i].name);
            free(element->attributes[i].value);
        }
        free(element->attributes);
        xml_element_free(element->children);
        free(element->name);
        free(element->text);
        free(element->source);
        free(element);
        element = next;
    }
}

const char *xml_attribute(const struct xml_element *element, const char *name)
{
    for (size_t i = 0; i < element->attribute_count; i++) {
        if (!strcmp(element->attributes[i].name, name))
            return element->attributes[i].value;
    }
    return NULL;
}

const struct xml_element *xml_child(const struct xml_element *element, const char *name)
{
    const struct xml_element *child = element->children;

    while (child && strcmp(child->name, name) != 0)
        child = child->next;
    return child;
}
