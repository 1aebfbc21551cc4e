/* SPDX-License-Identifier: MIT */
/* domctl: what a domain uses its frames as. */
#include "control/toolstack.h"
#include "lib/errno.h"
#include "lib/refuse.h"
#include "mm/guest_access.h"
#include "pvmmu/pvmmu.h"

#define FRAMES_MAX 1024u

/* The answer for the frame of this number, which may be anything. */
static uint64_t describe_frame(struct domain *d, uint64_t number)
{
    struct frame *frame = frame_lookup(mfn(number));
    uint64_t answer = XEN_DOMCTL_PFINFO_NOTAB;
    enum frame_type type;

    if (!frame || !frame_get(frame, d))
        return XEN_DOMCTL_PFINFO_XTAB;
    type = frame_type_of(frame);
    if (type >= FRAME_TYPE_L1 && type <= FRAME_TYPE_L4)
        answer = (uint64_t)type << XEN_DOMCTL_PFINFO_LTAB_SHIFT;
    if (frame_is_pinned(frame))
        answer |= XEN_DOMCTL_PFINFO_LPINTAB;
    frame_put(frame);
    return answer;
}
_Static_assert(FRAME_TYPE_L1 << XEN_DOMCTL_PFINFO_LTAB_SHIFT == XEN_DOMCTL_PFINFO_L1TAB &&
                   FRAME_TYPE_L4 << XEN_DOMCTL_PFINFO_LTAB_SHIFT == XEN_DOMCTL_PFINFO_L4TAB,
               "types are numbered as there");

long domctl_op_getpageframeinfo3(struct domctl_call *call, struct xen_domctl_getpageframeinfo3 *op)
{
    if (op->num > FRAMES_MAX)
        return refuse(-E2BIG, "%lu frames at once", op->num);
    for (uint64_t i = 0; i < op->num; i++) {
        uint64_t address = op->array + i * sizeof(uint64_t), word;

        if (copy_from_guest(&word, address, sizeof(word)))
            return -EFAULT;
        word = describe_frame(call->domain, word);
        if (copy_to_guest(address, &word, sizeof(word)))
            return -EFAULT;
    }
    return 0;
}
