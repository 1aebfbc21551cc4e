/* SPDX-License-Identifier: MIT */
/* What can be done against speculation, as bits of mitigations.measures. Usable from assembly. */
#ifndef PARAPET_ARCH_MEASURES_H
#define PARAPET_ARCH_MEASURES_H

#define MEASURE_IBRS_ALWAYS 0x0001 /* SPEC_CTRL.IBRS, set once (enhanced IBRS) */
#define MEASURE_AUTO_IBRS   0x0002 /* EFER.AIBRSE, set once */
#define MEASURE_IBRS_ENTRY  0x0004 /* SPEC_CTRL.IBRS, set on each entry and cleared on each exit */
#define MEASURE_RETPOLINE   0x0008 /* indirect branches are returns that predict nothing */
#define MEASURE_IBPB_ENTRY  0x0010 /* a branch prediction barrier on each entry */
#define MEASURE_IBPB_SWITCH 0x0020 /* ... on each change to another domain */
#define MEASURE_RSB_ENTRY   0x0040 /* the return stack is filled on each entry */
#define MEASURE_RSB_SWITCH  0x0080 /* ... on each change to another domain */
#define MEASURE_BHI_DIS     0x0100 /* SPEC_CTRL.BHI_DIS_S, set once */
#define MEASURE_VERW        0x0200 /* the CPU's buffers are cleared on each exit */
#define MEASURE_DIV_SCRUB   0x0400 /* the divider is given something to do on each exit */
#define MEASURE_TSX_OFF     0x0800 /* transactions abort at once */
#define MEASURE_GDS_ON      0x1000 /* the microcode's own measure against GDS is not off */
#define MEASURE_ZENBLEED    0x2000 /* DE_CFG[9] */
#define MEASURE_SSBD        0x4000 /* SPEC_CTRL.SSBD, set once */

#define MEASURES_ENTRY  (MEASURE_IBRS_ENTRY | MEASURE_IBPB_ENTRY | MEASURE_RSB_ENTRY)
#define MEASURES_EXIT   (MEASURE_IBRS_ENTRY | MEASURE_VERW | MEASURE_DIV_SCRUB)
#define MEASURES_SWITCH (MEASURE_IBPB_SWITCH | MEASURE_RSB_SWITCH)

#endif
