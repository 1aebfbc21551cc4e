/* SPDX-License-Identifier: MIT */
/*
 * mitigations=auto|off and Xen's spec-ctrl=, a list of: a boolean for all of them, names of
 * measures, each alone (forced on), with no- in front, or with =boolean, and
 * bti-thunk=retpoline|jmp.
 */
#include "arch/mitigations.h"
#include "lib/compiler.h"
#include "lib/errno.h"
#include "lib/options.h"
#include "lib/string.h"

#define ITEM_MAX 32u

struct mitigation_options mitigation_options;

static const struct measure_name {
    const char *name;
    uint32_t measures;
} measure_names[] = {
    { "ibrs", MEASURE_IBRS_ALWAYS | MEASURE_AUTO_IBRS | MEASURE_IBRS_ENTRY },
    { "ibpb", MEASURE_IBPB_SWITCH },
    { "ibpb-entry", MEASURE_IBPB_ENTRY },
    { "rsb", MEASURE_RSB_ENTRY | MEASURE_RSB_SWITCH },
    { "bhi-dis-s", MEASURE_BHI_DIS },
    { "verw", MEASURE_VERW },
    { "div-scrub", MEASURE_DIV_SCRUB },
    { "ssbd", MEASURE_SSBD },
    { "bti-thunk=retpoline", MEASURE_RETPOLINE },
};

static void force(uint32_t measures, bool on)
{
    struct mitigation_options *o = &mitigation_options;

    o->forced_on = on ? o->forced_on | measures : o->forced_on & ~measures;
    o->forced_off = on ? o->forced_off & ~measures : o->forced_off | measures;
}

/* @rest is what follows the name: nothing, or =boolean. */
static bool parse_measure(const struct measure_name *row, const char *rest, bool on)
{
    if (*rest && (!on || *rest != '=' || !parse_bool(rest + 1, &on)))
        return false;
    force(row->measures, on);
    return true;
}

static bool parse_item(const char *item)
{
    bool on;

    if (parse_bool(item, &on)) {
        mitigation_options.off = !on;
        return true;
    }
    if (!strcmp(item, "bti-thunk=jmp")) {
        force(MEASURE_RETPOLINE, false);
        return true;
    }
    on = !parse_word(&item, "no-");
    for (size_t i = 0; i < ARRAY_COUNT(measure_names); i++) {
        const char *rest = item;

        if (parse_word(&rest, measure_names[i].name) && (!*rest || *rest == '='))
            return parse_measure(&measure_names[i], rest, on);
    }
    return false;
}

int mitigations_option(const char *value)
{
    bool off = !strcmp(value, "off");

    if (!off && strcmp(value, "auto"))
        return -EINVAL;
    mitigation_options.off = off;
    return 0;
}

int mitigations_option_spec_ctrl(const char *value)
{
    char item[ITEM_MAX];

    for (;;) {
        size_t length = 0;

        while (value[length] && value[length] != ',')
            length++;
        if (length >= sizeof(item))
            return -EINVAL;
        memcpy(item, value, length);
        item[length] = '\0';
        if (!parse_item(item))
            return -EINVAL;
        if (!value[length])
            return 0;
        value += length + 1;
    }
}
