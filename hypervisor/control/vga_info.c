/* SPDX-License-Identifier: MIT */
/*
 * A BIOS keeps the state of its text screen in the BIOS data area, at fixed addresses below 1 MiB.
 * Under UEFI nobody does, and the bytes there are not what they seem.
 */
#include "control/vga_info.h"

#include "arch/machine.h"
#include "lib/string.h"
#include "mm/address.h"

#define BDA_VIDEO_MODE  0x449u
#define BDA_COLUMNS     0x44au /* 2 bytes */
#define BDA_CURSOR      0x450u /* of page 0: column, row */
#define BDA_LAST_ROW    0x484u
#define BDA_FONT_HEIGHT 0x485u

#define MODE_TEXT_80_COLUMNS 3u

static uint8_t bios_byte(uint64_t address)
{
    return *(const volatile uint8_t *)maddr_to_virt(maddr(address));
}

bool vga_info_read(struct dom0_vga_console_info *info)
{
    memset(info, 0, sizeof(*info));
    if (machine_rsdp_is_hidden || bios_byte(BDA_VIDEO_MODE) != MODE_TEXT_80_COLUMNS)
        return false;
    info->video_type = XEN_VGATYPE_TEXT_MODE_3;
    info->u.text_mode_3.font_height = bios_byte(BDA_FONT_HEIGHT);
    info->u.text_mode_3.cursor_x = bios_byte(BDA_CURSOR);
    info->u.text_mode_3.cursor_y = bios_byte(BDA_CURSOR + 1);
    info->u.text_mode_3.rows = (uint16_t)(bios_byte(BDA_LAST_ROW) + 1);
    info->u.text_mode_3.columns =
        (uint16_t)(bios_byte(BDA_COLUMNS) | bios_byte(BDA_COLUMNS + 1) << 8);
    return true;
}
