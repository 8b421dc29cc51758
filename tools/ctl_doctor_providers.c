/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: AuthSMSSender and AuthSMSVerifier. Requests that send no text and cost nothing. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "base/duration.h"
#include "base/http_client.h"
#include "base/secret_source.h"
#include "sms/sender.h"
#include "sms/verifier.h"

/* The default of AuthSMSTimeout. */
#define CONNECT_TIMEOUT apr_time_from_sec(3)
#define TOTAL_TIMEOUT apr_time_from_sec(10)

typedef as_sms_result_t check_account_fn(void *self, as_sms_call_t *call);

/* A line that is being read. */
typedef struct provider_t {
    ctl_doctor_t *d;
    const ctl_directive_t *line;
    const char *what;  /* for messages */
    int is_unreadable; /* a value cannot be read here: reported */
} provider_t;

/* ---- the words ---- */

static int has_source(const char *value)
{
    return strstr(value, "file:") || strstr(value, "env:") || strstr(value, "exec:");
}

/* A header field of the sender http that has no public value? */
static int is_secret_header(const char *field)
{
    static const char *const fields[] = {"Accept:", "Content-Type:", "User-Agent:"};

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (apr_cstr_casecmpn(field, fields[i], strlen(fields[i])) == 0) {
            return 0;
        }
    }
    return !has_source(field);
}

/* Does an address or a body of the sender http have a member that is named like a secret? */
static int has_secret_member(const char *text)
{
    static const char *const members[] = {
        "key=", "token=", "secret=", "password=", "key\":", "token\":", "secret\":", "password\":"};
    const char *at;

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        for (at = text; *at; at++) {
            /* "{" begins a placeholder. */
            if (apr_cstr_casecmpn(at, members[i], strlen(members[i])) == 0 &&
                at[strlen(members[i]) + strspn(at + strlen(members[i]), " \"")] != '{') {
                return !has_source(text);
            }
        }
    }
    return 0;
}

static int is_http_literal(const char *word)
{
    if (strncmp(word, "header=", strlen("header=")) == 0) {
        return is_secret_header(word + strlen("header="));
    }
    return (strncmp(word, "url=", strlen("url=")) == 0 ||
            strncmp(word, "body=", strlen("body=")) == 0) &&
           has_secret_member(strchr(word, '=') + 1);
}

/* Is the word a secret itself? The value of auth= ends with a source. Vonage's key= is a name. */
static int is_secret_literal(const ctl_directive_t *line, const char *word)
{
    static const char *const keys[] = {"token=", "secret=", "signature=", "auth=", "key="};
    const char *value = strchr(word, '=');

    if (strcmp(ctl_directive_word(line, 0), "vonage") == 0 && strncmp(word, "key=", 4) == 0) {
        return 0;
    }

    for (size_t i = 0; value && i < sizeof(keys) / sizeof(keys[0]); i++) {
        if (strncmp(word, keys[i], strlen(keys[i])) == 0) {
            return !has_source(value);
        }
    }
    return strcmp(ctl_directive_word(line, 0), "http") == 0 && is_http_literal(word);
}

static apr_status_t read_value(void *ctx, apr_pool_t *p, const char *source, const char **value,
                               const char **error)
{
    provider_t *provider = ctx;
    ctl_doctor_t *d = provider->d;
    const char *advice;
    const char *unreadable = ctl_doctor_find_unreadable(d, source, &advice);
    as_span_t secret;

    if (unreadable) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, advice, "%s: %s", provider->what, unreadable);
        provider->is_unreadable = 1;
        *error = unreadable;
        return APR_EACCES;
    }
    if (as_secret_source_read(p, source, d->conf->root, AS_SECRET_SOURCE_TEXT, &secret, error) !=
        APR_SUCCESS) {
        return APR_EINVAL;
    }
    if (strncmp(source, "file:", 5) == 0) {
        ctl_doctor_check_secret_file(d, provider->what, source + 5);
    } else if (strncmp(source, "env:", 4) == 0) {
        ctl_doctor_check_env(d, provider->what, source + 4);
    }
    *value = secret.data;
    return APR_SUCCESS;
}

static const apr_array_header_t *words_after_name(apr_pool_t *p, const ctl_directive_t *line)
{
    apr_array_header_t *words = apr_array_make(p, line->words->nelts, sizeof(const char *));

    for (int i = 1; i < line->words->nelts; i++) {
        APR_ARRAY_PUSH(words, const char *) = ctl_directive_word(line, i);
    }
    return words;
}

static void check_literals(provider_t *provider)
{
    const ctl_directive_t *line = provider->line;

    for (int i = 1; i < line->words->nelts; i++) {
        const char *word = ctl_directive_word(line, i);

        if (is_secret_literal(line, word)) {
            ctl_doctor_check_literal(provider->d, line, provider->what, word,
                                     CTL_DOCTOR_MOVE_SECRET);
            return;
        }
    }
}

/* ---- the request ---- */

static apr_interval_time_t read_timeout(const ctl_doctor_t *d, int word, apr_interval_time_t other)
{
    const ctl_directive_t *line = ctl_conf_find(d->conf, 0, "AuthSMSTimeout");
    apr_interval_time_t timeout;

    return line && as_duration_parse(ctl_directive_word(line, word), &timeout) == APR_SUCCESS &&
                   timeout > 0
               ? timeout
               : other;
}

static void report_result(const provider_t *provider, as_sms_result_t result,
                          const as_sms_call_t *call)
{
    const char *detail = call->detail ? call->detail : as_sms_result_name(result);
    const char *place = ctl_doctor_place(provider->d->pool, provider->line);

    switch (result) {
    case AS_SMS_OK:
        ctl_doctor_report(provider->d, CTL_DOCTOR_OK, NULL,
                          "%s: the provider accepts the credentials", provider->what);
        return;
    case AS_SMS_CREDENTIALS:
        ctl_doctor_report(provider->d, CTL_DOCTOR_PROBLEM,
                          apr_psprintf(provider->d->pool,
                                       "compare the values of %s with the provider's console",
                                       place),
                          "%s: the provider refuses the credentials: %s", provider->what, detail);
        return;
    case AS_SMS_RATE_LIMITED:
        ctl_doctor_report(provider->d, CTL_DOCTOR_WARNING, "run doctor again later",
                          "%s: the provider accepts no more requests for now: %s", provider->what,
                          detail);
        return;
    default:
        ctl_doctor_report(
            provider->d, CTL_DOCTOR_PROBLEM,
            "look at the provider's status page; can this host reach it (DNS, firewall)?",
            "%s: the provider cannot be used now: %s", provider->what, detail);
    }
}

static void call_provider(const provider_t *provider, check_account_fn *check, void *self)
{
    ctl_doctor_t *d = provider->d;
    as_sms_call_t call = {.pool = d->pool, .http = d->http};
    apr_time_t before = as_clock_now();
    as_sms_result_t result;

    call.deadline = as_clock_monotonic() + read_timeout(d, 1, TOTAL_TIMEOUT);
    result = check(self, &call);
    report_result(provider, result, &call);
    if (call.date) {
        /* Date has whole seconds. */
        d->server_date = call.date;
        d->server_date_error = as_clock_now() - before + APR_USEC_PER_SEC;
        d->server_date_read = before;
    }
}

/* ---- lines ---- */

static void check_made(provider_t *provider, apr_status_t rv, const char *error,
                       check_account_fn *check, void *self)
{
    if (provider->is_unreadable) {
        return;
    }
    if (rv != APR_SUCCESS) {
        ctl_doctor_report(provider->d, CTL_DOCTOR_PROBLEM,
                          "correct the line, and run apachectl configtest", "%s: %s",
                          provider->what, error);
        return;
    }
    check_literals(provider);
    if (check) {
        call_provider(provider, check, self);
    } else {
        ctl_doctor_report(provider->d, CTL_DOCTOR_NOT_CHECKED,
                          "register with a number of yours, and see whether the text arrives",
                          "%s: it has no request that sends no text, so credentials and "
                          "reachability are unknown",
                          provider->what);
    }
}

/* An unknown name is not shown: it may be a secret. */
static const char *describe_line(ctl_doctor_t *d, const ctl_directive_t *line, int is_known)
{
    return apr_psprintf(d->pool, "%s%s%s (%s)", line->name, is_known ? " " : "",
                        is_known ? ctl_directive_word(line, 0) : "",
                        ctl_doctor_place(d->pool, line));
}

static void check_sender(ctl_doctor_t *d, const ctl_directive_t *line)
{
    const char *name = ctl_directive_word(line, 0);
    provider_t provider = {
        .d = d, .line = line, .what = describe_line(d, line, as_sender_find(name) != NULL)};
    const char *error = NULL;
    as_sender_t sender;
    apr_status_t rv;

    if (strcmp(name, "log") == 0) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "configure a provider before people register: see docs/sms.md",
                          "%s: texts, with their codes, go to the error log and to nobody's phone",
                          provider.what);
        return;
    }
    rv = as_sender_make(d->pool, name, words_after_name(d->pool, line), read_value, &provider,
                        &sender, &error);
    check_made(&provider, rv, error, rv == APR_SUCCESS ? sender.type->check_account : NULL,
               rv == APR_SUCCESS ? sender.self : NULL);
}

static void check_verifier(ctl_doctor_t *d, const ctl_directive_t *line)
{
    const char *name = ctl_directive_word(line, 0);
    provider_t provider = {
        .d = d, .line = line, .what = describe_line(d, line, as_verifier_find(name) != NULL)};
    const char *error = NULL;
    as_verifier_t verifier;
    apr_status_t rv = as_verifier_make(d->pool, name, words_after_name(d->pool, line), read_value,
                                       &provider, &verifier, &error);

    check_made(&provider, rv, error, rv == APR_SUCCESS ? verifier.type->check_account : NULL,
               rv == APR_SUCCESS ? verifier.self : NULL);
}

/* Report an API whose codes nothing sends. */
static void check_presence(ctl_doctor_t *d, int host, int has_senders, const char *verifier)
{
    const ctl_directive_t *validation = ctl_conf_find(d->conf, host, "AuthSMSValidation");
    int is_off = validation && apr_cstr_casecmp(ctl_directive_word(validation, 0), "Off") == 0;

    if (!is_off && !has_senders && apr_cstr_casecmp(verifier, "local") == 0 &&
        ctl_doctor_has_api(d->conf, host)) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "add a sender: see docs/sms.md; for development AuthSMSSender log",
                          "no AuthSMSSender, so nobody can register");
    }
}

void ctl_doctor_check_providers(ctl_doctor_t *d)
{
    d->group = "providers";
    for (int host = 0; host < d->conf->hosts; host++) {
        const apr_array_header_t *senders = ctl_conf_list(d->conf, host, "AuthSMSSender");
        const ctl_directive_t *verifier = ctl_conf_find(d->conf, host, "AuthSMSVerifier");

        check_presence(d, host, senders->nelts > 0,
                       verifier ? ctl_directive_word(verifier, 0) : "local");
        for (int i = 0; i < senders->nelts; i++) {
            const ctl_directive_t *line = APR_ARRAY_IDX(senders, i, const ctl_directive_t *);

            if (line->host == host) {
                check_sender(d, line);
            }
        }
        if (verifier && verifier->host == host &&
            apr_cstr_casecmp(ctl_directive_word(verifier, 0), "local") != 0) {
            check_verifier(d, verifier);
        }
    }
    if (d->server_date) {
        ctl_doctor_check_clock(d, "the provider", d->server_date,
                               d->server_date_read - APR_USEC_PER_SEC,
                               d->server_date_read + d->server_date_error);
    }
}

apr_status_t ctl_doctor_open_http(ctl_doctor_t *d)
{
    const as_http_client_options_t options = {
        .parallel = 1,
        .connect_timeout = read_timeout(d, 0, CONNECT_TIMEOUT),
    };
    apr_status_t rv = as_http_client_global_init();

    return rv == APR_SUCCESS ? as_http_client_create(d->pool, &options, &d->http) : rv;
}
