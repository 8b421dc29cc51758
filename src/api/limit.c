/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <apr_strings.h>

#include "core/secret.h"
#include "store/limits.h"

apr_status_t as_limit_digest(const as_call_t *call, const char *name, const char *key,
                             const char **hex)
{
    return as_secret_hmac(call->pool, as_call_secret(call),
                          apr_pstrcat(call->pool, "limit ", name, " ", key, NULL), hex);
}

apr_status_t as_limit_hit(as_tx_t *tx, const as_call_t *call, as_limit_t limit, const char *key,
                          apr_interval_time_t *wait)
{
    as_limit_rule_t rule = as_srv_limit(call->sc, limit);
    const char *name;
    apr_status_t rv;

    *wait = 0;
    if (!rule.count) {
        return APR_SUCCESS;
    }
    rv = as_limit_digest(call, rule.name, key, &name);
    if (rv == APR_SUCCESS) {
        rv = as_limits_hit(tx, rule.name, name, rule.count, rule.window, call->now, wait);
    }
    return rv;
}

apr_status_t as_limit_clear(as_tx_t *tx, const as_call_t *call, as_limit_t limit, const char *key)
{
    as_limit_rule_t rule = as_srv_limit(call->sc, limit);
    const char *name;
    apr_status_t rv = APR_SUCCESS;

    if (rule.count) {
        rv = as_limit_digest(call, rule.name, key, &name);
    }
    if (rule.count && rv == APR_SUCCESS) {
        rv = as_limits_clear(tx, rule.name, name);
    }
    return rv;
}
