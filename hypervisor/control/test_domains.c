/* SPDX-License-Identifier: MIT */
/* Domains that no toolstack made, for tests of what domains can and cannot do to each other. */
#include "control/test_domains.h"

#include "console/panic.h"
#include "console/printk.h"
#include "control/domain_build.h"
#include "control/domain_create.h"
#include "lib/format.h"

#define PAGES ((8UL << 20) >> PAGE_SHIFT)

static void create_one(const struct control_domain_config *control, uint16_t id)
{
    char command_line[32];
    struct domain_config config = { .id = id,
                                    .vcpu_count = 1,
                                    .max_pages = PAGES,
                                    .max_evtchn_port = DEFAULT_MAX_EVTCHN_PORT,
                                    .max_grant_frames = DEFAULT_MAX_GRANT_FRAMES,
                                    .max_maptrack_frames = DEFAULT_MAX_MAPTRACK_FRAMES };
    struct build_request request = { .kernel = control->kernel,
                                     .kernel_bytes = control->kernel_bytes,
                                     .command_line = command_line,
                                     .nr_pages = PAGES };
    const char *why;
    struct domain *d;

    format_buffer(command_line, sizeof(command_line), "neighbour=%u", id);
    if (domain_create(&config, &d) || domain_add_vcpus(d, config.vcpu_count))
        boot_failure("No memory for test domain %u's structures", id);
    if (domain_build(d, &request, &why))
        boot_failure("Test domain %u cannot be started: %s", id, why);
    domain_unpause(d);
}

void test_domains_create(const struct control_domain_config *config, uint32_t count)
{
    if (!DEBUG_BUILD || count == 0)
        return;
    for (uint32_t id = 1; id <= count; id++)
        create_one(config, (uint16_t)id);
    log_info("%u test domains run", count);
}
