/* SPDX-License-Identifier: MIT */
/* What the boot log says of each vulnerability: a row for each way to deal with it, best first. */
#include <stddef.h>

#include "arch/mitigations.h"
#include "arch/vulnerabilities.h"

#define VERW_TEXT                                                                                  \
    "the CPU's buffers are cleared on the way to a guest (not against its SMT sibling)"
#define IBPB_TEXT "a prediction barrier on each entry (not against its SMT sibling)"

/* @measures 0: nothing has to be chosen for it. */
static const struct remedy {
    enum vulnerability vulnerability;
    uint32_t measures; /* all of these */
    const char *text;
} remedies[] = {
    { VULNERABILITY_MDS, MEASURE_VERW, VERW_TEXT },
    { VULNERABILITY_TAA, MEASURE_TSX_OFF, "transactions are switched off" },
    { VULNERABILITY_TAA, MEASURE_VERW, VERW_TEXT },
    { VULNERABILITY_MMIO, MEASURE_VERW, VERW_TEXT },
    { VULNERABILITY_RFDS, MEASURE_VERW, VERW_TEXT },
    { VULNERABILITY_GDS, MEASURE_GDS_ON, "the microcode does it" },
    { VULNERABILITY_TSA, MEASURE_VERW, VERW_TEXT },
    { VULNERABILITY_ZENBLEED, MEASURE_ZENBLEED, "the chicken bit is set" },
    { VULNERABILITY_DIVIDE, MEASURE_DIV_SCRUB, "a division on the way to a guest" },
    { VULNERABILITY_SPECTRE_V1, 0, "guests' numbers are clamped behind their checks" },
    { VULNERABILITY_SPECTRE_V2, MEASURE_IBRS_ALWAYS, "enhanced IBRS" },
    { VULNERABILITY_SPECTRE_V2, MEASURE_AUTO_IBRS, "automatic IBRS" },
    { VULNERABILITY_SPECTRE_V2, MEASURE_IBRS_ENTRY, "IBRS on each entry" },
    { VULNERABILITY_SPECTRE_V2, MEASURE_RETPOLINE, "retpolines" },
    { VULNERABILITY_SPECTRE_V2_DOMAINS, MEASURE_IBPB_SWITCH,
      "a prediction barrier where a CPU changes domains" },
    { VULNERABILITY_RETURNS, MEASURE_RSB_SWITCH | MEASURE_RSB_ENTRY,
      "the return stack is filled on each entry and where a CPU changes domains" },
    { VULNERABILITY_RETURNS, MEASURE_RSB_SWITCH,
      "the return stack is filled where a CPU changes domains" },
    { VULNERABILITY_BHI, MEASURE_BHI_DIS, "BHI_DIS_S" },
    { VULNERABILITY_RETBLEED, MEASURE_IBRS_ALWAYS, "enhanced IBRS" },
    { VULNERABILITY_RETBLEED, MEASURE_IBRS_ENTRY, "IBRS on each entry" },
    { VULNERABILITY_BTC, MEASURE_IBPB_ENTRY, IBPB_TEXT },
    { VULNERABILITY_SRSO, MEASURE_IBPB_ENTRY, IBPB_TEXT },
    { VULNERABILITY_SSB, MEASURE_SSBD, "loads wait for earlier stores" },
    { VULNERABILITY_SSB, 0, "within a guest only; spec-ctrl=ssbd stops it there too" },
};

/* Where no row applies. */
static const char *const consequences[VULNERABILITY_COUNT] = {
    [VULNERABILITY_MELTDOWN] = "any guest can read all memory; page tables are not isolated",
    [VULNERABILITY_L1TF] = "guests' absent page-table entries are not checked",
};

#define MICROCODE  "the microcode is too old"
#define NOT_CHOSEN "the options say so"
#define NOT_BUILT  "nothing is built for it"

static const char *const titles[VULNERABILITY_COUNT] = {
#define VULNERABILITY(name, title) [VULNERABILITY_##name] = title,
    VULNERABILITY_TABLE(VULNERABILITY)
#undef VULNERABILITY
};

static const char *find_reason(const struct mitigations *m, uint32_t vulnerability)
{
    const char *reason = NOT_BUILT;

    if (consequences[vulnerability])
        return consequences[vulnerability];
    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
        if (remedies[i].vulnerability != vulnerability)
            continue;
        reason = MICROCODE;
        if (!(remedies[i].measures & ~m->effective))
            return NOT_CHOSEN;
    }
    return reason;
}

struct mitigation_report mitigations_report(const struct mitigations *m, uint32_t vulnerability)
{
    uint32_t done = m->measures & m->effective;

    for (size_t i = 0; i < sizeof(remedies) / sizeof(remedies[0]); i++) {
        const struct remedy *row = &remedies[i];

        if (row->vulnerability == vulnerability && !(row->measures & ~done))
            return (struct mitigation_report){ titles[vulnerability], true, row->text };
    }
    return (struct mitigation_report){ titles[vulnerability], false,
                                       find_reason(m, vulnerability) };
}
