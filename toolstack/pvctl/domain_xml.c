/* SPDX-License-Identifier: MIT */
/*
 * The only file that knows libxml2: from bytes to struct xml_element, safely.
 *
 * The document may come from anyone. It is refused as soon as a DTD begins, so that no entity is
 * ever declared; nothing is loaded from files or the network; depth is counted as elements open;
 * the library's own limits stay on (no XML_PARSE_HUGE).
 */
#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/relaxng.h>
#include <libxml/tree.h>
#include <libxml/xmlIO.h>
#include <libxml/xmlerror.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pvctl/xml_tree.h"

#define PARSE_OPTIONS (XML_PARSE_NONET | XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES)

struct parse {
    const char *name;
    unsigned int depth;
    unsigned int parts; /* elements and attributes so far */
    bool has_failed;
    struct error *error;
};

static const char *text_of(const xmlChar *text)
{
    return (const char *)text;
}

/* --- While the document is read --- */

static struct parse *parse_of(void *context)
{
    return ((xmlParserCtxtPtr)context)->_private;
}

/* The first reason counts; what the library says after it follows from it. */
static void stop(xmlParserCtxtPtr context, enum error_class class, const char *id,
                 const char *message, const char *hint)
{
    struct parse *parse = parse_of(context);

    if (parse->has_failed)
        return;
    parse->has_failed = true;
    error_set(parse->error, class, id, "%s", message);
    error_hint(parse->error, "%s", hint);
    error_place(parse->error, parse->name, (uint32_t)xmlSAX2GetLineNumber(context), "");
    xmlStopParser(context);
}

static void on_dtd(void *context, const xmlChar *name, const xmlChar *external,
                   const xmlChar *system)
{
    (void)name;
    (void)external;
    (void)system;
    stop(context, ERROR_INPUT, "PV-E0305", "a document type (DTD) is not allowed here",
         "remove the <!DOCTYPE ...> and write entities out");
}

static void on_start(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                     int namespace_count, const xmlChar **namespaces, int count, int defaulted,
                     const xmlChar **attributes)
{
    if (++parse_of(context)->depth > XML_DEPTH_MAX) {
        stop(context, ERROR_INPUT, "PV-E0306", "elements are nested deeper than 256 levels",
             "this is no domain definition");
        return;
    }
    parse_of(context)->parts += 1 + (unsigned int)count;
    if (parse_of(context)->parts > XML_PARTS_MAX) {
        stop(context, ERROR_INPUT, "PV-E0308", "there are more than 4096 elements and attributes",
             "this is no domain definition");
        return;
    }
    xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, count, defaulted,
                          attributes);
}

static void on_end(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri)
{
    parse_of(context)->depth--;
    xmlSAX2EndElementNs(context, name, prefix, uri);
}

static void on_error(void *context, xmlErrorPtr problem)
{
    struct parse *parse = parse_of(context);
    char message[256];

    if (parse->has_failed || problem->level < XML_ERR_ERROR)
        return;
    parse->has_failed = true;
    snprintf(message, sizeof(message), "%s", problem->message ? problem->message : "not readable");
    message[strcspn(message, "\n")] = '\0';
    error_set(parse->error, ERROR_INPUT, "PV-E0304", "not well-formed XML: %s", message);
    error_hint(parse->error, "xmllint --noout FILE shows all places");
    error_place(parse->error, parse->name, (uint32_t)(problem->line > 0 ? problem->line : 0), "");
}

/* What the library says before a document has its own place for errors: about encodings. */
static void on_early_error(void *context, xmlErrorPtr problem)
{
    (void)context;
    (void)problem;
}

static void on_text(void *context, const char *format, ...)
{
    (void)context;
    (void)format;
}

static xmlDocPtr parse_document(const struct buffer *bytes, struct parse *parse)
{
    xmlParserCtxtPtr context = xmlNewParserCtxt();
    xmlDocPtr document;

    if (!context)
        return NULL;
    xmlSetStructuredErrorFunc(NULL, on_early_error);
    xmlSetGenericErrorFunc(NULL, on_text);
    context->_private = parse;
    context->sax->internalSubset = on_dtd;
    context->sax->externalSubset = on_dtd;
    context->sax->startElementNs = on_start;
    context->sax->endElementNs = on_end;
    context->sax->serror = on_error;
    document = xmlCtxtReadMemory(context, (const char *)bytes->data, (int)bytes->bytes, NULL, NULL,
                                 PARSE_OPTIONS);
    if (parse->has_failed || !context->wellFormed) {
        xmlFreeDoc(document);
        xmlFreeDoc(context->myDoc == document ? NULL : context->myDoc);
        document = NULL;
    }
    context->myDoc = NULL;
    xmlFreeParserCtxt(context);
    return document;
}

/* --- From the library's tree to ours --- */

/* Known namespaces by the prefix that our table has for them, others by their own. */
static char *name_of(const xmlNode *node)
{
    static const struct {
        const char *uri, *prefix;
    } known[] = {
        { "http://libvirt.org/schemas/domain/xen/1.0", "xen" },
        { "http://libvirt.org/schemas/domain/qemu/1.0", "qemu" },
        { "http://libvirt.org/schemas/domain/lxc/1.0", "lxc" },
    };
    const char *prefix = "other";
    char *name = NULL;

    if (!node->ns || !node->ns->href)
        return strdup(text_of(node->name));
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (!strcmp(known[i].uri, text_of(node->ns->href)))
            prefix = known[i].prefix;
    }
    return asprintf(&name, "%s:%s", prefix, text_of(node->name)) < 0 ? NULL : name;
}

/* The text directly inside @node. */
static char *text_inside(const xmlNode *node)
{
    size_t bytes = 0;
    char *text;

    for (const xmlNode *child = node->children; child; child = child->next)
        bytes += child->type == XML_TEXT_NODE ? strlen(text_of(child->content)) : 0;
    text = malloc(bytes + 1);
    if (!text)
        return NULL;
    *text = '\0';
    bytes = 0;
    for (const xmlNode *child = node->children; child; child = child->next) {
        if (child->type == XML_TEXT_NODE) {
            size_t more = strlen(text_of(child->content));

            memcpy(text + bytes, text_of(child->content), more + 1);
            bytes += more;
        }
    }
    return text;
}

static char *source_of(xmlDocPtr document, xmlNodePtr node)
{
    xmlBufferPtr buffer = xmlBufferCreate();
    char *source = NULL;

    if (buffer && xmlNodeDump(buffer, document, node, 0, 0) >= 0)
        source = strdup(text_of(xmlBufferContent(buffer)));
    xmlBufferFree(buffer);
    return source;
}

static bool copy_attributes(xmlNodePtr node, struct xml_element *element)
{
    size_t count = 0;

    for (xmlAttrPtr attribute = node->properties; attribute; attribute = attribute->next)
        count++;
    element->attributes = calloc(count + 1, sizeof(element->attributes[0]));
    if (!element->attributes)
        return false;
    for (xmlAttrPtr attribute = node->properties; attribute; attribute = attribute->next) {
        struct xml_attribute *copy = &element->attributes[element->attribute_count++];
        xmlChar *value = xmlNodeListGetString(node->doc, attribute->children, 1);

        copy->name = strdup(text_of(attribute->name));
        copy->value = strdup(value ? text_of(value) : "");
        xmlFree(value);
        if (!copy->name || !copy->value)
            return false;
    }
    return true;
}

static struct xml_element *copy_element(xmlDocPtr document, xmlNodePtr node);

static bool copy_children(xmlDocPtr document, xmlNodePtr node, struct xml_element *element)
{
    struct xml_element **end = &element->children;

    for (xmlNodePtr child = node->children; child; child = child->next) {
        if (child->type != XML_ELEMENT_NODE)
            continue;
        *end = copy_element(document, child);
        if (!*end)
            return false;
        end = &(*end)->next;
    }
    return true;
}

/* NULL when memory is short. */
static struct xml_element *copy_element(xmlDocPtr document, xmlNodePtr node)
{
    struct xml_element *element = calloc(1, sizeof(*element));
    bool is_metadata = !strcmp(text_of(node->name), "metadata");

    if (!element)
        return NULL;
    element->line = (uint32_t)xmlGetLineNo(node);
    element->name = name_of(node);
    element->text = text_inside(node);
    element->source = is_metadata ? source_of(document, node) : NULL;
    if (element->name && element->text && (!is_metadata || element->source) &&
        copy_attributes(node, element) && copy_children(document, node, element))
        return element;
    xml_element_free(element);
    return NULL;
}

int xml_document_parse(const struct buffer *bytes, const char *name, struct xml_element **root,
                       struct error *error)
{
    struct parse parse = { .name = name, .error = error };
    xmlDocPtr document;

    if (bytes->bytes > XML_FILE_BYTES_MAX)
        return error_set(error, ERROR_INPUT, "PV-E0302", "%s has %zu bytes, more than %lu allowed",
                         name, bytes->bytes, XML_FILE_BYTES_MAX);
    error_set(error, ERROR_INPUT, "PV-E0304", "not well-formed XML: it is empty");
    error_place(error, name, 1, "");
    document = bytes->bytes ? parse_document(bytes, &parse) : NULL;
    if (!document)
        return -1;
    *root = copy_element(document, xmlDocGetRootElement(document));
    xmlFreeDoc(document);
    return *root ? 0
                 : error_set(error, ERROR_RESOURCES, "PV-E0721", "no memory for the elements of %s",
                             name);
}

/* --- The schema --- */

struct schema_problem {
    char *text;
    uint32_t *line;
};

static void on_schema_problem(void *context, xmlErrorPtr problem)
{
    struct schema_problem *first = context;

    if (*first->text || !problem->message)
        return;
    snprintf(first->text, 256, "%s", problem->message);
    first->text[strcspn(first->text, "\n")] = '\0';
    *first->line = (uint32_t)(problem->line > 0 ? problem->line : 0);
}

static void on_schema_error(void *context, xmlErrorPtr problem)
{
    (void)context;
    (void)problem;
}

static xmlRelaxNGPtr schema_load(const char *path)
{
    xmlRelaxNGParserCtxtPtr context = xmlRelaxNGNewParserCtxt(path);
    xmlRelaxNGPtr schema = NULL;

    if (!context)
        return NULL;
    xmlRelaxNGSetParserStructuredErrors(context, on_schema_error, NULL);
    schema = xmlRelaxNGParse(context);
    xmlRelaxNGFreeParserCtxt(context);
    return schema;
}

int xml_schema_check(const struct buffer *bytes, const char *schema_path, char problem[256],
                     uint32_t *line, struct error *error)
{
    struct schema_problem first = { problem, line };
    struct parse parse = { .name = "", .error = error };
    xmlRelaxNGValidCtxtPtr context = NULL;
    xmlDocPtr document = NULL;
    xmlRelaxNGPtr schema;
    int result = -1;

    *problem = '\0';
    *line = 0;
    /* The schema names others by href; only files, never the network. */
    xmlSetExternalEntityLoader(xmlNoNetExternalEntityLoader);
    schema = schema_load(schema_path);
    if (!schema) {
        error_set(error, ERROR_INPUT, "PV-E0307", "%s is no RELAX NG schema", schema_path);
        return error_hint(error, "Debian's package libvirt0 has domain.rng");
    }
    document = parse_document(bytes, &parse);
    context = document ? xmlRelaxNGNewValidCtxt(schema) : NULL;
    if (context) {
        xmlRelaxNGSetValidStructuredErrors(context, on_schema_problem, &first);
        result = 0;
        if (xmlRelaxNGValidateDoc(context, document) && !*problem)
            snprintf(problem, 256, "does not agree with the schema");
    }
    xmlRelaxNGFreeValidCtxt(context);
    xmlFreeDoc(document);
    xmlRelaxNGFree(schema);
    return result;
}
