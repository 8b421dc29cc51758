/* SPDX-License-Identifier: Apache-2.0 */
#include "server/schema_check.h"

#include <http_log.h>

#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/semaphore.h"
#include "config/config.h"
#include "store/schema.h"

APLOG_USE_MODULE(authsms);

enum { NOT_READ = -2 };
/* Between a failed upgrade and the next attempt; doubled each time. */
#define PAUSE_FIRST apr_time_from_msec(250)
#define PAUSE_MAX apr_time_from_sec(8)

/* Threads that wait for the one that checks: never all threads of the child. */
enum { WAITERS_MAX = 8 };
#define CHECK_WAIT apr_time_from_sec(2)

struct as_schema_check_t {
    _Atomic int is_usable;
    server_rec *s;
    as_schema_mode_t mode;
    _Atomic int waiting;
    as_semaphore_t *lock; /* of the members below; with a timed wait */
    apr_interval_time_t pause;
    apr_time_t retry_at;      /* monotonic clock; 0: now */
    as_schema_state_t logged; /* version NOT_READ: none yet */
};

apr_status_t as_schema_check_create(apr_pool_t *pchild, server_rec *s, as_schema_check_t **check)
{
    as_schema_check_t *t = apr_pcalloc(pchild, sizeof(*t));

    t->s = s;
    t->mode = (as_schema_mode_t)as_srv_schema(as_srv(s));
    t->pause = PAUSE_FIRST;
    t->logged.version = NOT_READ;
    *check = t;
    return as_semaphore_create(pchild, 1, &t->lock);
}

/* True once for each state: it is logged then. */
static int is_new_state(as_schema_check_t *t, const as_schema_state_t *state)
{
    int is_new = t->logged.version != state->version || t->logged.min_module != state->min_module;

    t->logged = *state;
    return is_new;
}

static void log_unusable(as_schema_check_t *t, const as_schema_state_t *state,
                         as_schema_status_t status)
{
    const char *mode = t->mode == AS_SCHEMA_AUTO ? "auto" : "check";

    if (!is_new_state(t, state)) {
        return;
    }
    if (status == AS_SCHEMA_NO_VERSION) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, t->s,
                     AS_TAG(0250) "AuthSMSSchema %s: authsms_schema has no row, so the version of "
                                  "the tables is unknown: the API returns 503. Restore the row "
                                  "from a backup, or, if this module made the tables: INSERT INTO "
                                  "authsms_schema (version, min_module) VALUES (%d, %d)",
                     mode, as_schema_plan.version, as_schema_plan.min_module);
    } else if (status == AS_SCHEMA_TOO_NEW) {
        ap_log_error(
            APLOG_MARK, APLOG_ERR, 0, t->s,
            AS_TAG(0251) "AuthSMSSchema %s: the tables have version %d and need a module of "
                         "version %d or later, this one has %d: the API returns 503. Upgrade the "
                         "module.",
            mode, state->version, state->min_module, as_schema_plan.version);
    } else {
        ap_log_error(
            APLOG_MARK, APLOG_ERR, 0, t->s,
            AS_TAG(0252) "AuthSMSSchema %s: the tables have version %d, this module needs %d: the "
                         "API returns 503 until they are upgraded (authsmsctl schema %s)",
            mode, state->version, as_schema_plan.min_version,
            status == AS_SCHEMA_MISSING ? "create" : "upgrade");
    }
}

static void log_outdated(as_schema_check_t *t, const as_schema_state_t *state)
{
    if (as_schema_is_outdated(&as_schema_plan, state) && is_new_state(t, state)) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, t->s,
                     AS_TAG(0253) "the tables have version %d and are usable, this module's "
                                  "version is %d: run authsmsctl schema upgrade to complete them",
                     state->version, as_schema_plan.version);
    }
}

static void back_off(as_schema_check_t *t)
{
    t->retry_at = as_clock_monotonic() + t->pause;
    t->pause = t->pause * 2 < PAUSE_MAX ? t->pause * 2 : PAUSE_MAX;
}

static int check_tables(as_schema_check_t *t, as_db_t *db, apr_pool_t *p)
{
    as_schema_state_t state = {NOT_READ, 0, 0};
    as_schema_status_t status;
    int busy = 0;
    apr_status_t rv = t->mode == AS_SCHEMA_AUTO
                          ? as_schema_ensure(db, p, &as_schema_plan, &state, &busy)
                          : as_schema_read(db, p, &state);

    status = as_schema_evaluate(&as_schema_plan, &state);
    if (rv != APR_SUCCESS || busy) {
        /* Logged already. An unreachable database has its own retry rule (db/health.h). */
        if (state.version != NOT_READ) {
            back_off(t);
        }
        return status == AS_SCHEMA_COMPATIBLE;
    }
    if (status != AS_SCHEMA_COMPATIBLE) {
        log_unusable(t, &state, status);
        return 0;
    }
    log_outdated(t, &state);
    return 1;
}

int as_schema_check_passes(as_schema_check_t *t, as_db_t *db, apr_pool_t *p)
{
    if (atomic_load(&t->is_usable) || t->mode == AS_SCHEMA_OFF) {
        return 1;
    }
    if (atomic_fetch_add(&t->waiting, 1) < WAITERS_MAX &&
        as_semaphore_acquire(t->lock, CHECK_WAIT) == APR_SUCCESS) {
        if (!atomic_load(&t->is_usable) && (!t->retry_at || as_clock_monotonic() >= t->retry_at) &&
            check_tables(t, db, p)) {
            atomic_store(&t->is_usable, 1);
        }
        as_semaphore_release(t->lock);
    }
    atomic_fetch_sub(&t->waiting, 1);
    return atomic_load(&t->is_usable);
}
