/* SPDX-License-Identifier: Apache-2.0 */
#include "api/recent.h"

#include <apr_strings.h>

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

static as_error_t check_login(const as_call_t *call)
{
    as_json_view_t claims = as_token_read_claims(call->pool, &call->verdict->token);

    return is_login_recent(call, &claims) ? AS_OK : AS_E_CONFIRMATION_REQUIRED;
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
    return recent->password ? check_password(call, recent) : check_login(call);
}

apr_status_t as_recent_clear_count(as_tx_t *tx, const as_recent_t *recent)
{
    return recent->password ? as_password_check_clear_count(tx, &recent->check) : APR_SUCCESS;
}
