/* SPDX-License-Identifier: MIT */
/*
 * Descriptors are read through the vCPU's windows, as the processor itself would, within the
 * limits of the guest's tables. The guest may change them at any time; one copy is used.
 */
#include "emulate/guest_code.h"

#include "arch/guest_words.h"
#include "arch/layout.h"
#include "arch/msr.h"
#include "arch/vectors.h"
#include "arch/x86.h"
#include "domain/debugreg.h"
#include "domain/segments.h"
#include "emulate/bounce.h"
#include "mm/guest_access.h"

/* A code or data segment descriptor (SDM volume 3A, section 3.4.5). */
#define DESCRIPTOR_TYPE(d)  ((d) >> 40 & 0xf)
#define DESCRIPTOR_SEGMENT  (1UL << 44)
#define DESCRIPTOR_PRESENT  (1UL << 47)
#define DESCRIPTOR_LONG     (1UL << 53)
#define DESCRIPTOR_DEFAULT  (1UL << 54)
#define DESCRIPTOR_GRANULAR (1UL << 55)
#define TYPE_CODE           8u
#define TYPE_EXPAND_DOWN    4u /* of data */

#define SELECTOR_LDT 4u

static bool descriptor_read(const struct vcpu *v, uint16_t selector, uint64_t *descriptor)
{
    uint64_t offset = selector & ~7UL;
    uint64_t table = GDT_WINDOW_VIRT;
    uint64_t word;

    if (selector & SELECTOR_LDT) {
        if (offset >= v->descriptors.ldt_entries * 8UL)
            return false;
        table = LDT_WINDOW_VIRT;
    } else if (offset == 0 || offset + 7 > GDT_LIMIT) {
        return false;
    }
    GUEST_LOAD_OR(fault, word, table + offset, 0);
    *descriptor = word;
    return (word & DESCRIPTOR_PRESENT) && (word & DESCRIPTOR_SEGMENT);

fault:
    return false;
}

static uint64_t descriptor_base(uint64_t d)
{
    return (d >> 16 & 0xffffff) | (d >> 32 & 0xff000000);
}

/* Offset of the last byte. */
static uint64_t descriptor_limit(uint64_t d)
{
    uint64_t limit = (d & 0xffff) | (d >> 32 & 0xf0000);

    return d & DESCRIPTOR_GRANULAR ? limit << 12 | 0xfff : limit;
}

static bool read_code_segment(const struct vcpu *v, const struct trap_frame *frame,
                              struct guest_code *code, uint64_t *limit)
{
    uint64_t descriptor;

    if (likely(frame->cs == FLAT_RING3_CS64)) {
        code->size = CODE_64;
        code->address = frame->rip;
        return true;
    }
    if (!descriptor_read(v, (uint16_t)frame->cs, &descriptor) ||
        !(DESCRIPTOR_TYPE(descriptor) & TYPE_CODE))
        return false;
    if (descriptor & DESCRIPTOR_LONG) {
        code->size = CODE_64;
        code->address = frame->rip;
        return true;
    }
    code->size = descriptor & DESCRIPTOR_DEFAULT ? CODE_32 : CODE_16;
    code->address = (descriptor_base(descriptor) + (uint32_t)frame->rip) & 0xffffffff;
    *limit = descriptor_limit(descriptor);
    return (uint32_t)frame->rip <= *limit;
}

/* The usual case, all on one page, without a copy routine. False: try the other way. */
static bool read_bytes_quickly(struct guest_code *code)
{
    uint64_t first, second;

    if ((code->address & (PAGE_SIZE - 1)) > PAGE_SIZE - 2 * sizeof(first) ||
        !guest_address_ok(code->address))
        return false;
    guest_access_begin();
    GUEST_LOAD_OR(fault, first, code->address, 0);
    GUEST_LOAD_OR(fault, second, code->address, 8);
    guest_access_end();
    code->bytes.word[0] = first;
    code->bytes.word[1] = second;
    code->bytes.count = INSTRUCTION_BYTES_MAX;
    return true;

fault:
    guest_access_end();
    return false;
}

/* As many bytes as can be read: the second half may be on a page that is not there. */
static void read_bytes(struct guest_code *code, unsigned wanted)
{
    uint64_t to_page_end = PAGE_SIZE - (code->address & (PAGE_SIZE - 1));
    unsigned first = wanted < to_page_end ? wanted : (unsigned)to_page_end;

    code->bytes.count = 0;
    if (copy_from_guest(code->bytes.byte, code->address, first))
        return;
    code->bytes.count = (uint8_t)first;
    if (first == wanted ||
        copy_from_guest(code->bytes.byte + first, code->address + first, wanted - first))
        return;
    code->bytes.count = (uint8_t)wanted;
}

bool guest_code_read(const struct vcpu *v, const struct trap_frame *frame, struct guest_code *code)
{
    unsigned wanted = INSTRUCTION_BYTES_MAX;
    uint64_t limit = 0;

    if (!read_code_segment(v, frame, code, &limit))
        return false;
    if (likely(code->size == CODE_64) && read_bytes_quickly(code))
        return true;
    if (code->size != CODE_64 && limit - (uint32_t)frame->rip < wanted)
        wanted = (unsigned)(limit - (uint32_t)frame->rip) + 1;
    read_bytes(code, wanted < INSTRUCTION_BYTES_MAX ? wanted : INSTRUCTION_BYTES_MAX);
    return true;
}

enum decode_result guest_code_fetch(const struct vcpu *v, const struct trap_frame *frame,
                                    struct guest_code *code)
{
    if (!guest_code_read(v, frame, code))
        return DECODE_UNKNOWN;
    return instruction_decode(&code->bytes, code->size, &code->insn);
}

static uint16_t selector_of(const struct trap_frame *frame, enum segment_register segment)
{
    switch (segment) {
    case SEGMENT_ES:
        return read_es();
    case SEGMENT_CS:
        return (uint16_t)frame->cs;
    case SEGMENT_SS:
        return (uint16_t)frame->ss;
    case SEGMENT_FS:
        return read_fs();
    case SEGMENT_GS:
        return read_gs();
    case SEGMENT_DS:
    case SEGMENT_DEFAULT:
    default:
        return read_ds();
    }
}

/* In 64-bit code only FS and GS have a base, and nothing has a limit. */
static uint64_t base_of_64(enum segment_register segment)
{
    if (segment == SEGMENT_FS)
        return segments_read_base_msr(MSR_FS_BASE);
    if (segment == SEGMENT_GS)
        return segments_read_base_msr(MSR_GS_BASE);
    return 0;
}

bool guest_linear_address(const struct vcpu *v, const struct trap_frame *frame,
                          const struct guest_code *code, enum segment_register segment,
                          uint64_t offset, unsigned bytes, uint64_t *linear)
{
    uint64_t descriptor;
    bool is_data, expands_down;

    if (code->size == CODE_64) {
        *linear = base_of_64(segment) + offset;
        return true;
    }
    if (!descriptor_read(v, selector_of(frame, segment), &descriptor))
        return false;
    is_data = !(DESCRIPTOR_TYPE(descriptor) & TYPE_CODE);
    expands_down = is_data && (DESCRIPTOR_TYPE(descriptor) & TYPE_EXPAND_DOWN);
    /* Nobody does string I/O through an expand-down segment. */
    if (expands_down || offset + bytes - 1 > descriptor_limit(descriptor))
        return false;
    *linear = (descriptor_base(descriptor) + offset) & 0xffffffff;
    return true;
}

void guest_code_finish(struct vcpu *v, struct trap_frame *frame, unsigned length)
{
    frame->rip += length;
    frame->rflags &= ~RFLAGS_RF;
    if (unlikely(frame->rflags & RFLAGS_TF)) {
        debugreg_merge_status(v, DR6_STEP);
        bounce_exception(v, frame, VECTOR_DEBUG, 0);
    }
}
