/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/metrics_status.h"

#include <http_protocol.h>
#include <mod_status.h>

#include "base/metric.h"

/* Key of the machine-readable report after "AuthSMS-", title, metric and label values. */
static const struct {
    const char *key;
    const char *title;
    as_metric_t metric;
    int first, second;
    int is_rest; /* all but these */
} sums[] = {
    {"Registrations", "Registrations", AS_METRIC_REGISTRATIONS, AS_METRIC_REGISTRATION_SUCCESS,
     AS_METRIC_ANY, 0},
    {"RegistrationsFailed", "Failed registrations", AS_METRIC_REGISTRATIONS,
     AS_METRIC_REGISTRATION_SUCCESS, AS_METRIC_ANY, 1},
    {"Logins", "Logins", AS_METRIC_LOGINS, AS_METRIC_LOGIN_SUCCESS, AS_METRIC_ANY, 0},
    {"LoginsWrong", "Logins with a wrong password or code", AS_METRIC_LOGINS, AS_METRIC_LOGIN_WRONG,
     AS_METRIC_ANY, 0},
    {"CodesIssued", "Codes issued", AS_METRIC_CODES, AS_METRIC_ANY, AS_METRIC_CODE_ISSUED, 0},
    {"CodesCorrect", "Codes entered correctly", AS_METRIC_CODES, AS_METRIC_ANY,
     AS_METRIC_CODE_CORRECT, 0},
    {"TextsAccepted", "Texts accepted by a sender", AS_METRIC_TEXTS, AS_METRIC_ANY,
     AS_METRIC_TEXT_ACCEPTED, 0},
    {"TextsFailed", "Failed attempts to send a text", AS_METRIC_TEXTS, AS_METRIC_ANY,
     AS_METRIC_TEXT_ACCEPTED, 1},
    {"GuardGranted", "Requests granted by the guard", AS_METRIC_GUARD, AS_METRIC_VERDICT_GRANTED,
     AS_METRIC_ANY, 0},
    {"GuardRefused", "Requests refused by the guard", AS_METRIC_GUARD, AS_METRIC_VERDICT_GRANTED,
     AS_METRIC_ANY, 1},
    {"TokenCacheHits", "Hits in the cache of tokens", AS_METRIC_CACHE, AS_METRIC_CACHE_TOKEN,
     AS_METRIC_HIT, 0},
    {"TokenCacheMisses", "Misses in the cache of tokens", AS_METRIC_CACHE, AS_METRIC_CACHE_TOKEN,
     AS_METRIC_MISS, 0},
    {"AccountCacheHits", "Hits in the cache of accounts", AS_METRIC_CACHE, AS_METRIC_CACHE_ACCOUNT,
     AS_METRIC_HIT, 0},
    {"AccountCacheMisses", "Misses in the cache of accounts", AS_METRIC_CACHE,
     AS_METRIC_CACHE_ACCOUNT, AS_METRIC_MISS, 0},
    {"LimitHits", "Refusals by AuthSMSLimit", AS_METRIC_LIMIT_HITS, AS_METRIC_ANY, AS_METRIC_ANY,
     0},
    {"DatabaseErrors", "Failures of the database", AS_METRIC_DB_ERRORS, AS_METRIC_ANY,
     AS_METRIC_ANY, 0},
};

static apr_uint64_t find_sum(apr_size_t i)
{
    apr_uint64_t sum = as_metric_sum(sums[i].metric, sums[i].first, sums[i].second);

    return sums[i].is_rest ? as_metric_sum(sums[i].metric, AS_METRIC_ANY, AS_METRIC_ANY) - sum
                           : sum;
}

static int count_open_breakers(void)
{
    int count = 0;

    for (int i = 0; as_metric_value_text(AS_METRIC_LABEL_SENDER, i); i++) {
        count += as_metric_is_before_deadline(AS_METRIC_BREAKER_OPEN, i);
    }
    return count;
}

int as_metrics_status_write(request_rec *r, int flags)
{
    int is_short = flags & AP_STATUS_SHORT;

    if (!is_short) {
        ap_rputs("<hr>\n<h1>mod_authsms</h1>\n<dl>\n", r);
    }
    for (apr_size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
        ap_rprintf(r,
                   is_short ? "AuthSMS-%s: %" APR_UINT64_T_FMT "\n"
                            : "<dt>%s: %" APR_UINT64_T_FMT "</dt>\n",
                   is_short ? sums[i].key : sums[i].title, find_sum(i));
    }
    ap_rprintf(r,
               is_short ? "AuthSMS-BreakersOpen: %d\n" : "<dt>Suspended senders: %d</dt>\n</dl>\n",
               count_open_breakers());
    return OK;
}
