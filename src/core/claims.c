/* SPDX-License-Identifier: Apache-2.0 */
#include "core/claims.h"

#include <string.h>

#include "core/clock.h"
#include "core/json.h"

#define YEAR_10000 253402300800.0 /* seconds: 10000-01-01T00:00:00Z */
#define AHEAD_MAX apr_time_from_sec(60)

static as_error_t refuse(const char **why, as_error_t error, const char *word)
{
    if (why) {
        *why = word;
    }
    return error;
}

/*
 * A NumericDate, 0 where it is absent. Compared before any conversion, since 1e300 as an integer is
 * undefined. A date that is there is never 0: an exp of 1970 is not "no exp".
 */
static int read_date(json_object *tree, const char *name, apr_time_t *t)
{
    json_object *value;
    double seconds;

    *t = 0;
    if (!json_object_object_get_ex(tree, name, &value)) {
        return 1;
    }
    if (!json_object_is_type(value, json_type_int) &&
        !json_object_is_type(value, json_type_double)) {
        return 0;
    }
    seconds = json_object_get_double(value);
    if (!(seconds >= 0 && seconds < YEAR_10000)) {
        return 0;
    }
    *t = (apr_time_t)(seconds * (double)APR_USEC_PER_SEC);
    if (*t == 0) {
        *t = 1;
    }
    return 1;
}

/* A member that, where it is there, is a text of at least one byte. */
static int read_text(json_object *tree, const char *name, const char **text)
{
    *text = as_json_string(tree, name);
    return *text ? **text != '\0' : !json_object_object_get_ex(tree, name, NULL);
}

static const char *read_dates(as_claims_t *claims)
{
    const char *logged_on;

    if (!read_date(claims->tree, "exp", &claims->expires)) {
        return "exp";
    }
    if (!read_date(claims->tree, "nbf", &claims->not_before)) {
        return "nbf";
    }
    if (!read_date(claims->tree, "iat", &claims->issued)) {
        return "iat";
    }
    if (claims->issued) {
        return NULL;
    }
    if (!read_text(claims->tree, "dateLogOn", &logged_on)) {
        return "dateLogOn";
    }
    if (logged_on) {
        if (as_clock_parse(logged_on, &claims->issued) != APR_SUCCESS) {
            return "dateLogOn";
        }
        if (claims->issued == 0) {
            claims->issued = 1;
        }
    }
    return NULL;
}

static const char *read_subject(as_claims_t *claims)
{
    const char *sub, *id;

    if (!read_text(claims->tree, "sub", &sub)) {
        return "sub";
    }
    if (!read_text(claims->tree, "id", &id)) {
        return "id";
    }
    if (sub && id && strcmp(sub, id)) {
        return "sub is not id";
    }
    claims->id = sub ? sub : id;
    if (!claims->id) {
        return "no sub";
    }
    return read_text(claims->tree, "sid", &claims->sid) ? NULL : "sid";
}

/* RFC 7519 §4.1.3: one text, or an array of nothing but texts. */
static int has_audience(json_object *tree, const char *wanted)
{
    json_object *aud;
    apr_size_t i, n;
    int found = 0;

    if (!json_object_object_get_ex(tree, "aud", &aud)) {
        return 0;
    }
    if (json_object_is_type(aud, json_type_string)) {
        return !strcmp(json_object_get_string(aud), wanted);
    }
    if (!json_object_is_type(aud, json_type_array)) {
        return 0;
    }
    n = json_object_array_length(aud);
    for (i = 0; i < n; i++) {
        json_object *one = json_object_array_get_idx(aud, i);

        if (!json_object_is_type(one, json_type_string)) {
            return 0;
        }
        found |= !strcmp(json_object_get_string(one), wanted);
    }
    return found;
}

static const char *policy_flaw(const as_claims_policy_t *policy, json_object *tree)
{
    int i;

    if (policy->issuer) {
        const char *iss = as_json_string(tree, "iss");

        if (!iss || strcmp(iss, policy->issuer)) {
            return "iss";
        }
    }
    if (policy->audience && !has_audience(tree, policy->audience)) {
        return "aud";
    }
    for (i = 0; policy->required && i < policy->required->nelts; i++) {
        json_object *value = NULL;

        json_object_object_get_ex(tree, APR_ARRAY_IDX(policy->required, i, const char *), &value);
        if (!value) {
            return "a required claim is missing";
        }
    }
    return NULL;
}

as_error_t as_claims_read(apr_pool_t *p, const as_claims_policy_t *policy, json_object *tree,
                          as_claims_t *claims, const char **why)
{
    const char *flaw;

    (void)p;
    memset(claims, 0, sizeof(*claims));
    claims->tree = tree;
    flaw = read_dates(claims);
    if (!flaw) {
        flaw = read_subject(claims);
    }
    if (!flaw) {
        flaw = policy_flaw(policy, tree);
    }
    return flaw ? refuse(why, AS_E_INVALID_TOKEN, flaw) : AS_OK;
}

as_error_t as_claims_clock(const as_claims_policy_t *policy, const as_claims_t *claims,
                           apr_time_t now, const char **why)
{
    if (claims->expires && now >= claims->expires + policy->leeway) {
        return refuse(why, AS_E_EXPIRED_TOKEN, "expired");
    }
    if (claims->not_before && now + policy->leeway < claims->not_before) {
        return refuse(why, AS_E_INVALID_TOKEN, "not yet valid");
    }
    if (claims->issued && claims->issued > now + AHEAD_MAX) {
        return refuse(why, AS_E_INVALID_TOKEN, "issued in the future");
    }
    return AS_OK;
}
