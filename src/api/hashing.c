/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hashing.h"

#include <http_log.h>

#include "account/password.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"

APLOG_USE_MODULE(authsms);

#define WAIT_MAX apr_time_from_sec(2)

static as_error_t fail(as_call_t *call, apr_status_t rv)
{
    ap_log_rerror(APLOG_MARK, APLOG_ERR, rv, call->r, AS_TAG(0513) "a password cannot be hashed%s",
                  rv == APR_ENOMEM ? ": too little memory for m= and parallel= of "
                                     "AuthSMSPasswordHash"
                                   : "");
    return as_call_fail_unavailable(call);
}

static void count_time(apr_time_t started)
{
    AS_METRIC_OBSERVE(HASH_SECONDS, AS_METRIC_ONLY, as_clock_monotonic() - started);
}

as_error_t as_hashing_hash(as_call_t *call, const char *password, const char **hash)
{
    as_semaphore_t *slots = call->sc->child->hashing_slots;
    apr_time_t started;
    apr_status_t rv;

    if (as_semaphore_acquire(slots, WAIT_MAX) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    started = as_clock_monotonic();
    rv = as_password_hash(call->pool, as_srv_password_hash(call->sc), password, hash);
    as_semaphore_release(slots);
    count_time(started);
    return rv == APR_SUCCESS ? AS_OK : fail(call, rv);
}

/* NULL: the hash is up to date, or cannot be renewed now (a password that is too long for bcrypt).
 */
static const char *renew_hash(as_call_t *call, const char *password, const char *stored)
{
    const as_password_hash_options_t *options = as_srv_password_hash(call->sc);
    const char *hash;

    if (!as_password_needs_rehash(options, stored) ||
        as_password_hash(call->pool, options, password, &hash) != APR_SUCCESS) {
        return NULL;
    }
    return hash;
}

/* Accounts without a password have another text than a hash. */
static void log_unusable(as_call_t *call, const char *stored)
{
    const char *reason =
        stored && *stored == '$' ? as_password_check_hash(call->pool, stored) : NULL;

    if (reason) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, call->r,
                      AS_TAG(0514) "no password can match the stored hash of account %s: %s",
                      call->log_account ? call->log_account : "-", reason);
    }
}

as_error_t as_hashing_verify(as_call_t *call, const char *password, const char *stored,
                             const as_stored_hashes_t *highest, int *matches, const char **renewed)
{
    as_semaphore_t *slots = call->sc->child->hashing_slots;
    as_password_work_t work =
        as_password_work(as_srv_password_hash(call->sc), highest->bcrypt_cost, highest->argon2);
    apr_time_t started;
    apr_status_t rv;

    if (as_semaphore_acquire(slots, WAIT_MAX) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    started = as_clock_monotonic();
    rv = as_password_verify(call->pool, &work, password, stored, matches);
    count_time(started);
    if (renewed) {
        *renewed = rv == APR_SUCCESS && *matches ? renew_hash(call, password, stored) : NULL;
    }
    as_semaphore_release(slots);
    if (rv != APR_SUCCESS) {
        return fail(call, rv);
    }
    if (!*matches) {
        log_unusable(call, stored);
    }
    return AS_OK;
}
