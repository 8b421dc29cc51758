/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <apr_strings.h>
#include <http_log.h>

#include <stdatomic.h>

#include "server/limit_key.h"

APLOG_USE_MODULE(authsms);

#define WARN_EVERY apr_time_from_sec(60)

apr_status_t as_limit_hash_key(const as_call_t *call, const char *counter, const char *key,
                               const char **digest)
{
    return as_limit_key_hash(call->pool, call->sc, counter, key, digest);
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

/* The hits of the limits that are on. indexes: of each hit in `uses`. */
static apr_status_t make_hits(const as_call_t *call, const as_limit_use_t *uses, int use_count,
                              as_limits_hit_t hits[AS_LIMITS_HITS_MAX],
                              int indexes[AS_LIMITS_HITS_MAX], int *hit_count)
{
    *hit_count = 0;
    for (int i = 0; i < use_count; i++) {
        as_limit_rule_t rule = as_srv_limit(call->sc, uses[i].limit);
        const char *counter = uses[i].counter ? uses[i].counter : rule.name;
        as_limits_hit_t hit = {.name = counter, .count = rule.count, .window = rule.window};
        apr_status_t rv;

        if (!rule.count) {
            continue;
        }
        rv = as_limit_hash_key(call, counter, uses[i].key, &hit.key);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        indexes[*hit_count] = i;
        hits[(*hit_count)++] = hit;
    }
    return APR_SUCCESS;
}

apr_status_t as_limit_count_uses(as_tx_t *tx, const as_call_t *call, const as_limit_use_t *uses,
                                 int use_count, int *refused, apr_interval_time_t *wait)
{
    as_limits_hit_t hits[AS_LIMITS_HITS_MAX];
    int indexes[AS_LIMITS_HITS_MAX];
    int hit_count, refused_hit;
    apr_status_t rv = make_hits(call, uses, use_count, hits, indexes, &hit_count);

    *wait = 0;
    *refused = use_count;
    if (rv != APR_SUCCESS || !hit_count) {
        return rv;
    }
    rv = as_limits_add_hits(tx, hits, hit_count, call->now, &refused_hit, wait);
    if (rv == APR_SUCCESS && *wait > 0) {
        as_limit_t limit = uses[ *refused = indexes[refused_hit]].limit;
        as_limit_rule_t rule = as_srv_limit(call->sc, limit);

        log_refusal(call, limit, &rule, *wait);
    }
    return rv;
}

apr_status_t as_limit_count_use_of(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                   const char *counter, const char *key, apr_interval_time_t *wait)
{
    const as_limit_use_t use = {limit, counter, key};
    int refused;

    return as_limit_count_uses(tx, call, &use, 1, &refused, wait);
}

apr_status_t as_limit_count_use(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                const char *key, apr_interval_time_t *wait)
{
    return as_limit_count_use_of(tx, call, limit, NULL, key, wait);
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

apr_status_t as_limit_clear_and_count(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                                      const char *key, const as_limit_use_t *use,
                                      apr_interval_time_t *wait)
{
    as_limit_rule_t cleared = as_srv_limit(call->sc, limit);
    as_limits_hit_t hits[AS_LIMITS_HITS_MAX];
    int indexes[AS_LIMITS_HITS_MAX];
    int hit_count;
    const char *digest;
    apr_status_t rv = make_hits(call, use, 1, hits, indexes, &hit_count);

    *wait = 0;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!hit_count || !cleared.count) {
        rv = as_limit_clear_count(tx, call, limit, key);
        return rv == APR_SUCCESS ? as_limit_count_use(tx, call, use->limit, use->key, wait) : rv;
    }
    rv = as_limit_hash_key(call, cleared.name, key, &digest);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_limits_reset_and_add_hit(tx, cleared.name, digest, &hits[0], call->now, wait);
    if (rv == APR_SUCCESS && *wait > 0) {
        as_limit_rule_t rule = as_srv_limit(call->sc, use->limit);

        log_refusal(call, use->limit, &rule, *wait);
    }
    return rv;
}
