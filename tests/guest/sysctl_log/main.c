/* SPDX-License-Identifier: MIT */
/*
 * readconsole gives the log, from its oldest byte or from where the reader was; debug keys are pressed
 * as if they were typed (abi-facts 9.2).
 *
 * Machine: options="dom0_mem=24M" log="'h': this list"
 */
#include "toolstack.h"

static struct xen_sysctl op;
static char text[65536];

static uint32_t read(bool incremental, uint32_t index, uint32_t room)
{
    memset(text, 0, sizeof(text));
    op.u.readconsole = (struct xen_sysctl_readconsole){
        .incremental = incremental, .index = index, .buffer = (uint64_t)text, .count = room
    };
    expect_eq(sysctl(XEN_SYSCTL_readconsole, &op), 0, "readconsole");
    return op.u.readconsole.count;
}

static bool has(const char *what, uint32_t bytes)
{
    size_t length = strlen(what);

    for (uint32_t i = 0; i + length <= bytes; i++) {
        if (memcmp(text + i, what, length) == 0)
            return true;
    }
    return false;
}

static void read_log(void)
{
    uint32_t bytes, end;

    print("first line");
    bytes = read(false, 0, sizeof(text));
    expect(has("Parapet", bytes) && has("first line", bytes), "everything");
    end = op.u.readconsole.index;
    expect_eq(read(true, end, sizeof(text)), 0, "nothing new");
    print("second line");
    bytes = read(true, end, sizeof(text));
    expect(has("second line", bytes) && !has("first line", bytes), "what is new");
    expect_eq(op.u.readconsole.index, end + bytes, "the next time from there");
    expect_eq(read(true, end, 5), 5, "a little");
    expect_eq(op.u.readconsole.index, end + 5, "from behind it");
    expect_eq(read(true, end + 100000, sizeof(text)), read(false, 0, sizeof(text)),
              "from what was never written: all there is");
}

static void clear_log(void)
{
    op.u.readconsole.clear = 1;
    op.u.readconsole.count = 0;
    expect_eq(sysctl(XEN_SYSCTL_readconsole, &op), 0, "forget it");
    print("third line");
    expect(has("third line", read(false, 0, sizeof(text))), "what came later");
    expect(!has("first line", read(false, 0, sizeof(text))), "nothing earlier");
    op.u.readconsole =
        (struct xen_sysctl_readconsole){ .buffer = MACH2PHYS_VIRT_START, .count = 10 };
    expect_eq(sysctl(XEN_SYSCTL_readconsole, &op), -XEN_EFAULT, "to nowhere");
}

static void press_keys(void)
{
    static char keys[] = "h";

    op.u.debug_keys = (struct xen_sysctl_debug_keys){ (uint64_t)keys, 1 };
    expect_eq(sysctl(XEN_SYSCTL_debug_keys, &op), 0, "a key");
    while (!has("this list", read(false, 0, sizeof(text))))
        (void)hypercall(sched_op, SCHEDOP_yield, NULL);
    op.u.debug_keys.nr_keys = 1000;
    expect_eq(sysctl(XEN_SYSCTL_debug_keys, &op), -XEN_E2BIG, "too many");
    op.u.debug_keys = (struct xen_sysctl_debug_keys){ 8, 1 };
    expect_eq(sysctl(XEN_SYSCTL_debug_keys, &op), -XEN_EFAULT, "from nowhere");
}

void test_main(void)
{
    read_log();
    clear_log();
    press_keys();
}
