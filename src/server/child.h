/* SPDX-License-Identifier: Apache-2.0 */
/* What a child process holds for each virtual host: made in child_init, read-only afterwards. */
#ifndef AS_SERVER_CHILD_H
#define AS_SERVER_CHILD_H

#include <httpd.h>

#include "base/cache.h"
#include "base/semaphore.h"
#include "base/log.h"
#include "server/schema_check.h"
#include "sms/delivery.h"
#include "db/unit.h"

typedef struct as_child_t {
    as_db_t *db; /* NULL: no AuthSMSKey, or no mod_dbd in reach. Ask as_child_get_db, which sees to
                    the tables */
    as_http_client_t *http;        /* of the delivery; shared by hosts with the same providers */
    as_delivery_t *delivery;       /* NULL: nothing to send with */
    int sms_parallel;              /* how many calls to providers at once */
    as_semaphore_t *hashing_slots; /* how many passwords are hashed at once; shared */
    as_cache_t *tokens;            /* verified tokens, of all hosts */
    as_cache_t *accounts;          /* good standings, of all hosts */
    _Atomic apr_int64_t
        *limit_warned_at;      /* by as_limit_t: when the log last warned that it is spent */
    as_schema_check_t *tables; /* of the database; shared by its hosts */
} as_child_t;

/* post_config: every host gets its log. */
void as_child_init_logs(server_rec *s);

/* child_init, after mod_dbd's: makes one for each server and puts it into its as_srv_t. */
void as_child_init(apr_pool_t *pchild, server_rec *s);

/* Has as_child_init made everything? */
int as_child_is_ready(void);

/*
 * The database of a server with its tables in place (by AuthSMSSchema: created or checked at the
 * first use if child_init could not). NULL: not available now; the log says why. p: for the while
 * of the call.
 */
as_db_t *as_child_get_db(server_rec *s, apr_pool_t *p);

#endif
