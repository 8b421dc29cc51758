/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/delivery.h"

#include <apr_strings.h>

#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "sms/circuit_breaker.h"

/* For a rate limit without Retry-After. */
#define RETRY_AFTER_DEFAULT apr_time_from_sec(60)

/* A configured provider. */
typedef struct provider_t {
    const char *name; /* for the log */
    int metric;       /* value of the label `sender` */
    as_circuit_breaker_t *breaker;
    _Atomic apr_time_t open_until; /* as in the metric; 0: closed */
} provider_t;

struct as_delivery_t {
    const apr_array_header_t *senders; /* as_sender_t */
    provider_t *sender_providers;      /* one for each of senders */
    const as_verifier_t *verifier;
    provider_t verifier_provider;
    as_http_client_t *http;
    apr_interval_time_t total;
    const as_log_t *log;
};

/* One call to one provider. */
typedef struct delivery_attempt_t {
    const as_delivery_t *d;
    provider_t *provider;
    as_circuit_breaker_permit_t permit;
    apr_time_t started;
    as_sms_call_t call;
    const char *number;
} delivery_attempt_t;

static apr_status_t create_provider(apr_pool_t *p, const char *name, const char *type,
                                    provider_t *provider)
{
    provider->name = name;
    provider->metric = as_metric_find_value(AS_METRIC_LABEL_SENDER, type);
    return as_circuit_breaker_create(p, &provider->breaker);
}

static void remove_deadline(provider_t *provider)
{
    apr_time_t until = atomic_exchange(&provider->open_until, 0);

    if (until) {
        as_metric_remove_deadline(AS_METRIC_CELL(BREAKER_OPEN, provider->metric, AS_METRIC_ONLY),
                                  until);
    }
}

/* The breakers end with their child. */
static apr_status_t remove_deadlines(void *data)
{
    as_delivery_t *d = data;

    for (int i = 0; i < d->senders->nelts; i++) {
        remove_deadline(&d->sender_providers[i]);
    }
    remove_deadline(&d->verifier_provider);
    return APR_SUCCESS;
}

apr_status_t as_delivery_create(apr_pool_t *p, const apr_array_header_t *senders,
                                const as_verifier_t *verifier, as_http_client_t *http,
                                apr_interval_time_t total, const as_log_t *log,
                                as_delivery_t **delivery)
{
    as_delivery_t *d = apr_pcalloc(p, sizeof(*d));
    apr_status_t rv = APR_SUCCESS;

    d->senders = senders ? senders : apr_array_make(p, 0, sizeof(as_sender_t));
    d->sender_providers =
        apr_pcalloc(p, (apr_size_t)d->senders->nelts * sizeof(d->sender_providers[0]));
    for (int i = 0; rv == APR_SUCCESS && i < d->senders->nelts; i++) {
        const char *type = APR_ARRAY_IDX(d->senders, i, as_sender_t).type->name;

        rv = create_provider(p, apr_psprintf(p, "sender %d (%s)", i + 1, type), type,
                             &d->sender_providers[i]);
    }
    if (rv == APR_SUCCESS && verifier) {
        d->verifier = verifier;
        rv = create_provider(p, apr_psprintf(p, "verifier (%s)", verifier->type->name),
                             verifier->type->name, &d->verifier_provider);
    }
    d->http = http;
    d->total = total;
    d->log = log;
    *delivery = d;
    apr_pool_cleanup_register(p, d, remove_deadlines, apr_pool_cleanup_null);
    return rv;
}

static as_circuit_breaker_outcome_t to_outcome(as_sms_result_t result)
{
    switch (result) {
    case AS_SMS_BUSY:
        return AS_CIRCUIT_BREAKER_NOT_CALLED;
    case AS_SMS_CREDENTIALS:
    case AS_SMS_TEMPORARY:
    case AS_SMS_UNKNOWN:
        return AS_CIRCUIT_BREAKER_FAILURE;
    default:
        return AS_CIRCUIT_BREAKER_SUCCESS;
    }
}

/* How an outcome is logged: a level and a tag for each. */
typedef struct outcome_log_t {
    as_log_level_t level;
    const char *tag;
} outcome_log_t;

static const outcome_log_t outcome_logs[] = {
    [AS_SMS_OK] = {AS_LOG_DEBUG, AS_TAG(0310)},
    [AS_SMS_WRONG_CODE] = {AS_LOG_DEBUG, AS_TAG(0311)},
    [AS_SMS_GONE] = {AS_LOG_DEBUG, AS_TAG(0312)},
    [AS_SMS_TOO_MANY] = {AS_LOG_DEBUG, AS_TAG(0313)},
    [AS_SMS_REJECTED] = {AS_LOG_INFO, AS_TAG(0314)},
    [AS_SMS_FRAUD] = {AS_LOG_WARNING, AS_TAG(0315)},
    [AS_SMS_RATE_LIMITED] = {AS_LOG_WARNING, AS_TAG(0316)},
    [AS_SMS_CREDENTIALS] = {AS_LOG_ERR, AS_TAG(0317)},
    [AS_SMS_TEMPORARY] = {AS_LOG_WARNING, AS_TAG(0318)},
    [AS_SMS_UNKNOWN] = {AS_LOG_WARNING, AS_TAG(0319)},
    [AS_SMS_BUSY] = {AS_LOG_WARNING, AS_TAG(0320)},
    [AS_SMS_UNREACHABLE] = {AS_LOG_WARNING, AS_TAG(0321)},
};

static int is_not_sent(as_sms_result_t result)
{
    return as_sms_is_retryable(result) || result == AS_SMS_CREDENTIALS ||
           result == AS_SMS_UNREACHABLE;
}

/* The result of a call that sends a text or a code. */
static int to_metric(as_sms_result_t result)
{
    switch (result) {
    case AS_SMS_OK:
        return AS_METRIC_TEXT_ACCEPTED;
    case AS_SMS_REJECTED:
        return AS_METRIC_TEXT_REJECTED;
    case AS_SMS_FRAUD:
        return AS_METRIC_TEXT_FRAUD;
    case AS_SMS_RATE_LIMITED:
    case AS_SMS_TOO_MANY:
        return AS_METRIC_TEXT_RATE_LIMITED;
    case AS_SMS_CREDENTIALS:
        return AS_METRIC_TEXT_CREDENTIALS;
    case AS_SMS_TEMPORARY:
    case AS_SMS_GONE:
    case AS_SMS_WRONG_CODE:
        return AS_METRIC_TEXT_TEMPORARY;
    case AS_SMS_BUSY:
        return AS_METRIC_TEXT_BUSY;
    case AS_SMS_UNREACHABLE:
        return AS_METRIC_TEXT_UNREACHABLE;
    case AS_SMS_UNKNOWN:
        break;
    }
    return AS_METRIC_TEXT_UNKNOWN;
}

static as_sms_result_t count_text(const provider_t *provider, as_sms_result_t result)
{
    AS_METRIC_INCREMENT(TEXTS, provider->metric, to_metric(result));
    return result;
}

static void count_refusal(const provider_t *provider)
{
    AS_METRIC_INCREMENT(TEXTS, provider->metric, AS_METRIC_TEXT_BREAKER_OPEN);
}

/* Other children, and other senders of the type, have breakers of their own. */
static void count_breaker_event(provider_t *provider, as_circuit_breaker_event_t event,
                                apr_interval_time_t open_for)
{
    int cell = AS_METRIC_CELL(BREAKER_OPEN, provider->metric, AS_METRIC_ONLY);

    if (event == AS_CIRCUIT_BREAKER_OPENED) {
        apr_time_t until = as_clock_monotonic() + open_for;

        atomic_store(&provider->open_until, until);
        as_metric_add_deadline(cell, until);
    } else if (event == AS_CIRCUIT_BREAKER_CLOSED) {
        remove_deadline(provider);
    }
}

static void log_breaker_event(const delivery_attempt_t *a, as_circuit_breaker_event_t event,
                              apr_interval_time_t open_for)
{
    if (event == AS_CIRCUIT_BREAKER_OPENED) {
        as_log(a->d->log, AS_LOG_WARNING, 0,
               AS_TAG(0330) "%s failed repeatedly: no calls to it for %d s", a->provider->name,
               (int)apr_time_sec(open_for));
    } else if (event == AS_CIRCUIT_BREAKER_CLOSED) {
        as_log(a->d->log, AS_LOG_NOTICE, 0, AS_TAG(0331) "%s works again", a->provider->name);
    }
}

/* Returns false if the breaker refuses the call; else end_attempt must follow. */
static int begin_attempt(delivery_attempt_t *a, const as_delivery_t *d, provider_t *provider,
                         apr_pool_t *p, apr_time_t deadline, const char *number)
{
    *a = (delivery_attempt_t){
        .d = d,
        .provider = provider,
        .started = as_clock_monotonic(),
        .call = {.http = d->http, .pool = p, .deadline = deadline, .log = d->log},
        .number = number,
    };
    a->permit = as_circuit_breaker_acquire(provider->breaker);
    return a->permit != AS_CIRCUIT_BREAKER_REFUSED;
}

static as_sms_result_t end_attempt(const delivery_attempt_t *a, as_sms_result_t result,
                                   apr_interval_time_t *retry_after)
{
    apr_interval_time_t open_for;
    as_circuit_breaker_event_t event =
        as_circuit_breaker_report(a->provider->breaker, a->permit, to_outcome(result), &open_for);

    as_log(a->d->log, outcome_logs[result].level, 0, "%s%s: %s (%s), number %s",
           outcome_logs[result].tag, a->provider->name, as_sms_result_name(result),
           a->call.detail ? a->call.detail : "no details",
           as_log_mask_number(a->call.pool, a->number));
    AS_METRIC_OBSERVE(PROVIDER_SECONDS, a->provider->metric, as_clock_monotonic() - a->started);
    count_breaker_event(a->provider, event, open_for);
    log_breaker_event(a, event, open_for);
    *retry_after = result != AS_SMS_RATE_LIMITED ? 0
                   : a->call.retry_after         ? a->call.retry_after
                                                 : RETRY_AFTER_DEFAULT;
    return result;
}

/* A text expires by the wall clock; deadlines are by the monotonic clock. */
static apr_time_t deadline_of(const as_delivery_t *d, const as_sms_text_t *text)
{
    apr_interval_time_t left = text->expires_at ? text->expires_at - as_clock_now() : d->total;

    return as_clock_monotonic() + (left < d->total ? left : d->total);
}

/* The number of senders, from this index on, that serve the number. */
static int count_serving(const as_delivery_t *d, int from, const char *number)
{
    int count = 0;

    for (int i = from; i < d->senders->nelts; i++) {
        count += as_sender_serves(&APR_ARRAY_IDX(d->senders, i, as_sender_t), number);
    }
    return count;
}

as_sms_result_t as_delivery_send_text(as_delivery_t *d, apr_pool_t *p, const as_sms_text_t *text,
                                      as_sms_submission_t *submission,
                                      apr_interval_time_t *retry_after)
{
    apr_time_t deadline = deadline_of(d, text);
    as_sms_result_t last = AS_SMS_TEMPORARY, retryable = AS_SMS_OK;
    apr_time_t now;

    *submission = (as_sms_submission_t){NULL, NULL};
    *retry_after = 0;
    if (d->senders->nelts && !count_serving(d, 0, text->to)) {
        as_log(d->log, AS_LOG_WARNING, 0,
               AS_TAG(0332) "no sender serves the number %s: it has no prefix that an "
                            "AuthSMSSender has in for=. Nothing is sent",
               as_log_mask_number(p, text->to));
        return AS_SMS_UNREACHABLE;
    }
    for (int i = 0;
         i < d->senders->nelts && is_not_sent(last) && (now = as_clock_monotonic()) < deadline;
         i++) {
        const as_sender_t *sender = &APR_ARRAY_IDX(d->senders, i, as_sender_t);
        int left = count_serving(d, i, text->to);
        delivery_attempt_t a;

        if (!as_sender_serves(sender, text->to)) {
            continue;
        }
        last = AS_SMS_TEMPORARY;
        if (begin_attempt(&a, d, &d->sender_providers[i], p, deadline, text->to)) {
            /* Share the time for connecting among the senders left. After that the text may be
             * sent, and there is no failover. */
            a.call.connect_by = left > 1 ? now + (deadline - now) / left : 0;
            submission->sender = sender->type->name;
            last = end_attempt(
                &a, sender->type->send(sender->self, &a.call, text, &submission->ref), retry_after);
            count_text(a.provider, last);
        } else {
            count_refusal(a.provider);
        }
        retryable = as_sms_is_retryable(last) ? last : retryable;
    }
    return is_not_sent(last) && retryable != AS_SMS_OK ? retryable : last;
}

as_sms_result_t as_delivery_start_verification(as_delivery_t *d, apr_pool_t *p,
                                               const as_sms_recipient_t *recipient,
                                               const char **remote_id, const char **ref,
                                               apr_interval_time_t *retry_after)
{
    apr_time_t deadline = as_clock_monotonic() + d->total;
    const as_verifier_t *v = d->verifier;
    delivery_attempt_t a;

    *remote_id = *ref = NULL;
    *retry_after = 0;
    if (!v) {
        return AS_SMS_TEMPORARY;
    }
    if (!begin_attempt(&a, d, &d->verifier_provider, p, deadline, recipient->e164)) {
        count_refusal(a.provider);
        return AS_SMS_TEMPORARY;
    }
    return count_text(
        a.provider,
        end_attempt(&a, v->type->start(v->self, &a.call, recipient, remote_id, ref), retry_after));
}

as_sms_result_t as_delivery_check_code(as_delivery_t *d, apr_pool_t *p,
                                       const as_sms_recipient_t *recipient, const char *ref,
                                       const char *code, apr_interval_time_t *retry_after)
{
    apr_time_t deadline = as_clock_monotonic() + d->total;
    const as_verifier_t *v = d->verifier;
    delivery_attempt_t a;

    *retry_after = 0;
    if (!v || !begin_attempt(&a, d, &d->verifier_provider, p, deadline, recipient->e164)) {
        return AS_SMS_TEMPORARY;
    }
    return end_attempt(&a, v->type->check(v->self, &a.call, recipient, ref, code), retry_after);
}

void as_delivery_check_unknown(as_delivery_t *d, apr_pool_t *p, const char *code)
{
    static const as_sms_recipient_t nobody = {.account = "", .e164 = ""};
    apr_interval_time_t retry_after;

    if (d->verifier) {
        as_delivery_check_code(d, p, &nobody, d->verifier->type->unknown_ref, code, &retry_after);
    }
}
