/* SPDX-License-Identifier: MIT */
#include "testbed/qemu_arguments.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/memory.h"
#include "config/protocol.h"

#define SOCKET_WORDS "server=on,wait=off"

static void add(struct qemu_arguments *arguments, char *word)
{
    if (arguments->count == QEMU_ARGUMENTS_MAX) /* more ports than there is room for */
        abort();
    arguments->words[arguments->count++] = word;
}

static void add_option(struct qemu_arguments *arguments, const char *option, const char *format,
                       ...) __attribute__((format(printf, 3, 4)));

static void add_option(struct qemu_arguments *arguments, const char *option, const char *format,
                       ...)
{
    char *value;
    va_list args;

    va_start(args, format);
    if (vasprintf(&value, format, args) < 0)
        abort();
    va_end(args);
    add(arguments, memory_string(option));
    add(arguments, value);
}

/* As part of an option: commas are doubled. */
static char *escaped(const char *path)
{
    char *text = memory_alloc(2 * strlen(path) + 1), *to = text;

    for (; *path; path++) {
        if (*path == ',')
            *to++ = ',';
        *to++ = *path;
    }
    return text;
}

static void add_machine(const struct testbed_options *options, struct qemu_arguments *arguments)
{
    add_option(arguments, "-name", "parapet-%s", options->name);
    add_option(arguments, "-machine", "%s", options->machine);
    add_option(arguments, "-accel", "%s", options->kvm ? "kvm" : "tcg");
    add_option(arguments, "-cpu", "%s", options->cpu);
    add_option(arguments, "-smp", "%u", options->cpus);
    add_option(arguments, "-m", "%lluM", (unsigned long long)(options->memory_bytes >> 20));
    add(arguments, memory_string("-nodefaults"));
    add_option(arguments, "-display", "none");
    if (options->waits_for_gdb) {
        add_option(arguments, "-gdb", "unix:" FILE_GDB "," SOCKET_WORDS);
        add(arguments, memory_string("-S"));
    }
}

static void add_software(const struct testbed_options *options, struct qemu_arguments *arguments)
{
    uint64_t half = options->memory_bytes / 2;
    uint64_t control = half < TESTBED_CONTROL_BYTES ? half : TESTBED_CONTROL_BYTES;

    add_option(arguments, "-kernel", FILE_HYPERVISOR);
    add_option(arguments, "-append", "console=com1 com1=115200 dom0_mem=%lluM",
               (unsigned long long)(control >> 20));
    add_option(arguments, "-initrd",
               FILE_KERNEL " console=hvc0 control.state=SERIAL=parapet-state," FILE_INITRD);
}

static void add_consoles(struct qemu_arguments *arguments)
{
    add_option(arguments, "-chardev",
               "socket,id=serial,path=" FILE_SERIAL ",logfile=" FILE_SERIAL_LOG
               ",logappend=off," SOCKET_WORDS);
    add_option(arguments, "-serial", "chardev:serial");
    add_option(arguments, "-chardev", "socket,id=monitor,path=" FILE_MONITOR "," SOCKET_WORDS);
    add_option(arguments, "-mon", "chardev=monitor,mode=control");
}

static void add_disk(struct qemu_arguments *arguments, const char *id, const char *path,
                     const char *format)
{
    char *file = escaped(path);

    add_option(arguments, "-drive", "if=none,id=%s,format=%s,discard=unmap,file=%s", id, format,
               file);
    add_option(arguments, "-device", "virtio-blk-pci,drive=%s,serial=parapet-%s", id, id);
    free(file);
}

static const char *format_of(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && !strcmp(dot, ".qcow2") ? "qcow2" : "raw";
}

static void add_folder(struct qemu_arguments *arguments, const char *tag, const char *path)
{
    char *folder = escaped(path);

    add_option(arguments, "-fsdev", "local,id=%s,security_model=none,multidevs=remap,path=%s", tag,
               folder);
    add_option(arguments, "-device", "virtio-9p-pci,fsdev=%s,mount_tag=%s", tag, tag);
    free(folder);
}

static void add_ports(struct qemu_arguments *arguments)
{
    add_option(arguments, "-device", "virtio-serial-pci,id=ports,max_ports=%u", TESTBED_PORTS + 1);
    for (unsigned i = 0; i < TESTBED_PORTS; i++) {
        add_option(arguments, "-chardev", "socket,id=port%u,path=" FILE_PORT "%u," SOCKET_WORDS, i,
                   i);
        add_option(arguments, "-device", "virtserialport,bus=ports.0,chardev=port%u,name=%s%u", i,
                   PORT_NAME_PREFIX, i);
    }
}

void qemu_arguments_make(const struct testbed_options *options, struct qemu_arguments *arguments)
{
    *arguments = (struct qemu_arguments){ .count = 0 };
    add(arguments, memory_string(options->qemu));
    add_machine(options, arguments);
    add_software(options, arguments);
    add_consoles(arguments);
    add_disk(arguments, "state", options->state, "raw");
    if (options->disk)
        add_disk(arguments, "disk", options->disk, format_of(options->disk));
    add_option(arguments, "-netdev", "user,id=net");
    add_option(arguments, "-device", "virtio-net-pci,netdev=net");
    add_folder(arguments, "share", options->share);
    add_folder(arguments, "definitions", options->definitions);
    add_ports(arguments);
}

void qemu_arguments_free(struct qemu_arguments *arguments)
{
    for (size_t i = 0; i < arguments->count; i++)
        free(arguments->words[i]);
    *arguments = (struct qemu_arguments){ .count = 0 };
}
