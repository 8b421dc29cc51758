/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/delivery.h"

#include <apr_strings.h>

#include "base/clock.h"
#include "sms/circuit_breaker.h"

/* How long "later" is where a provider names no time. */
#define LATER apr_time_from_sec(60)

/* What delivery knows of a configured provider. */
typedef struct provider_t {
    const char *name; /* for the log */
    as_breaker_t *breaker;
} provider_t;

struct as_delivery_t {
    const apr_array_header_t *senders; /* as_sender_t */
    provider_t *sender_info;           /* as many */
    const as_verifier_t *verifier;
    provider_t verifier_info;
    as_http_client_t *http;
    apr_interval_time_t total;
    const as_log_t *log;
};

/* One call to one provider. */
typedef struct attempt_t {
    const as_delivery_t *d;
    const provider_t *provider;
    as_breaker_pass_t pass;
    as_sms_call_t call;
    const char *number;
} attempt_t;

apr_status_t as_delivery_create(apr_pool_t *p, const apr_array_header_t *senders,
                                const as_verifier_t *verifier, as_http_client_t *http,
                                apr_interval_time_t total, const as_log_t *log,
                                as_delivery_t **delivery)
{
    as_delivery_t *d = apr_pcalloc(p, sizeof(*d));
    apr_status_t rv = APR_SUCCESS;

    d->senders = senders ? senders : apr_array_make(p, 0, sizeof(as_sender_t));
    d->sender_info = apr_pcalloc(p, (apr_size_t)d->senders->nelts * sizeof(d->sender_info[0]));
    for (int i = 0; rv == APR_SUCCESS && i < d->senders->nelts; i++) {
        d->sender_info[i].name = apr_psprintf(p, "sender %d (%s)", i + 1,
                                              APR_ARRAY_IDX(d->senders, i, as_sender_t).type->name);
        rv = as_breaker_create(p, &d->sender_info[i].breaker);
    }
    if (rv == APR_SUCCESS && verifier) {
        d->verifier = verifier;
        d->verifier_info.name = apr_psprintf(p, "verifier (%s)", verifier->type->name);
        rv = as_breaker_create(p, &d->verifier_info.breaker);
    }
    d->http = http;
    d->total = total;
    d->log = log;
    *delivery = d;
    return rv;
}

static as_breaker_outcome_t outcome_of(as_sms_result_t result)
{
    switch (result) {
    case AS_SMS_BUSY:
        return AS_BREAKER_NOTHING;
    case AS_SMS_CREDENTIALS:
    case AS_SMS_TEMPORARY:
    case AS_SMS_UNKNOWN:
        return AS_BREAKER_FAULT;
    default:
        return AS_BREAKER_GOOD;
    }
}

static as_log_level_t level_of(as_sms_result_t result)
{
    switch (result) {
    case AS_SMS_OK:
    case AS_SMS_WRONG_CODE:
    case AS_SMS_GONE:
    case AS_SMS_TOO_MANY:
        return AS_LOG_DEBUG;
    case AS_SMS_REJECTED:
        return AS_LOG_INFO;
    case AS_SMS_CREDENTIALS:
        return AS_LOG_ERR;
    default:
        return AS_LOG_WARNING;
    }
}

static int is_nothing_sent(as_sms_result_t result)
{
    return as_sms_is_passing(result) || result == AS_SMS_CREDENTIALS ||
           result == AS_SMS_UNREACHABLE;
}

static void log_event(const attempt_t *a, as_breaker_event_t event, apr_interval_time_t wait)
{
    if (event == AS_BREAKER_OPENED) {
        as_log(a->d->log, AS_LOG_WARNING, 0,
               "%s failed repeatedly: it is not asked for the next %d s", a->provider->name,
               (int)apr_time_sec(wait));
    } else if (event == AS_BREAKER_CLOSED) {
        as_log(a->d->log, AS_LOG_NOTICE, 0, "%s works again", a->provider->name);
    }
}

/* May this provider be called? Then its answer goes to finish(). */
static int start(attempt_t *a, const as_delivery_t *d, const provider_t *provider, apr_pool_t *p,
                 apr_time_t deadline, const char *number)
{
    *a = (attempt_t){
        .d = d,
        .provider = provider,
        .call = {.http = d->http, .pool = p, .deadline = deadline, .log = d->log},
        .number = number,
    };
    a->pass = as_breaker_begin(provider->breaker);
    return a->pass != AS_BREAKER_REFUSED;
}

/* *later: see as_delivery_send. */
static as_sms_result_t finish(const attempt_t *a, as_sms_result_t result,
                              apr_interval_time_t *later)
{
    apr_interval_time_t wait;
    as_breaker_event_t event =
        as_breaker_end(a->provider->breaker, a->pass, outcome_of(result), &wait);

    as_log(a->d->log, level_of(result), 0, "%s: %s (%s), number %s", a->provider->name,
           as_sms_result_name(result), a->call.why ? a->call.why : "no details",
           as_log_mask_number(a->call.pool, a->number));
    log_event(a, event, wait);
    *later = result != AS_SMS_RATE_LIMITED ? 0 : a->call.retry_after ? a->call.retry_after : LATER;
    return result;
}

/* The end of a text is a time of day; every deadline is by the monotonic clock. */
static apr_time_t deadline_of(const as_delivery_t *d, const as_text_t *text)
{
    apr_interval_time_t left = text->good_until ? text->good_until - as_clock_now() : d->total;

    return as_clock_monotonic() + (left < d->total ? left : d->total);
}

as_sms_result_t as_delivery_send(as_delivery_t *d, apr_pool_t *p, const as_text_t *text,
                                 as_sms_receipt_t *receipt, apr_interval_time_t *later)
{
    apr_time_t deadline = deadline_of(d, text);
    as_sms_result_t last = AS_SMS_TEMPORARY, passing = AS_SMS_OK;
    apr_time_t now;

    *receipt = (as_sms_receipt_t){NULL, NULL};
    *later = 0;
    for (int i = 0;
         i < d->senders->nelts && is_nothing_sent(last) && (now = as_clock_monotonic()) < deadline;
         i++) {
        const as_sender_t *sender = &APR_ARRAY_IDX(d->senders, i, as_sender_t);
        int left = d->senders->nelts - i;
        attempt_t a;

        last = AS_SMS_TEMPORARY;
        if (start(&a, d, &d->sender_info[i], p, deadline, text->to)) {
            /* Only what ends before the text is on its way leaves time for the next: once it is,
             * there is none. */
            a.call.connect_by = left > 1 ? now + (deadline - now) / left : 0;
            receipt->sender = sender->type->name;
            last =
                finish(&a, sender->type->send(sender->self, &a.call, text, &receipt->ref), later);
        }
        passing = as_sms_is_passing(last) ? last : passing;
    }
    return is_nothing_sent(last) && passing != AS_SMS_OK ? passing : last;
}

as_sms_result_t as_delivery_start(as_delivery_t *d, apr_pool_t *p, const as_sms_person_t *person,
                                  const char **remote_id, const char **ref,
                                  apr_interval_time_t *later)
{
    apr_time_t deadline = as_clock_monotonic() + d->total;
    attempt_t a;

    *remote_id = *ref = NULL;
    *later = 0;
    if (!d->verifier || !start(&a, d, &d->verifier_info, p, deadline, person->e164)) {
        return AS_SMS_TEMPORARY;
    }
    return finish(&a, d->verifier->type->start(d->verifier->self, &a.call, person, remote_id, ref),
                  later);
}

as_sms_result_t as_delivery_check(as_delivery_t *d, apr_pool_t *p, const as_sms_person_t *person,
                                  const char *ref, const char *code, apr_interval_time_t *later)
{
    apr_time_t deadline = as_clock_monotonic() + d->total;
    attempt_t a;

    *later = 0;
    if (!d->verifier || !start(&a, d, &d->verifier_info, p, deadline, person->e164)) {
        return AS_SMS_TEMPORARY;
    }
    return finish(&a, d->verifier->type->check(d->verifier->self, &a.call, person, ref, code),
                  later);
}
