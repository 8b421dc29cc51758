/* SPDX-License-Identifier: Apache-2.0 */
#include "api/recent.h"

#include <apr_strings.h>

#include "api/second_factor.h"

/* How old a login may be, and how far a clock of another server may be ahead (as for iat). */
#define RECENT_MAX apr_time_from_sec(5 * 60)
#define AHEAD_MAX apr_time_from_sec(60)

/* When was the person of the token authenticated last (claim auth_time)? */
static int is_login_recent(const as_call_t *call, const as_json_view_t *claims)
{
    const as_json_view_value_t *value = as_json_view_find(claims, "auth_time");
    double now = (double)call->now / APR_USEC_PER_SEC, seconds;

    if (!value || !as_json_view_get_number(value, &seconds)) {
        return 0;
    }
    return seconds >= now - (double)apr_time_sec(RECENT_MAX) &&
           seconds <= now + (double)apr_time_sec(AHEAD_MAX);
}

/* Does the claim amr (RFC 8176) have mfa? */
static int has_two_factors(const as_json_view_t *claims)
{
    const as_json_view_value_t *amr = as_json_view_find(claims, "amr");
    as_json_view_value_t word;
    as_span_t left;

    if (!amr || amr->kind != AS_JSON_VIEW_ARRAY) {
        return 0;
    }
    left = amr->text;
    while (as_json_view_next_element(&left, &word)) {
        if (word.kind == AS_JSON_VIEW_STRING && word.text.len == strlen(AS_PROOF_MULTIPLE) &&
            memcmp(word.text.data, AS_PROOF_MULTIPLE, word.text.len) == 0) {
            return 1;
        }
    }
    return 0;
}

/* A password alone does not confirm an account that has a second factor. */
static as_error_t check_login(const as_call_t *call, const as_recent_t *recent)
{
    as_json_view_t claims = as_token_read_claims(call->pool, &call->verdict->token);

    if (as_second_factor_is_needed(call->sc, recent->user)) {
        return is_login_recent(call, &claims) && has_two_factors(&claims)
                   ? AS_OK
                   : AS_E_CONFIRMATION_REQUIRED;
    }
    return recent->password || is_login_recent(call, &claims) ? AS_OK : AS_E_CONFIRMATION_REQUIRED;
}

static as_error_t check_password(as_call_t *call, as_recent_t *recent)
{
    as_error_t error =
        as_password_check_run(call, recent->user->username, recent->password, &recent->check);

    if (error == AS_E_BAD_CREDENTIALS) {
        return AS_E_WRONG_PASSWORD;
    }
    if (error != AS_OK) {
        return error;
    }
    /* The account was deleted meanwhile, and another one has its name. */
    return strcmp(recent->check.user->id, recent->user->id) == 0 ? AS_OK : AS_E_INVALID_TOKEN;
}

as_error_t as_recent_check(as_call_t *call, as_recent_t *recent)
{
    as_error_t error;

    *recent = (as_recent_t){.user = call->verdict->account->row};
    call->log_account = recent->user->id;
    error = as_body_get_text(call->body, "password", &recent->password);
    if (error != AS_OK) {
        return error;
    }
    error = recent->password ? check_password(call, recent) : AS_OK;
    return error == AS_OK ? check_login(call, recent) : error;
}

apr_status_t as_recent_clear_count(as_tx_t *tx, const as_recent_t *recent)
{
    return recent->password ? as_password_check_clear_count(tx, &recent->check) : APR_SUCCESS;
}
