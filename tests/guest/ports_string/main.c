/* SPDX-License-Identifier: MIT */
/*
 * INS and OUTS, with and without REP, go by items: RCX, RSI and RDI are as far as it came, also when a page is
 * missing in the middle, and then the guest gets that page fault and goes on from there. DF counts down.
 * (abi-facts 6.6)
 */
#include "privileged.h"

static uint8_t pages[2][4096] PAGE_ALIGNED;

struct string_io {
    uint64_t rcx, rsi, rdi;
    uint64_t flags;
};

static struct string_io at_fault;
static uint64_t fault_address;
static uint32_t fault_code;

static void provide_page(struct guest_frame *frame)
{
    at_fault = (struct string_io){ .rcx = frame->rcx, .rsi = frame->rsi, .rdi = frame->rdi };
    fault_address = this_vcpu_info()->arch.cr2;
    fault_code = (uint32_t)frame->error_code;
    require_eq(map_page(pages[1], entry_of(pages[1], PTE_RW)), 0, "the page is mapped");
}

#define STRING_IO(name, text)                                                                      \
    static void name(struct string_io *io)                                                         \
    {                                                                                              \
        __asm__ volatile("push %3; popfq; " text "; cld"                                           \
                         : "+c"(io->rcx), "+S"(io->rsi), "+D"(io->rdi)                             \
                         : "r"(io->flags), "d"(0x3f8)                                              \
                         : "cc", "memory");                                                        \
    }

STRING_IO(rep_insb, "rep insb")
STRING_IO(rep_insl, "rep insl")
STRING_IO(insw, "insw")
STRING_IO(rep_outsb, "rep outsb")
STRING_IO(rep_outsw_down, "std; rep outsw")

static void check_plain(void)
{
    struct string_io io = { .rcx = 100, .rdi = (uint64_t)pages[0] };

    rep_insb(&io);
    expect_eq(io.rcx, 0, "RCX after REP");
    expect_eq(io.rdi, pages[0] + 100, "RDI after REP");
    expect(pages[0][99] == 0xff && pages[0][100] == 0, "100 bytes");

    io = (struct string_io){ .rcx = 0, .rdi = (uint64_t)pages[0] };
    rep_insl(&io);
    expect_eq(io.rdi, pages[0], "REP of nothing");
    io = (struct string_io){ .rcx = 7, .rdi = (uint64_t)pages[0] + 200 };
    insw(&io);
    expect_eq(io.rcx, 7, "RCX without REP");
    expect_eq(io.rdi, pages[0] + 202, "RDI without REP");
    expect(pages[0][201] == 0xff && pages[0][202] == 0, "2 bytes");

    io = (struct string_io){ .rcx = 50, .rsi = (uint64_t)pages[0] + 1000 };
    rep_outsw_down(&io);
    expect_eq(io.rsi, pages[0] + 900, "RSI counts down");
}

static void check_fault(void)
{
    struct string_io io = { .rcx = 1000, .rdi = (uint64_t)pages[1] - 400 };

    on_entry(VECTOR_PF, provide_page);
    require_eq(map_page(pages[1], 0), 0, "a page is missing");
    rep_insl(&io);
    expect_eq(fault_address, pages[1], "the fault's address");
    expect_eq(fault_code, PF_WRITE, "its error code");
    expect_eq(at_fault.rcx, 900, "RCX at the fault");
    expect_eq(at_fault.rdi, pages[1], "RDI at the fault");
    expect_eq(io.rcx, 0, "RCX in the end");
    expect_eq(io.rdi, pages[1] + 3600, "RDI in the end");
    expect(pages[1][3599] == 0xff && pages[1][3600] == 0, "4000 bytes");

    require_eq(map_page(pages[1], 0), 0, "a page is missing");
    io = (struct string_io){ .rcx = 20, .rsi = (uint64_t)pages[1] - 5 };
    rep_outsb(&io);
    expect_eq(fault_address, pages[1], "the fault's address");
    expect_eq(fault_code, 0, "its error code");
    expect_eq(at_fault.rcx, 15, "RCX at the fault");
    expect_eq(io.rsi, pages[1] + 15, "RSI in the end");
    on_entry(VECTOR_PF, NULL);
}

static void outs_of_hypervisor(void *unused)
{
    struct string_io io = { .rcx = 1, .rsi = 0xffff840000000000 };

    (void)unused;
    rep_outsb(&io);
}

static void ins_to_hypervisor(void *unused)
{
    struct string_io io = { .rcx = 1, .rdi = 0xffff840000000000 };

    (void)unused;
    rep_insb(&io);
}

void test_main(void)
{
    struct try_result result;

    require_eq(iopl_set(1), 0, "level 1");
    check_plain();
    check_fault();
    result = try(outs_of_hypervisor, NULL);
    expect_eq(result.vector, VECTOR_PF, "OUTS of hypervisor memory");
    result = try(ins_to_hypervisor, NULL);
    expect_eq(result.vector, VECTOR_PF, "INS to hypervisor memory");
    require_eq(iopl_set(0), 0, "level 0");
    expect_eq(try(ins_to_hypervisor, NULL).vector, VECTOR_GP, "without level");
}
