/* SPDX-License-Identifier: MIT */
#include "control/control.h"

#include <string.h>

long control_call(struct control *control, unsigned number, unsigned command, void *argument,
                  size_t bytes)
{
    const uint64_t arguments[5] = { command, (uint64_t)(uintptr_t)control->area, 0, 0, 0 };
    long result;

    memcpy(control->area, argument, bytes);
    result = control->ops->call(control, number, arguments);
    memcpy(argument, control->area, bytes);
    return result;
}

int control_map(struct control *control, domid_t domid, const uint64_t *mfns, size_t count,
                void **mapping)
{
    return control->ops->map_frames(control, domid, mfns, count, mapping);
}

void control_unmap(struct control *control, void *mapping, size_t pages)
{
    control->ops->unmap(control, mapping, pages);
}
