/* SPDX-License-Identifier: MIT */
#ifndef PARAPET_TESTS_SUPPORT_STORE_MUST_SAY_H
#define PARAPET_TESTS_SUPPORT_STORE_MUST_SAY_H

#include "support/store/peer.h"
#include "support/unit.h"

/* The answer's payload, as far as its first NUL. */
#define MUST_SAY(peer, type, transaction, text, what)                                              \
    do {                                                                                           \
        struct answer answer_ = ASK(peer, type, transaction, text);                                \
        ck_assert_str_eq(answer_.payload, what);                                                   \
    } while (0)

/* The next event is of that path; NULL: there is none. */
#define MUST_HEAR(peer, what)                                                                      \
    do {                                                                                           \
        const char *event_ = peer_event(peer, NULL);                                               \
        if (what)                                                                                  \
            ck_assert_pstr_eq(event_, what);                                                       \
        else                                                                                       \
            ck_assert_ptr_null(event_);                                                            \
    } while (0)

#endif
