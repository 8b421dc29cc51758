/* SPDX-License-Identifier: Apache-2.0 */
#include "jose/claims.h"

#include <string.h>

#include "base/clock.h"

#define YEAR_10000 253402300800.0 /* seconds: 10000-01-01T00:00:00Z */
#define FUTURE_MAX apr_time_from_sec(60)

static as_error_t refuse(const char **reason, as_error_t error, const char *text)
{
    if (reason) {
        *reason = text;
    }
    return error;
}

/*
 * Read a NumericDate; 0: absent. The range is checked before the conversion, because converting
 * 1e300 to an integer is undefined. A present date is never 0: an exp of 1970 is not a missing exp.
 */
static int read_date(const as_json_view_t *view, const char *name, apr_time_t *t)
{
    const as_json_view_value_t *value = as_json_view_find(view, name);
    double seconds;

    *t = 0;
    if (!value) {
        return 1;
    }
    if (!as_json_view_get_number(value, &seconds) || !(seconds >= 0 && seconds < YEAR_10000)) {
        return 0;
    }
    *t = (apr_time_t)(seconds * (double)APR_USEC_PER_SEC);
    if (*t == 0) {
        *t = 1;
    }
    return 1;
}

/* Read an optional string of at least one byte. Control characters are rejected, because the string
 * goes into environments, log lines and headers of other requests. */
static int read_text(apr_pool_t *p, const as_json_view_t *view, const char *name, const char **text)
{
    const as_json_view_value_t *value = as_json_view_find(view, name);

    *text = as_json_view_get_string(p, value);
    return !value || (*text && **text && !as_json_view_has_control(value));
}

static const char *read_dates(apr_pool_t *p, const as_json_view_t *view, as_claims_t *claims)
{
    const char *logged_on;

    if (!read_date(view, "exp", &claims->expires)) {
        return "exp";
    }
    if (!read_date(view, "nbf", &claims->not_before)) {
        return "nbf";
    }
    if (!read_date(view, "iat", &claims->issued)) {
        return "iat";
    }
    if (claims->issued) {
        return NULL;
    }
    if (!read_text(p, view, "dateLogOn", &logged_on)) {
        return "dateLogOn";
    }
    if (logged_on) {
        if (as_clock_parse_rfc3339(logged_on, &claims->issued) != APR_SUCCESS) {
            return "dateLogOn";
        }
        if (claims->issued == 0) {
            claims->issued = 1;
        }
    }
    return NULL;
}

static const char *read_subject(apr_pool_t *p, const as_json_view_t *view, as_claims_t *claims)
{
    const char *sub, *id;

    if (!read_text(p, view, "sub", &sub)) {
        return "sub";
    }
    if (!read_text(p, view, "id", &id)) {
        return "id";
    }
    if (sub && id && strcmp(sub, id) != 0) {
        return "sub is not id";
    }
    claims->id = sub ? sub : id;
    if (!claims->id) {
        return "no sub";
    }
    return read_text(p, view, "sid", &claims->sid) ? NULL : "sid";
}

static int equals_text(apr_pool_t *p, const as_json_view_value_t *value, const char *wanted)
{
    const char *text = as_json_view_get_string(p, value);

    return text && !strcmp(text, wanted);
}

/* RFC 7519 §4.1.3: one string, or an array of strings only. */
static int audience_matches(apr_pool_t *p, const as_json_view_t *view, const char *wanted)
{
    const as_json_view_value_t *aud = as_json_view_find(view, "aud");
    as_json_view_value_t one;
    as_span_t left;
    int found = 0;

    if (!aud || aud->kind != AS_JSON_VIEW_ARRAY) {
        return equals_text(p, aud, wanted);
    }
    left = aud->text;
    while (as_json_view_next_element(&left, &one)) {
        if (one.kind != AS_JSON_VIEW_STRING) {
            return 0;
        }
        found |= equals_text(p, &one, wanted);
    }
    return found;
}

static const char *check_policy(apr_pool_t *p, const as_claims_policy_t *policy,
                                const as_json_view_t *view)
{
    int i;

    if (policy->issuer && !equals_text(p, as_json_view_find(view, "iss"), policy->issuer)) {
        return "iss";
    }
    if (policy->audience && !audience_matches(p, view, policy->audience)) {
        return "aud";
    }
    for (i = 0; policy->required && i < policy->required->nelts; i++) {
        const as_json_view_value_t *value =
            as_json_view_find(view, APR_ARRAY_IDX(policy->required, i, const char *));

        if (!value || value->kind == AS_JSON_VIEW_NULL) {
            return "a required claim is missing";
        }
    }
    return NULL;
}

as_error_t as_claims_read(apr_pool_t *p, const as_claims_policy_t *policy,
                          const as_json_view_t *view, as_claims_t *claims, const char **reason)
{
    const char *failure;

    memset(claims, 0, sizeof(*claims));
    failure = read_dates(p, view, claims);
    if (!failure) {
        failure = read_subject(p, view, claims);
    }
    if (!failure) {
        failure = check_policy(p, policy, view);
    }
    return failure ? refuse(reason, AS_E_INVALID_TOKEN, failure) : AS_OK;
}

as_error_t as_claims_check_times(const as_claims_policy_t *policy, const as_claims_t *claims,
                                 apr_time_t now, const char **reason)
{
    if (claims->expires && now >= claims->expires + policy->leeway) {
        return refuse(reason, AS_E_EXPIRED_TOKEN, "expired");
    }
    if (claims->not_before && now + policy->leeway < claims->not_before) {
        return refuse(reason, AS_E_INVALID_TOKEN, "not yet valid");
    }
    if (claims->issued && claims->issued > now + FUTURE_MAX) {
        return refuse(reason, AS_E_INVALID_TOKEN, "issued in the future");
    }
    return AS_OK;
}
