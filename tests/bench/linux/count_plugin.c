/* SPDX-License-Identifier: MIT */
/*
 * A plugin of QEMU that counts executed instructions between the marks of bench_io and bench_operations,
 * a no-operation that does nothing else: the measured machine does not notice.
 *
 * Classes by address: the hypervisor's slots of the address space (Parapet's and Xen's are the same
 * ones), other kernels, user space. In the hypervisor also by block of code. At each second mark a
 * section is written to the file `out`:
 *
 *   section N user kernel hypervisor
 *   ADDRESS EXECUTIONS INSTRUCTIONS      (blocks of the hypervisor that were executed)
 *
 * The declarations are what is needed of the interface for plugins, version 1, which QEMU documents in
 * docs/devel/tcg-plugins.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint64_t plugin_id;
struct qemu_info;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
enum callback_flags { NO_REGISTERS };
enum inline_operation { ADD_U64 };

extern int qemu_plugin_version;
int qemu_plugin_install(plugin_id id, const struct qemu_info *info, int argc, char **argv);
void qemu_plugin_register_vcpu_tb_trans_cb(plugin_id id,
                                           void (*callback)(plugin_id, struct qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_inline(struct qemu_plugin_tb *block,
                                              enum inline_operation op, void *counter,
                                              uint64_t value);
void qemu_plugin_register_vcpu_insn_exec_cb(struct qemu_plugin_insn *instruction,
                                            void (*callback)(unsigned, void *),
                                            enum callback_flags flags, void *context);
size_t qemu_plugin_tb_n_insns(const struct qemu_plugin_tb *block);
uint64_t qemu_plugin_tb_vaddr(const struct qemu_plugin_tb *block);
struct qemu_plugin_insn *qemu_plugin_tb_get_insn(const struct qemu_plugin_tb *block, size_t index);
const void *qemu_plugin_insn_data(const struct qemu_plugin_insn *instruction);
size_t qemu_plugin_insn_size(const struct qemu_plugin_insn *instruction);

#define HYPERVISOR_FIRST 0xffff800000000000u
#define HYPERVISOR_END   0xffff880000000000u
#define USER_END         0x0000800000000000u
#define BUCKETS          65536u

enum { USER, KERNEL, HYPERVISOR, CLASSES };

struct block {
    struct block *next;
    uint64_t address, instructions, executions, before;
};

static const uint8_t mark[] = { 0x0f, 0x1f, 0x80, 'K', 'R', 'A', 'M' };
static struct block *blocks[BUCKETS];
static uint64_t counts[CLASSES], before[CLASSES];
static bool is_inside;
static unsigned sections;
static FILE *output;

static void begin_section(void)
{
    memcpy(before, counts, sizeof(before));
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct block *block = blocks[i]; block; block = block->next)
            block->before = block->executions;
    }
}

static void write_section(void)
{
    fprintf(output, "section %u %lu %lu %lu\n", sections++, counts[USER] - before[USER],
            counts[KERNEL] - before[KERNEL], counts[HYPERVISOR] - before[HYPERVISOR]);
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (struct block *block = blocks[i]; block; block = block->next) {
            if (block->executions != block->before)
                fprintf(output, "%lx %lu %lu\n", block->address, block->executions - block->before,
                        block->instructions);
        }
    }
    fflush(output);
}

/* One guest at a time is measured with this, so marks come in pairs. */
static void on_mark(unsigned cpu, void *context)
{
    (void)cpu;
    (void)context;
    if (is_inside)
        write_section();
    else
        begin_section();
    is_inside = !is_inside;
}

static struct block *block_at(uint64_t address, uint64_t instructions)
{
    struct block **head = &blocks[(address ^ address >> 16) % BUCKETS], *block;

    for (block = *head; block; block = block->next) {
        if (block->address == address && block->instructions == instructions)
            return block;
    }
    block = calloc(1, sizeof(*block));
    if (!block)
        abort();
    block->address = address;
    block->instructions = instructions;
    block->next = *head;
    *head = block;
    return block;
}

static void on_translation(plugin_id id, struct qemu_plugin_tb *tb)
{
    uint64_t address = qemu_plugin_tb_vaddr(tb);
    size_t instructions = qemu_plugin_tb_n_insns(tb);
    bool is_hypervisor = address >= HYPERVISOR_FIRST && address < HYPERVISOR_END;

    (void)id;
    qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64,
                                             &counts[is_hypervisor        ? HYPERVISOR
                                                     : address < USER_END ? USER
                                                                          : KERNEL],
                                             instructions);
    if (is_hypervisor) {
        struct block *block = block_at(address, instructions);

        qemu_plugin_register_vcpu_tb_exec_inline(tb, ADD_U64, &block->executions, 1);
        return;
    }
    for (size_t i = 0; address < USER_END && i < instructions; i++) {
        struct qemu_plugin_insn *instruction = qemu_plugin_tb_get_insn(tb, i);

        if (qemu_plugin_insn_size(instruction) == sizeof(mark) &&
            !memcmp(qemu_plugin_insn_data(instruction), mark, sizeof(mark)))
            qemu_plugin_register_vcpu_insn_exec_cb(instruction, on_mark, NO_REGISTERS, NULL);
    }
}

__attribute__((visibility("default"))) int qemu_plugin_version = 1;

__attribute__((visibility("default"))) int qemu_plugin_install(plugin_id id,
                                                               const struct qemu_info *info,
                                                               int argc, char **argv)
{
    (void)info;
    for (int i = 0; i < argc; i++) {
        if (!strncmp(argv[i], "out=", 4))
            output = fopen(argv[i] + 4, "we");
    }
    if (!output)
        return -1;
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translation);
    return 0;
}
