/* SPDX-License-Identifier: MIT */
/*
 * IN, OUT, INS and OUTS. The hardware sees one access of the width that the guest asked for.
 *
 * A REP makes a bounded number of accesses each time, and leaves RCX, RSI and RDI as if it had been
 * interrupted, so that events and other vCPUs get their turn.
 */
#include "emulate/emulation.h"

#include "arch/pte.h"
#include "arch/x86.h"
#include "emulate/bounce.h"
#include "emulate/io_ports.h"
#include "mm/guest_access.h"

#define STRING_ITEMS_MAX 64u

static unsigned port_bytes(const struct instruction *insn)
{
    return insn->operand_bytes > 4 ? 4 : insn->operand_bytes;
}

/* Opcode bit 1 says OUT in both groups, bit 3 that the port is in DX. */
static bool is_out(const struct instruction *insn)
{
    return insn->opcode & 2;
}

enum emulation_result emulate_port_access(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;
    bool port_in_dx = insn->opcode & 8;
    uint16_t port = port_in_dx ? (uint16_t)e->frame->rdx : (uint8_t)insn->immediate;
    unsigned bytes = port_bytes(insn);

    if (!guest_may_use_ports(e->v, port, bytes))
        return EMULATION_REFUSED;
    if (is_out(insn))
        io_port_write(e->v->domain, port, bytes, (uint32_t)(e->frame->rax & operand_mask(bytes)));
    else
        register_write_part(&e->frame->rax, bytes, io_port_read(e->v->domain, port, bytes));
    return EMULATION_DONE;
}

/* The memory operand: [rSI] in any segment for OUTS, ES:[rDI] for INS. */
static uint64_t *string_pointer(struct emulation *e)
{
    return is_out(&e->code.insn) ? &e->frame->rsi : &e->frame->rdi;
}

static bool string_address(struct emulation *e, uint64_t *linear)
{
    const struct instruction *insn = &e->code.insn;
    enum segment_register segment = is_out(insn) ? insn->segment : SEGMENT_ES;
    uint64_t offset = *string_pointer(e) & operand_mask(insn->address_bytes);

    return guest_linear_address(e->v, e->frame, &e->code, segment, offset, port_bytes(insn),
                                linear);
}

/* One item. For INS the device has given its data before a fault is noticed; it is lost. */
static enum emulation_result string_item(struct emulation *e, uint16_t port)
{
    unsigned bytes = port_bytes(&e->code.insn);
    uint64_t linear;
    uint32_t value = 0;
    int64_t step = e->frame->rflags & RFLAGS_DF ? -(int64_t)bytes : (int64_t)bytes;

    if (!string_address(e, &linear))
        return EMULATION_REFUSED;
    if (is_out(&e->code.insn)) {
        if (copy_from_guest(&value, linear, bytes)) {
            bounce_page_fault(e->v, e->frame, linear, 0);
            return EMULATION_FAULTED;
        }
        io_port_write(e->v->domain, port, bytes, value);
    } else {
        value = io_port_read(e->v->domain, port, bytes);
        if (copy_to_guest(linear, &value, bytes)) {
            bounce_page_fault(e->v, e->frame, linear, PF_WRITE);
            return EMULATION_FAULTED;
        }
    }
    register_write_part(string_pointer(e), e->code.insn.address_bytes,
                        *string_pointer(e) + (uint64_t)step);
    return EMULATION_DONE;
}

enum emulation_result emulate_string_port_access(struct emulation *e)
{
    const struct instruction *insn = &e->code.insn;
    bool repeats = insn->has_rep || insn->has_repne;
    uint16_t port = (uint16_t)e->frame->rdx;
    uint64_t mask = operand_mask(insn->address_bytes);

    if (!guest_may_use_ports(e->v, port, port_bytes(insn)))
        return EMULATION_REFUSED;
    for (unsigned done = 0; !repeats || (e->frame->rcx & mask) != 0; done++) {
        enum emulation_result result;

        if (done == STRING_ITEMS_MAX)
            return EMULATION_AGAIN;
        result = string_item(e, port);
        if (result != EMULATION_DONE || !repeats)
            return result;
        register_write_part(&e->frame->rcx, insn->address_bytes, e->frame->rcx - 1);
    }
    return EMULATION_DONE;
}
