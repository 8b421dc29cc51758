/* SPDX-License-Identifier: Apache-2.0 */
/* The purge of expired rows of each table, on both databases. */
#include "store_samples.h"
#include "store_support.h"

#include <apr_strings.h>

#include "store/addresses.h"
#include "store/limits.h"
#include "store/sessions.h"

static int purged(as_tx_t *tx, apr_status_t (*purge)(as_tx_t *, apr_time_t, int, int *),
                  apr_time_t now, int limit)
{
    int deleted = -1;

    assert_ok(purge(tx, now, limit, &deleted));
    return deleted;
}

/* Row i of five expires at T0 + i. The last user is verified; the last session never expires. */
static void insert_five_of_each(as_tx_t *tx)
{
    apr_pool_t *p = as_tx_pool(tx);
    as_user_t owner = ALICE;
    apr_interval_time_t wait;

    owner.verified = 1;
    assert_ok(as_users_insert(tx, &owner, 0));
    for (int i = 0; i < 5; i++) {
        as_user_t user = ALICE;
        as_codes_row_t code = code_of(apr_itoa(p, i), 0);
        as_session_t session = session_of(apr_itoa(p, i), i == 4 ? 0 : T0 + i);

        user.id = user.username_key = apr_itoa(p, i);
        user.pending_until = T0 + i;
        user.verified = i == 4;
        code.purpose = (as_purpose_t)i;
        code.expires_at = T0 + i;
        assert_ok(as_users_insert(tx, &user, 0));
        assert_ok(as_codes_replace(tx, &code, 0, &wait));
        assert_ok(as_sessions_insert(tx, &session));
        assert_ok(as_addresses_record(tx, apr_itoa(p, i), ALICE.id, T0 + i));
        assert_int_equal(hit(tx, apr_itoa(p, i), 1, T0 + i - 10 * SECOND), 0);
    }
}

static void purge_deletes_expired_rows(as_tx_t *tx)
{
    static const struct {
        apr_status_t (*purge)(as_tx_t *, apr_time_t, int, int *);
        int last;
    } tables[] = {
        {as_users_purge, 1},  {as_codes_purge, 2},     {as_sessions_purge, 1},
        {as_limits_purge, 2}, {as_addresses_purge, 2},
    };

    insert_five_of_each(tx);
    for (size_t i = 0; i < sizeof(tables) / sizeof(tables[0]); i++) {
        assert_int_equal(purged(tx, tables[i].purge, T0 - 1, 9), 0);
        assert_int_equal(purged(tx, tables[i].purge, T0 + 2, 2), 2);
        assert_int_equal(purged(tx, tables[i].purge, T0 + 2, 9), 1);
        assert_int_equal(purged(tx, tables[i].purge, T0 + 9, 9), tables[i].last);
        assert_int_equal(purged(tx, tables[i].purge, T0 + 9, 9), 0);
    }
}

IN_UNIT(purge_deletes_expired_rows)

int main(void)
{
    static const store_case_t cases[] = {
        CASE(store_purge_deletes_expired_rows),
    };

    return store_run(cases, sizeof(cases) / sizeof(cases[0]));
}
