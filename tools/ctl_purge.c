/* SPDX-License-Identifier: Apache-2.0 */
/* purge */
#include "ctl_commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl_output.h"
#include "store/expired.h"
#include "text/json.h"

/* Per unit of work: a few milliseconds, for which other writers of SQLite wait. */
enum { ROWS_MAX = 200 };

typedef struct pass_t {
    as_expired_purge_fn *purge_table;
    apr_time_t now;
    int deleted;
} pass_t;

static apr_status_t purge_rows(as_tx_t *tx, void *baton)
{
    pass_t *pass = baton;

    return pass->purge_table(tx, pass->now, ROWS_MAX, &pass->deleted);
}

static void print_count(const ctl_t *ctl, int count)
{
    json_object *object;

    if (!ctl->json) {
        printf("%d expired rows purged\n", count);
        return;
    }
    object = as_json_new_object(ctl->pool);
    json_object_object_add(object, "purged", json_object_new_int(count));
    ctl_print_json(object);
}

int ctl_purge(ctl_t *ctl)
{
    pass_t pass = {.now = as_clock_now()};
    apr_pool_t *p;
    apr_status_t rv = apr_pool_create(&p, ctl->pool);
    int count = 0;

    for (int i = 0; as_expired_tables[i]; i++) {
        pass.purge_table = as_expired_tables[i];
        pass.deleted = ROWS_MAX;
        while (rv == APR_SUCCESS && pass.deleted == ROWS_MAX) {
            rv = as_db_write(ctl->db, p, purge_rows, &pass);
            count += rv == APR_SUCCESS ? pass.deleted : 0;
            apr_pool_clear(p);
        }
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("the database failed after %d rows: run it again", count);
    }
    print_count(ctl, count);
    return CTL_OK;
}
