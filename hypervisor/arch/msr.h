/* SPDX-License-Identifier: MIT */
/* Model-specific registers and their bits (SDM volume 4, AMD APM volume 2 appendix A). Numbers with a
 * large U are used by assembly as well. */
#ifndef PARAPET_ARCH_MSR_H
#define PARAPET_ARCH_MSR_H

#define MSR_TSC                   0x10u
#define MSR_APIC_BASE             0x1bu
#define MSR_FEATURE_CONTROL       0x3au
#define MSR_SPEC_CTRL             0x48U
#define MSR_PRED_CMD              0x49U
#define MSR_MICROCODE_REVISION    0x8bu
#define MSR_PLATFORM_INFO         0xceu
#define MSR_MTRR_CAPABILITY       0xfeu
#define MSR_ARCH_CAPABILITIES     0x10au
#define MSR_TSX_CTRL              0x122u
#define MSR_MCU_OPT_CTRL          0x123u
#define MSR_MISC_FEATURES_ENABLES 0x140u
#define MSR_SYSENTER_CS           0x174u
#define MSR_SYSENTER_ESP          0x175u
#define MSR_SYSENTER_EIP          0x176u
#define MSR_MCG_CAP               0x179u
#define MSR_MCG_STATUS            0x17au
#define MSR_MISC_ENABLE           0x1a0u
#define MSR_DEBUGCTL              0x1d9u
#define MSR_PAT                   0x277u
#define MSR_MTRR_DEFAULT_TYPE     0x2ffu
#define MSR_TSC_DEADLINE          0x6e0u
#define MSR_X2APIC_BASE           0x800u /* register at xAPIC offset o: 0x800 + (o >> 4) */
#define MSR_EFER                  0xc0000080u
#define MSR_STAR                  0xc0000081u
#define MSR_LSTAR                 0xc0000082u
#define MSR_CSTAR                 0xc0000083u
#define MSR_FMASK                 0xc0000084u
#define MSR_FS_BASE               0xc0000100u
#define MSR_GS_BASE               0xc0000101u
#define MSR_KERNEL_GS_BASE        0xc0000102u
#define MSR_TSC_AUX               0xc0000103u
#define MSR_AMD_DE_CFG            0xc0011029u

#define EFER_SCE    (1UL << 0)
#define EFER_LME    (1UL << 8)
#define EFER_LMA    (1UL << 10)
#define EFER_NXE    (1UL << 11)
#define EFER_AIBRSE (1UL << 21)

/* Speculation (SDM volume 4, table 2-2). */
#define SPEC_CTRL_IBRS      (1UL << 0)
#define SPEC_CTRL_SSBD      (1UL << 2)
#define SPEC_CTRL_BHI_DIS_S (1UL << 10)
#define PRED_CMD_IBPB       (1UL << 0)

#define ARCH_CAP_RDCL_NO      (1UL << 0)
#define ARCH_CAP_IBRS_ALL     (1UL << 1)
#define ARCH_CAP_RSBA         (1UL << 2)
#define ARCH_CAP_SSB_NO       (1UL << 4)
#define ARCH_CAP_MDS_NO       (1UL << 5)
#define ARCH_CAP_TSX_CTRL     (1UL << 7)
#define ARCH_CAP_TAA_NO       (1UL << 8)
#define ARCH_CAP_SBDR_SSDP_NO (1UL << 13)
#define ARCH_CAP_FBSDP_NO     (1UL << 14)
#define ARCH_CAP_PSDP_NO      (1UL << 15)
#define ARCH_CAP_FB_CLEAR     (1UL << 17)
#define ARCH_CAP_BHI_NO       (1UL << 20)
#define ARCH_CAP_GDS_CTRL     (1UL << 25)
#define ARCH_CAP_GDS_NO       (1UL << 26)
#define ARCH_CAP_RFDS_NO      (1UL << 27)
#define ARCH_CAP_RFDS_CLEAR   (1UL << 28)
#define ARCH_CAP_ITS_NO       (1UL << 62)

#define TSX_CTRL_RTM_DISABLE (1UL << 0)
#define TSX_CTRL_CPUID_CLEAR (1UL << 1)
#define DE_CFG_ZENBLEED      (1UL << 9)

#define MCU_OPT_CTRL_GDS_MITG_DIS (1UL << 4)

#define APIC_BASE_BSP    (1UL << 8)
#define APIC_BASE_X2APIC (1UL << 10)
#define APIC_BASE_ENABLE (1UL << 11)

/* The ABI's PAT: WB, WT, UC-, UC, WC, WP, UC, UC (entry 0 in the lowest byte). */
#define PAT_VALUE 0x0000050100070406UL

#endif
