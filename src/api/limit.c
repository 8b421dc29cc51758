/* SPDX-License-Identifier: Apache-2.0 */
#include "api/limit.h"

#include <apr_strings.h>
#include <http_log.h>

#include <stdatomic.h>

#include "auth/client.h"
#include "base/log.h"
#include "base/metric.h"
#include "server/limit_key.h"

APLOG_USE_MODULE(authsms);

#define WARN_EVERY apr_time_from_sec(60)

/* An IPv6 /48 may have this many times the count of a /64. */
enum { WIDE_FACTOR = 10 };

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

    AS_METRIC_INCREMENT(LIMIT_HITS, (int)limit + 1, AS_METRIC_ONLY);
    apr_table_setn(call->r->notes, AS_LIMIT_NOTE, rule->name);
    ap_log_rerror(APLOG_MARK, level, 0, call->r,
                  AS_TAG(0512) "AuthSMSLimit %s is exceeded (%d in %" APR_TIME_T_FMT
                               " s): rejected for another "
                               "%" APR_TIME_T_FMT " s%s",
                  rule->name, rule->count, apr_time_sec(rule->window), apr_time_sec(wait) + 1,
                  level == APLOG_WARNING ? " (repeated within a minute: logged at info)" : "");
}

/* The wider network that an address limit counts too; NULL: none. */
static const char *get_wide_network(const as_call_t *call, as_limit_t limit)
{
    switch (limit) {
    case AS_LIMIT_LOGIN_IP:
    case AS_LIMIT_REGISTER_IP:
    case AS_LIMIT_SMS_IP:
        return as_client_get_wide_network(call->r);
    default:
        return NULL;
    }
}

static apr_status_t make_hit(const as_call_t *call, const as_limit_rule_t *rule,
                             const char *counter, const char *key, as_limits_hit_t *hit)
{
    *hit = (as_limits_hit_t){.name = counter, .count = rule->count, .window = rule->window};
    return as_limit_hash_key(call, counter, key, &hit->key);
}

/* The same limit of a wider network. */
static apr_status_t make_wide_hit(const as_call_t *call, const as_limit_rule_t *rule,
                                  const char *wide, as_limits_hit_t *hit)
{
    as_limit_rule_t wide_rule = {rule->name, rule->count * WIDE_FACTOR, rule->window};

    return make_hit(call, &wide_rule, rule->name, wide, hit);
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
        const char *wide = get_wide_network(call, uses[i].limit);
        apr_status_t rv;

        if (!rule.count) {
            continue;
        }
        if (*hit_count + (wide ? 2 : 1) > AS_LIMITS_HITS_MAX) {
            return APR_EINVAL;
        }
        rv = make_hit(call, &rule, counter, uses[i].key, &hits[*hit_count]);
        indexes[(*hit_count)++] = i;
        if (rv == APR_SUCCESS && wide) {
            rv = make_wide_hit(call, &rule, wide, &hits[*hit_count]);
            indexes[(*hit_count)++] = i;
        }
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t remove_hit(as_tx_t *tx, const as_call_t *call, const as_limits_hit_t *hit)
{
    return as_limits_remove_hit(tx, hit->name, hit->key, hit->count, hit->window, call->now);
}

/* A use that the wider network refuses does not count for the narrow one. */
static apr_status_t undo_narrow_hit(as_tx_t *tx, const as_call_t *call, const as_limits_hit_t *hits,
                                    const int *indexes, int refused)
{
    int is_wide = refused > 0 && indexes[refused - 1] == indexes[refused];

    return is_wide ? remove_hit(tx, call, &hits[refused - 1]) : APR_SUCCESS;
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

        rule.count = hits[refused_hit].count;
        log_refusal(call, limit, &rule, *wait);
        rv = undo_narrow_hit(tx, call, hits, indexes, refused_hit);
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
    const as_limit_use_t use = {limit, NULL, key};
    as_limits_hit_t hits[AS_LIMITS_HITS_MAX];
    int indexes[AS_LIMITS_HITS_MAX];
    int hit_count;
    apr_status_t rv = make_hits(call, &use, 1, hits, indexes, &hit_count);

    for (int i = 0; rv == APR_SUCCESS && i < hit_count; i++) {
        rv = remove_hit(tx, call, &hits[i]);
    }
    return rv;
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
