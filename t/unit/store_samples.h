/* SPDX-License-Identifier: Apache-2.0 */
/* Sample rows: an account, a code and a session; and functions that insert them. */
#ifndef T_STORE_SAMPLES_H
#define T_STORE_SAMPLES_H

#include <string.h>

#include "store_support.h"

#include "store/codes.h"
#include "store/limits.h"
#include "store/sessions.h"
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

static inline apr_status_t make_alice_and_a_code(as_tx_t *tx, void *baton)
{
    as_codes_row_t code = code_of("c1", T0);
    apr_status_t rv = as_users_insert(tx, &ALICE, T0);

    (void)baton;
    return rv == APR_SUCCESS ? as_codes_replace(tx, &code, 0, NULL) : rv;
}

static inline as_session_t session_of(const char *sid, apr_time_t expires_at)
{
    return (as_session_t){.sid = sid,
                          .user_id = ALICE.id,
                          .created_at = T0,
                          .used_at = T0,
                          .expires_at = expires_at,
                          .agent = "agent ☎",
                          .amr = "pwd",
                          .auth_time = T0,
                          .refresh = "first"};
}

/* Counts a use of a limit. Returns how long to wait, or 0. */
static inline apr_interval_time_t hit(as_tx_t *tx, const char *key, int count, apr_time_t now)
{
    apr_interval_time_t retry_after = -1;

    assert_ok(as_limits_add_hit(tx, "login/user", key, count, 10 * SECOND, now, &retry_after));
    return retry_after;
}

#endif
