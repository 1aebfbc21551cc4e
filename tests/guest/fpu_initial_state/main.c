/* SPDX-License-Identifier: MIT */
/*
 * A vCPU that is initialised without an FPU image begins with the architectural reset state, with one as the image
 * says; an image that the processor refuses, such as reserved bits in MXCSR, harms nobody but the vCPU (abi-facts
 * 3.13; XSA-52, XSA-53).
 *
 * Machine: options="dom0_max_vcpus=3"
 */
#include "guest.h"

static volatile uint16_t control[4];
static volatile uint32_t mxcsr[4];
static volatile uint64_t xmm[4];

static void look(uint32_t id)
{
    uint16_t fcw;
    uint32_t csr;
    uint64_t word;

    __asm__ volatile("fnstcw %0; stmxcsr %1; movq %%xmm5, %2" : "=m"(fcw), "=m"(csr), "=r"(word));
    control[id] = fcw;
    mxcsr[id] = csr;
    xmm[id] = word;
}

static struct vcpu_guest_context context;

static void start_with_image(uint32_t id, uint16_t fcw, uint32_t csr)
{
    vcpu_context(id, look, &context);
    context.flags |= VGCF_i387_valid;
    memcpy(&context.fpu_ctxt.x[0], &fcw, sizeof(fcw));
    memcpy(&context.fpu_ctxt.x[24], &csr, sizeof(csr));
    memset(&context.fpu_ctxt.x[160 + 5 * 16], 0x42, 16);
    if (hypercall(vcpu_op, VCPUOP_initialise, id, &context) == 0) {
        expect_eq(hypercall(vcpu_op, VCPUOP_up, id, NULL), 0, "up");
        vcpu_wait(id);
    }
}

void test_main(void)
{
    __asm__ volatile("movq %0, %%xmm5" : : "r"(0x4444UL)); /* is not to be seen elsewhere */
    start_with_image(1, 0x27f, 0x3f80);
    expect_eq(control[1], 0x27f, "FCW of the image");
    expect_eq(mxcsr[1], 0x3f80, "MXCSR of the image");
    expect_eq(xmm[1], 0x4242424242424242, "a register of the image");

    start_with_image(2, 0x37f, 0xffffffff);
    if (!machine_is_tcg()) /* whose FXRSTOR takes any MXCSR */
        expect_eq(mxcsr[2], 0x1f80, "MXCSR of a vCPU whose image was refused");
    __asm__ volatile("movq %%xmm5, %0" : "=r"(xmm[0]));
    expect_eq(xmm[0], 0x4444, "vCPU 0's registers");
}
