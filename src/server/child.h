/* SPDX-License-Identifier: Apache-2.0 */
/* The state of a child process for each virtual host: created in child_init, read-only afterwards.
 */
#ifndef AS_SERVER_CHILD_H
#define AS_SERVER_CHILD_H

#include <httpd.h>

#include "base/cache.h"
#include "base/log.h"
#include "base/semaphore.h"
#include "db/unit.h"
#include "server/schema_check.h"
#include "sms/delivery.h"

typedef struct as_child_t {
    as_db_t *db; /* NULL: no AuthSMSKey, or mod_dbd has no database. Call as_child_get_db, which
                    checks the schema */
    as_schema_check_t *schema_check; /* of the database; shared by its hosts */
    as_http_client_t *http;          /* of the delivery; shared by hosts with the same providers */
    as_delivery_t *delivery;         /* NULL: no sender and no remote verifier */
    int sms_parallel;                /* concurrent calls to providers */
    as_semaphore_t *hashing_slots;   /* concurrent password hashes; shared */
    as_cache_t *tokens;              /* verified tokens of all hosts */
    as_cache_t *accounts;            /* good standings of all hosts */
    _Atomic apr_int64_t *limit_warned_at; /* by as_limit_t: last warning that it is exceeded */
} as_child_t;

/* post_config: set the log of each host. */
void as_child_init_logs(server_rec *s);

/* child_init, after mod_dbd's: create the state of each host (as_srv_t.child). */
void as_child_init(apr_pool_t *pchild, server_rec *s);

/* Did as_child_init succeed for all hosts? */
int as_child_is_ready(void);

/* The database of a host, after its schema has passed the check (AuthSMSSchema). NULL: not
 * available now; the reason is logged. p: used during the call only. */
as_db_t *as_child_get_db(server_rec *s, apr_pool_t *p);

#endif
