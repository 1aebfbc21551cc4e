/* SPDX-License-Identifier: MIT */
/*
 * Multiboot 1 (a structure with a word of flags) and Multiboot 2 (a list of tags).
 *
 * Command lines: GRUB 2 gives the words after the file's path. Other loaders of Multiboot 1,
 * QEMU among them, put the path first, and it is dropped.
 */
#include "boot/multiboot.h"

#include "lib/errno.h"
#include "lib/format.h"
#include "lib/string.h"

/* Multiboot 1: bits of flags, and the part of the structure that is read. */
#define INFO_COMMAND_LINE (1u << 2)
#define INFO_MODULES      (1u << 3)
#define INFO_MEMORY_MAP   (1u << 6)
#define INFO_LOADER_NAME  (1u << 9)

struct multiboot1_info {
    uint32_t flags;
    uint32_t mem_lower, mem_upper, boot_device;
    uint32_t command_line;
    uint32_t module_count, modules;
    uint32_t symbols[4];
    uint32_t memory_map_bytes, memory_map;
    uint32_t drives_bytes, drives, config_table;
    uint32_t loader_name;
};

struct multiboot1_module {
    uint32_t start, end, command_line, reserved;
};

struct multiboot1_range {
    uint32_t bytes; /* of what follows */
    uint64_t start, length;
    uint32_t type;
} PACKED;

/* Multiboot 2. */
enum multiboot2_tag_type {
    TAG_END = 0,
    TAG_COMMAND_LINE = 1,
    TAG_LOADER_NAME = 2,
    TAG_MODULE = 3,
    TAG_MEMORY_MAP = 6,
    TAG_EFI64_SYSTEM_TABLE = 12,
    TAG_RSDP_1 = 14,
    TAG_RSDP_2 = 15,
};

struct multiboot2_tag {
    uint32_t type, bytes;
};

struct multiboot2_module {
    struct multiboot2_tag tag;
    uint32_t start, end;
};

struct multiboot2_memory_map {
    struct multiboot2_tag tag;
    uint32_t entry_bytes, entry_version;
};

struct multiboot2_range {
    uint64_t start, length;
    uint32_t type, reserved;
};

#define INFO_BYTES_MAX (1u << 20)

/* What the parsers hand around. */
struct parse {
    boot_reader *read;
    struct boot_info *info;
    char *error;
};

#define FAIL(parse, ...) (format_buffer((parse)->error, BOOT_ERROR_MAX, __VA_ARGS__), -EINVAL)

/* A copy of @bytes at @address; false if out of reach. */
static bool copy_in(boot_reader *read, void *to, uint64_t address, size_t bytes)
{
    const void *from = read(address, bytes);

    if (from)
        memcpy(to, from, bytes);
    return from;
}

/* Text of at most @limit bytes at @address, which ends at its zero, at @limit or where memory
 * is out of reach. False if it does not fit @size. */
static bool copy_text(boot_reader *read, char *to, size_t size, uint64_t address, size_t limit)
{
    for (size_t i = 0; i < size; i++) {
        const char *from = i < limit ? read(address + i, 1) : NULL;

        to[i] = from ? *from : '\0';
        if (!to[i])
            return true;
    }
    to[size - 1] = '\0';
    return false;
}

static void drop_first_word(char *text)
{
    size_t skip = 0;

    while (text[skip] && text[skip] != ' ')
        skip++;
    while (text[skip] == ' ')
        skip++;
    memmove(text, text + skip, strlen(text + skip) + 1);
}

static bool paths_come_first(const struct boot_info *info)
{
    return info->multiboot_version == 1 && strncmp(info->loader_name, "GRUB 2", 6);
}

static int take_command_line(struct parse *parse, char *to, uint64_t address, size_t limit)
{
    if (!copy_text(parse->read, to, BOOT_COMMAND_LINE_MAX, address, limit))
        return FAIL(parse, "a command line is longer than %u bytes", BOOT_COMMAND_LINE_MAX - 1);
    if (paths_come_first(parse->info))
        drop_first_word(to);
    return 0;
}

static int take_range(struct parse *parse, uint64_t start, uint64_t length, uint32_t type)
{
    struct boot_info *info = parse->info;
    uint64_t end = start + length;

    if (info->range_count == BOOT_RANGES_MAX)
        return FAIL(parse, "the memory map has more than %u ranges", BOOT_RANGES_MAX);
    if (end < start)
        end = UINT64_MAX;
    info->ranges[info->range_count++] = (struct memory_map_range){ start, end, type };
    return 0;
}

static int take_module(struct parse *parse, uint64_t start, uint64_t end, uint64_t text,
                       size_t limit)
{
    struct boot_info *info = parse->info;
    struct boot_module *module = &info->modules[info->module_count];

    if (info->module_count == BOOT_MODULES_MAX)
        return FAIL(parse, "more than %u modules", BOOT_MODULES_MAX);
    if (start > end)
        return FAIL(parse, "module %u ends before it starts", info->module_count + 1);
    module->start = start;
    module->end = end;
    info->module_count++;
    if (!text)
        return 0;
    return take_command_line(parse, module->command_line, text, limit);
}

/* ---- Multiboot 1 */

static int parse_modules1(struct parse *parse, const struct multiboot1_info *header)
{
    for (uint32_t i = 0; i < header->module_count; i++) {
        struct multiboot1_module module;
        int result;

        if (!copy_in(parse->read, &module, header->modules + (uint64_t)i * sizeof(module),
                     sizeof(module)))
            return FAIL(parse, "the list of modules is out of reach");
        result = take_module(parse, module.start, module.end, module.command_line,
                             BOOT_COMMAND_LINE_MAX + 1);
        if (result)
            return result;
    }
    return 0;
}

static int parse_memory_map1(struct parse *parse, const struct multiboot1_info *header)
{
    uint64_t at = header->memory_map;
    uint64_t end = at + header->memory_map_bytes;

    while (at < end) {
        struct multiboot1_range range;
        int result;

        if (end - at < sizeof(range) || !copy_in(parse->read, &range, at, sizeof(range)))
            return FAIL(parse, "the memory map is cut off");
        if (range.bytes < sizeof(range) - sizeof(range.bytes))
            return FAIL(parse, "an entry of the memory map is only %u bytes long", range.bytes);
        result = take_range(parse, range.start, range.length, range.type);
        if (result)
            return result;
        at += sizeof(range.bytes) + (uint64_t)range.bytes;
    }
    return 0;
}

static int parse1(struct parse *parse, uint64_t address)
{
    struct multiboot1_info header;
    int result = 0;

    if (!copy_in(parse->read, &header, address, sizeof(header)))
        return FAIL(parse, "it lies out of reach at 0x%lx", address);
    if (header.flags & INFO_LOADER_NAME)
        (void)copy_text(parse->read, parse->info->loader_name, sizeof(parse->info->loader_name),
                        header.loader_name, sizeof(parse->info->loader_name));
    if (header.flags & INFO_COMMAND_LINE)
        result = take_command_line(parse, parse->info->command_line, header.command_line,
                                   BOOT_COMMAND_LINE_MAX + 1);
    if (!result && (header.flags & INFO_MEMORY_MAP))
        result = parse_memory_map1(parse, &header);
    if (!result && (header.flags & INFO_MODULES))
        result = parse_modules1(parse, &header);
    return result;
}

/* ---- Multiboot 2: each tag's contents are at @at and @bytes long, header included. */

static int parse_memory_map2(struct parse *parse, uint64_t at, uint32_t bytes)
{
    struct multiboot2_memory_map map;
    uint64_t end = at + bytes;

    if (bytes < sizeof(map) || !copy_in(parse->read, &map, at, sizeof(map)))
        return FAIL(parse, "the memory map is cut off");
    if (map.entry_bytes < sizeof(struct multiboot2_range))
        return FAIL(parse, "an entry of the memory map is only %u bytes long", map.entry_bytes);
    for (at += sizeof(map); end - at >= map.entry_bytes; at += map.entry_bytes) {
        struct multiboot2_range range;
        int result;

        if (!copy_in(parse->read, &range, at, sizeof(range)))
            return FAIL(parse, "the memory map is out of reach");
        result = take_range(parse, range.start, range.length, range.type);
        if (result)
            return result;
    }
    return 0;
}

static int parse_module2(struct parse *parse, uint64_t at, uint32_t bytes)
{
    struct multiboot2_module module;

    if (bytes < sizeof(module) || !copy_in(parse->read, &module, at, sizeof(module)))
        return FAIL(parse, "a module's tag is cut off");
    return take_module(parse, module.start, module.end, at + sizeof(module),
                       bytes - sizeof(module));
}

static int parse_tag2(struct parse *parse, struct multiboot2_tag tag, uint64_t at)
{
    struct boot_info *info = parse->info;
    uint64_t content = at + sizeof(tag);
    size_t content_bytes = tag.bytes - sizeof(tag);

    switch (tag.type) {
    case TAG_COMMAND_LINE:
        return take_command_line(parse, info->command_line, content, content_bytes);
    case TAG_LOADER_NAME:
        (void)copy_text(parse->read, info->loader_name, sizeof(info->loader_name), content,
                        content_bytes);
        return 0;
    case TAG_MODULE:
        return parse_module2(parse, at, tag.bytes);
    case TAG_MEMORY_MAP:
        return parse_memory_map2(parse, at, tag.bytes);
    case TAG_EFI64_SYSTEM_TABLE:
        if (content_bytes < sizeof(info->efi_system_table) ||
            !copy_in(parse->read, &info->efi_system_table, content, sizeof(uint64_t)))
            return FAIL(parse, "the EFI tag is cut off");
        return 0;
    case TAG_RSDP_1:
    case TAG_RSDP_2:
        if (!info->rsdp_copy || tag.type == TAG_RSDP_2)
            info->rsdp_copy = content;
        return 0;
    default:
        return 0;
    }
}

static int parse2(struct parse *parse, uint64_t address)
{
    uint32_t header[2]; /* bytes in all, reserved */
    uint64_t at = address + sizeof(header), end;

    if (!copy_in(parse->read, header, address, sizeof(header)))
        return FAIL(parse, "it lies out of reach at 0x%lx", address);
    if (header[0] < sizeof(header) || header[0] > INFO_BYTES_MAX)
        return FAIL(parse, "its length of %u bytes cannot be", header[0]);
    end = address + header[0];

    while (end - at >= sizeof(struct multiboot2_tag)) {
        struct multiboot2_tag tag;
        int result;

        if (!copy_in(parse->read, &tag, at, sizeof(tag)))
            return FAIL(parse, "a tag is out of reach");
        if (tag.type == TAG_END)
            return 0;
        if (tag.bytes < sizeof(tag) || tag.bytes > end - at)
            return FAIL(parse, "tag %u has the impossible length %u", tag.type, tag.bytes);
        result = parse_tag2(parse, tag, at);
        if (result)
            return result;
        at += (tag.bytes + 7ul) & ~7ul;
        if (at > end)
            break;
    }
    return FAIL(parse, "it has no end tag");
}

int multiboot_parse(uint32_t magic, uint64_t address, boot_reader *read, struct boot_info *info,
                    char error[BOOT_ERROR_MAX])
{
    struct parse parse = { read, info, error };
    int result;

    memset(info, 0, sizeof(*info));
    if (magic != MULTIBOOT1_LOADED && magic != MULTIBOOT2_LOADED)
        return FAIL(&parse, "0x%x is not the magic number of a Multiboot loader", magic);
    info->multiboot_version = magic == MULTIBOOT1_LOADED ? 1 : 2;
    result = magic == MULTIBOOT1_LOADED ? parse1(&parse, address) : parse2(&parse, address);
    if (result)
        return result;
    if (info->range_count == 0)
        return FAIL(&parse, "it has no memory map");
    return 0;
}

bool boot_module_overlaps(const struct boot_info *info, uint64_t start, uint64_t end)
{
    for (uint32_t i = 0; i < info->module_count; i++) {
        if (info->modules[i].start < end && info->modules[i].end > start)
            return true;
    }
    return false;
}
