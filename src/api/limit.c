/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <apr_strings.h>
#include <http_log.h>

#include <stdatomic.h>

#include "base/mac.h"
#include "store/limits.h"

APLOG_USE_MODULE(authsms);

#define WARN_EVERY apr_time_from_sec(60)

apr_status_t as_limit_hash_key(const as_call_t *call, const char *counter, const char *key,
                               const char **digest)
{
    return as_mac_sha256_base64url(call->pool, as_call_get_secret(call),
                                   apr_pstrcat(call->pool, "limit ", counter, " ", key, NULL),
                                   digest);
}

/* True for one refusal of this limit per minute and child. */
static int is_warning_due(const as_call_t *call, as_limit_t limit)
{
    _Atomic apr_int64_t *warned_at = &call->sc->child->limit_warned_at[limit];
    apr_int64_t last = atomic_load(warned_at);

    /* A time in the future was stored before the clock was set back. */
    if (last && last <= call->now && call->now - last < WARN_EVERY) {
        return 0;
    }
    return atomic_compare_exchange_strong(warned_at, &last, call->now);
}

static void log_refusal(const as_call_t *call, as_limit_t limit, const as_limit_rule_t *rule,
                        apr_interval_time_t wait)
{
    int level = is_warning_due(call, limit) ? APLOG_WARNING : APLOG_INFO;

    ap_log_rerror(APLOG_MARK, level, 0, call->r,
                  "AuthSMSLimit %s is exceeded (%d in %" APR_TIME_T_FMT " s): rejected for another "
                  "%" APR_TIME_T_FMT " s%s",
                  rule->name, rule->count, apr_time_sec(rule->window), apr_time_sec(wait) + 1,
                  level == APLOG_WARNING ? " (repeated within a minute: logged at info)" : "");
}

apr_status_t as_limit_count_use_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                   const char *counter, const char *key, apr_interval_time_t *wait)
{
    as_limit_rule_t rule = as_srv_limit(call->sc, limit);
    const char *digest;
    apr_status_t rv;

    *wait = 0;
    if (!rule.count) {
        return APR_SUCCESS;
    }
    rv = as_limit_hash_key(call, counter, key, &digest);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_limits_add_hit(tx, counter, digest, rule.count, rule.window, call->now, wait);
    if (rv == APR_SUCCESS && *wait > 0) {
        log_refusal(call, limit, &rule, *wait);
    }
    return rv;
}

apr_status_t as_limit_count_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                const char *key, apr_interval_time_t *wait)
{
    const char *counter = as_srv_limit(call->sc, limit).name;

    return as_limit_count_use_of(tx, call, limit, counter, key, wait);
}

apr_status_t as_limit_undo_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                               const char *key)
{
    as_limit_rule_t rule = as_srv_limit(call->sc, limit);
    const char *digest;
    apr_status_t rv;

    if (!rule.count) {
        return APR_SUCCESS;
    }
    rv = as_limit_hash_key(call, rule.name, key, &digest);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_limits_remove_hit(tx, rule.name, digest, rule.count, rule.window, call->now);
}

apr_status_t as_limit_clear_count_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                     const char *counter, const char *key)
{
    const char *digest;
    apr_status_t rv;

    if (!as_srv_limit(call->sc, limit).count) {
        return APR_SUCCESS;
    }
    rv = as_limit_hash_key(call, counter, key, &digest);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_limits_reset(tx, counter, digest);
}

apr_status_t as_limit_clear_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                  const char *key)
{
    return as_limit_clear_count_of(tx, call, limit, as_srv_limit(call->sc, limit).name, key);
}
