/* SPDX-License-Identifier: MIT */
#include <stdlib.h>

#include "common/file.h"
#include "kernel/kernel_image.h"
#include "pvctl/command.h"

static int extract(const char *from, const char *to, struct error *error)
{
    struct buffer file, elf;
    int result;

    if (file_read(from, KERNEL_FILE_BYTES_MAX, &file, error))
        return -1;
    result = kernel_image_extract(&file, from, KERNEL_IMAGE_BYTES_MAX, &elf, error);
    free(file.data);
    if (result)
        return -1;
    result = file_write(to, elf.data, elf.bytes, error);
    free(elf.data);
    return result;
}

int command_extract_kernel(struct invocation *call, struct error *error)
{
    if (!call->options[OPTION_output]) {
        error_set(error, ERROR_USAGE, "PV-E0202", "extract-kernel needs -o and a file");
        return error_hint(error, "for example: pvctl extract-kernel /boot/vmlinuz -o vmlinux");
    }
    return extract(call->words[0], call->options[OPTION_output], error);
}
