/* SPDX-License-Identifier: Apache-2.0 */
#include "api/fraud_guard.h"

#include <apr_strings.h>
#include <http_log.h>

#include <stdatomic.h>

#include "account/phone_plan.h"
#include "api/limit.h"
#include "auth/client.h"
#include "base/log.h"
#include "store/conversions.h"

APLOG_USE_MODULE(authsms);

#define DAY apr_time_from_sec(86400)
#define WARN_EVERY apr_time_from_sec(60)

/* What codes are counted by: a name and a key of store/conversions.h. */
#define BY_COUNTRY "country"
#define BY_NETWORK "network"

static int counts(const as_call_t *call, as_purpose_t purpose)
{
    /* Other codes go to numbers that their owners have proven. */
    return as_srv_fraud_guard(call->sc)->mode != AS_FRAUD_GUARD_OFF &&
           (purpose == AS_PURPOSE_REGISTER || purpose == AS_PURPOSE_MOBILE);
}

apr_status_t as_fraud_guard_hash_network(const as_call_t *call, as_purpose_t purpose,
                                         const char **digest)
{
    const char *wide = as_client_get_wide_network(call->r);

    *digest = NULL;
    if (!counts(call, purpose)) {
        return APR_SUCCESS;
    }
    /* By /48: an attacker changes /64 networks at no cost. */
    return as_limit_hash_key(call, "fraud guard", wide ? wide : as_client_get_network(call->r),
                             digest);
}

/* "+44"; the number is E.164. */
static const char *country_of(apr_pool_t *p, const char *mobile)
{
    const char *code = *mobile == '+' ? as_phone_plan_calling_code(mobile + 1) : NULL;

    return apr_pstrcat(p, "+", code, NULL);
}

/* True once a minute and child. */
static int is_warning_due(apr_time_t now)
{
    static _Atomic apr_int64_t warned_at;
    apr_int64_t last = atomic_load(&warned_at);

    /* A time in the future was stored before the clock was set back. */
    if (last && last <= now && now - last < WARN_EVERY) {
        return 0;
    }
    return atomic_compare_exchange_strong(&warned_at, &last, now);
}

static void log_suspicion(const as_call_t *call, const char *country, int sent, int entered)
{
    const as_fraud_guard_t *guard = as_srv_fraud_guard(call->sc);
    int is_denied = guard->mode == AS_FRAUD_GUARD_DENY;
    int level = is_warning_due(call->now) ? APLOG_WARNING : APLOG_INFO;

    apr_table_setn(call->r->notes, AS_FRAUD_GUARD_NOTE, country ? country : "");
    ap_log_rerror(APLOG_MARK, level, 0, call->r,
                  AS_TAG(0511) "AuthSMSFraudGuard: only %d of %d codes %s%s within a day were "
                               "entered (ratio=%d.%03d): this may be SMS pumping. The code is %s%s",
                  entered, sent, country ? "to " : "from the client's network",
                  country ? country : "", guard->thousandths / 1000, guard->thousandths % 1000,
                  is_denied ? "denied" : "sent (record)",
                  level == APLOG_WARNING ? " (repeated within a minute: logged at info)" : "");
}

/*
 * Codes that may still be entered are left out, so that a burst of registrations is no suspicion.
 * country: for the log; NULL: the key is a network.
 */
static apr_status_t check(as_tx_t *tx, const as_call_t *call, const char *name, const char *key,
                          const char *country, apr_interval_time_t *wait)
{
    const as_fraud_guard_t *guard = as_srv_fraud_guard(call->sc);
    apr_time_t from = call->now - DAY;
    apr_time_t until = call->now - as_srv_code_ttl(call->sc);
    apr_time_t oldest;
    int sent, entered;
    apr_status_t rv = as_conversions_sum(tx, name, key, from, until, &sent, &entered, &oldest);

    if (rv != APR_SUCCESS || sent < guard->min ||
        (apr_int64_t)entered * 1000 >= (apr_int64_t)sent * guard->thousandths) {
        return rv;
    }
    log_suspicion(call, country, sent, entered);
    if (guard->mode == AS_FRAUD_GUARD_DENY) {
        *wait = oldest - from + 1;
    }
    return APR_SUCCESS;
}

static apr_status_t count_both(as_tx_t *tx, const as_call_t *call, const as_codes_row_t *code,
                               as_conversions_event_t event)
{
    apr_status_t rv;

    /* created_at 0: its delivery failed, and the code is not counted as sent. */
    if (!code->network || !code->created_at) {
        return APR_SUCCESS;
    }
    rv = as_conversions_count(tx, BY_COUNTRY, country_of(call->pool, code->mobile),
                              code->created_at, event);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_conversions_count(tx, BY_NETWORK, code->network, code->created_at, event);
}

apr_status_t as_fraud_guard_count_sent(as_tx_t *tx, const as_call_t *call,
                                       const as_codes_row_t *code, apr_interval_time_t *wait)
{
    const char *country = country_of(call->pool, code->mobile);
    apr_status_t rv;

    *wait = 0;
    if (!code->network) {
        return APR_SUCCESS;
    }
    rv = check(tx, call, BY_COUNTRY, country, country, wait);
    if (rv != APR_SUCCESS || *wait) {
        return rv;
    }
    rv = check(tx, call, BY_NETWORK, code->network, NULL, wait);
    if (rv != APR_SUCCESS || *wait) {
        return rv;
    }
    return count_both(tx, call, code, AS_CONVERSIONS_SENT);
}

apr_status_t as_fraud_guard_undo_sent(as_tx_t *tx, const as_call_t *call,
                                      const as_codes_row_t *code)
{
    return count_both(tx, call, code, AS_CONVERSIONS_UNSENT);
}

apr_status_t as_fraud_guard_count_entered(as_tx_t *tx, const as_call_t *call,
                                          const as_codes_row_t *code)
{
    return count_both(tx, call, code, AS_CONVERSIONS_ENTERED);
}
