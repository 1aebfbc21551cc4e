/* SPDX-License-Identifier: MIT */
/* QEMU's command line, as data. */
#include "testbed/qemu_arguments.h"

#include <string.h>

#include "support/unit.h"

static struct testbed_options plain(void)
{
    struct testbed_options options = {
        .name = "default",
        .qemu = "qemu-system-x86_64",
        .machine = "q35",
        .cpu = "max",
        .cpus = 2,
        .memory_bytes = 2UL << 30,
        .hypervisor = "/b/parapet",
        .kernel = "/b/vmlinux",
        .initrd = "/b/initrd",
        .share = "/shared",
        .state = "/s/state.img",
        .definitions = "/s/definitions",
    };

    return options;
}

/* Is there @option with @value behind it? */
static bool has(const struct qemu_arguments *arguments, const char *option, const char *value)
{
    for (size_t i = 0; i + 1 < arguments->count; i++) {
        if (!strcmp(arguments->words[i], option) && !strcmp(arguments->words[i + 1], value))
            return true;
    }
    return false;
}

static bool has_word(const struct qemu_arguments *arguments, const char *word)
{
    return has(arguments, word, "-display") || has(arguments, word, "-kernel");
}

TEST(qemu_arguments, a_plain_machine)
{
    struct testbed_options options = plain();
    struct qemu_arguments arguments;

    qemu_arguments_make(&options, &arguments);
    ck_assert_str_eq(arguments.words[0], "qemu-system-x86_64");
    ck_assert_ptr_null(arguments.words[arguments.count]);
    ck_assert(has(&arguments, "-name", "parapet-default"));
    ck_assert(has(&arguments, "-machine", "q35"));
    ck_assert(has(&arguments, "-accel", "tcg"));
    ck_assert(has(&arguments, "-cpu", "max"));
    ck_assert(has(&arguments, "-smp", "2"));
    ck_assert(has(&arguments, "-m", "2048M"));
    ck_assert(has_word(&arguments, "-nodefaults"));
    ck_assert(has(&arguments, "-kernel", "hypervisor"));
    ck_assert(has(&arguments, "-append", "console=com1 com1=115200 dom0_mem=512M"));
    ck_assert(has(&arguments, "-initrd",
                  "kernel console=hvc0 control.state=SERIAL=parapet-state,initrd"));
    ck_assert(
        has(&arguments, "-drive", "if=none,id=state,format=raw,discard=unmap,file=/s/state.img"));
    ck_assert(has(&arguments, "-device", "virtio-blk-pci,drive=state,serial=parapet-state"));
    ck_assert(has(&arguments, "-fsdev",
                  "local,id=share,security_model=none,multidevs=remap,path=/shared"));
    ck_assert(has(&arguments, "-mon", "chardev=monitor,mode=control"));
    ck_assert(!has(&arguments, "-gdb", "unix:gdb,server=on,wait=off"));
    qemu_arguments_free(&arguments);
}

TEST(qemu_arguments, what_the_user_chooses)
{
    struct testbed_options options = plain();
    struct qemu_arguments arguments;

    options.kvm = true;
    options.waits_for_gdb = true;
    options.machine = "pc";
    options.cpu = "Opteron_G1";
    options.cpus = 1;
    options.memory_bytes = 768UL << 20;
    options.disk = "/d/more.qcow2";
    qemu_arguments_make(&options, &arguments);
    ck_assert(has(&arguments, "-machine", "pc"));
    ck_assert(has(&arguments, "-accel", "kvm"));
    ck_assert(has(&arguments, "-cpu", "Opteron_G1"));
    ck_assert(has(&arguments, "-smp", "1"));
    ck_assert(has(&arguments, "-m", "768M"));
    /* The control domain leaves half of it to guests. */
    ck_assert(has(&arguments, "-append", "console=com1 com1=115200 dom0_mem=384M"));
    ck_assert(has(&arguments, "-gdb", "unix:gdb,server=on,wait=off"));
    ck_assert(has_word(&arguments, "-S"));
    ck_assert(
        has(&arguments, "-drive", "if=none,id=disk,format=qcow2,discard=unmap,file=/d/more.qcow2"));
    qemu_arguments_free(&arguments);
}

TEST(qemu_arguments, each_port_has_its_name)
{
    struct testbed_options options = plain();
    struct qemu_arguments arguments;

    qemu_arguments_make(&options, &arguments);
    ck_assert(has(&arguments, "-chardev", "socket,id=port0,path=port.0,server=on,wait=off"));
    ck_assert(has(&arguments, "-device",
                  "virtserialport,bus=ports.0,chardev=port15,name=org.parapet.pvd.15"));
    ck_assert(!has(&arguments, "-chardev", "socket,id=port16,path=port.16,server=on,wait=off"));
    qemu_arguments_free(&arguments);
}

/* A comma would begin another property of the option. */
TEST(qemu_arguments, commas_in_paths_are_doubled)
{
    struct testbed_options options = plain();
    struct qemu_arguments arguments;

    strcpy(options.share, "/a,readonly=on/b c");
    strcpy(options.state, "/s,t/state.img");
    options.disk = "/d/,raw";
    qemu_arguments_make(&options, &arguments);
    ck_assert(has(&arguments, "-fsdev",
                  "local,id=share,security_model=none,multidevs=remap,path=/a,,readonly=on/b c"));
    ck_assert(has(&arguments, "-drive",
                  "if=none,id=state,format=raw,discard=unmap,file=/s,,t/state.img"));
    ck_assert(has(&arguments, "-drive", "if=none,id=disk,format=raw,discard=unmap,file=/d/,,raw"));
    qemu_arguments_free(&arguments);
}
