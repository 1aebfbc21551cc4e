/* SPDX-License-Identifier: MIT */
/* Chooses the measures against speculation, patches them in and says what they are worth. */
#include "arch/mitigations.h"

#include "arch/code_patch.h"
#include "arch/vulnerabilities.h"
#include "boot/start.h"
#include "console/printk.h"

static void report(uint32_t vulnerability)
{
    struct mitigation_report r = mitigations_report(&mitigations, vulnerability);

    if (r.is_mitigated)
        log_info("Speculation: %s: %s", r.title, r.text);
    else
        log_warning("Speculation: %s: NOT mitigated, %s", r.title, r.text);
}

void boot_choose_mitigations(void)
{
    uint32_t places;

    mitigations_init();
    places = code_patch_apply(mitigations.measures);
    if (mitigations.measures)
        log_info("Speculation: measures %#x, SPEC_CTRL %#x, %u places of code patched",
                 mitigations.measures, mitigations.spec_ctrl, places);
    if (!mitigations.found)
        log_info("Speculation: %s needs no measures",
                 mitigations_cpu_is_emulated() ? "an emulated CPU" : "this CPU");
    for (uint32_t i = 0; i < VULNERABILITY_COUNT; i++) {
        if (mitigations.found & 1u << i)
            report(i);
    }
}
