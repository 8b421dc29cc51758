/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <apr_strings.h>
#include <http_log.h>

#include <stdatomic.h>

#include "base/secret_source.h"
#include "store/limits.h"

APLOG_USE_MODULE(authsms);

apr_status_t as_limit_hash_key(const as_call_t *call, const char *name, const char *key,
                               const char **hex)
{
    return as_mac_sha256_base64url(call->pool, as_call_get_secret(call),
                                   apr_pstrcat(call->pool, "limit ", name, " ", key, NULL), hex);
}

/*
 * Each refusal at info; one a minute, limit and child is a warning. A clock that went back warns
 * once more.
 */
static void tell_spent(const as_call_t *call, as_limit_t limit, const as_limit_rule_t *rule,
                       apr_interval_time_t wait)
{
    _Atomic apr_int64_t *at = &call->sc->child->limit_warned_at[limit];
    apr_int64_t last = atomic_load(at);
    int recent = last && last <= call->now && call->now - last < apr_time_from_sec(60);
    int level = !recent && atomic_compare_exchange_strong(at, &last, call->now) ? APLOG_WARNING
                                                                                : APLOG_INFO;

    ap_log_rerror(APLOG_MARK, level, 0, call->r,
                  "AuthSMSLimit %s is spent (%d in %" APR_TIME_T_FMT " s): refused for another "
                  "%" APR_TIME_T_FMT " s%s",
                  rule->name, rule->count, apr_time_sec(rule->window), apr_time_sec(wait) + 1,
                  level == APLOG_WARNING ? " (more of this limit within a minute: level info)"
                                         : "");
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
    if (rv == APR_SUCCESS) {
        rv = as_limits_add_hit(tx, counter, digest, rule.count, rule.window, call->now, wait);
    }
    if (rv == APR_SUCCESS && *wait > 0) {
        tell_spent(call, limit, &rule, *wait);
    }
    return rv;
}

apr_status_t as_limit_undo_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                               const char *key)
{
    as_limit_rule_t rule = as_srv_limit(call->sc, limit);
    const char *name;
    apr_status_t rv;

    if (!rule.count) {
        return APR_SUCCESS;
    }
    rv = as_limit_hash_key(call, rule.name, key, &name);
    return rv == APR_SUCCESS
               ? as_limits_remove_hit(tx, rule.name, name, rule.count, rule.window, call->now)
               : rv;
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
    return rv == APR_SUCCESS ? as_limits_reset(tx, counter, digest) : rv;
}

apr_status_t as_limit_count_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                const char *key, apr_interval_time_t *wait)
{
    const char *name = as_srv_limit(call->sc, limit).name;

    return as_limit_count_use_of(tx, call, limit, name, key, wait);
}

apr_status_t as_limit_clear_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                  const char *key)
{
    return as_limit_clear_count_of(tx, call, limit, as_srv_limit(call->sc, limit).name, key);
}
