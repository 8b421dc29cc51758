/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the tests of the tables are about. */
#ifndef T_STORE_PEOPLE_H
#define T_STORE_PEOPLE_H

#include "store/codes.h"
#include "store/users.h"

#define SECOND ((apr_time_t)1000000)

static const apr_time_t T0 = 1763913600 * SECOND;
static const as_user_t ALICE = {
    .id = "01900000-0000-7000-8000-00000000000a",
    .username = "Alicë ☎",
    .username_key = "alicë ☎",
    .password = "hash'\"%\\;--$1?",
    .mobile_given = "020 7946 0000",
    .mobile = "+442079460000",
    .country = "+44",
    .created_at = 1763913600 * SECOND + 1,
    .updated_at = 1763913600 * SECOND + 2,
    .pending_until = 1763913600 * SECOND + 100 * SECOND,
};
static const char *const BOB = "01900000-0000-7000-8000-00000000000b";

static inline as_codes_row_t code_of(const char *id, apr_time_t created_at)
{
    return (as_codes_row_t){.id = id,
                            .user_id = ALICE.id,
                            .purpose = AS_PURPOSE_REGISTER,
                            .mobile = ALICE.mobile,
                            .digest = "digest",
                            .created_at = created_at,
                            .expires_at = created_at + 60 * SECOND};
}

#endif
