/* SPDX-License-Identifier: MIT */
/*
 * SDM volume 3B, chapter 15. The handler may have interrupted any instruction of the
 * hypervisor, so it prints only if it does not return there.
 */
#include "trap/machine_check.h"

#include "arch/cpu_features.h"
#include "arch/msr.h"
#include "arch/x86.h"
#include "console/panic.h"
#include "console/printk.h"

#define MCG_CAP_BANKS   0xffu
#define MCG_CAP_CONTROL (1u << 8)
#define MCG_STATUS_RIPV 1u
#define MSR_MCG_CONTROL 0x17bu
#define MSR_BANK(n, r)  (0x400u + 4 * (n) + (r))
#define BANK_CONTROL    0
#define BANK_STATUS     1
#define BANK_ADDRESS    2

#define BANK_VALID     (1UL << 63)
#define BANK_UNCORRECT (1UL << 61)
#define BANK_HAS_ADDR  (1UL << 58)
#define BANK_CORRUPT   (1UL << 57)

static bool machine_check_present(void)
{
    return cpu_has(CPU_FEATURE_MCE) && cpu_has(CPU_FEATURE_MCA);
}

static uint32_t bank_count(void)
{
    return (uint32_t)rdmsr(MSR_MCG_CAP) & MCG_CAP_BANKS;
}

void machine_check_start_cpu(void)
{
    if (!machine_check_present())
        return;
    if (rdmsr(MSR_MCG_CAP) & MCG_CAP_CONTROL)
        wrmsr(MSR_MCG_CONTROL, ~0UL);
    for (uint32_t bank = 0; bank < bank_count(); bank++) {
        /* A bank that firmware has locked away refuses; then it reports as firmware chose. */
        if (!wrmsr_safe(MSR_BANK(bank, BANK_CONTROL), ~0UL) ||
            !wrmsr_safe(MSR_BANK(bank, BANK_STATUS), 0))
            log_debug("machine-check bank %u cannot be set up", bank);
    }
}

/* Whether @status is of an error that nothing corrected. */
static bool is_fatal(uint64_t status)
{
    return (status & BANK_VALID) && (status & (BANK_UNCORRECT | BANK_CORRUPT));
}

/* Finds the worst bank; true if it is fatal. Clears those that are not. */
static bool find_fatal_bank(uint32_t *bank, uint64_t *status)
{
    for (*bank = 0; *bank < bank_count(); (*bank)++) {
        *status = rdmsr(MSR_BANK(*bank, BANK_STATUS));
        if (is_fatal(*status))
            return true;
        if (*status & BANK_VALID)
            wrmsr(MSR_BANK(*bank, BANK_STATUS), 0);
    }
    return false;
}

void machine_check_handle(const struct trap_frame *frame)
{
    uint64_t global = 0, status = 0, address = 0;
    uint32_t bank = 0;

    if (!machine_check_present())
        panic_with_frame(frame, "machine check");
    global = rdmsr(MSR_MCG_STATUS);
    if (find_fatal_bank(&bank, &status)) {
        if (status & BANK_HAS_ADDR)
            address = rdmsr(MSR_BANK(bank, BANK_ADDRESS));
        panic_with_frame(frame, "machine check: bank %u status %#lx address %#lx (global %#lx)",
                         bank, status, address, global);
    }
    if (!(global & MCG_STATUS_RIPV))
        panic_with_frame(frame, "machine check that cannot be continued (global %#lx)", global);
    wrmsr(MSR_MCG_STATUS, 0);
    if (frame->cs & 3)
        log_warning("machine check, corrected");
}
