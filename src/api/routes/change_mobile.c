/* SPDX-License-Identifier: Apache-2.0 */
/* PATCH /users: a new number */
#include "api/call.h"

#include <apr_strings.h>

#include "api/mobile.h"
#include "api/mobile_change.h"
#include "api/otp.h"
#include "api/recent.h"
#include "store/codes.h"

typedef struct change_t {
    as_call_t *call;
    const char *country_code; /* of a number in national form; NULL: AuthSMSCountry */
    as_recent_t recent;
    as_user_t target; /* the account with its new number */
    as_otp_t otp;
    as_codes_row_t *open; /* the last code; NULL: none */
    int is_name_taken;    /* the new number is the username of another account */
} change_t;

/* ---- the new number ---- */

static as_error_t read_fields(change_t *c)
{
    const as_body_t *body = c->call->body;
    as_error_t error = as_body_get_phone(body, "smsmobile", &c->target.mobile_given);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_phone(body, "countryCode", &c->country_code);
    if (error != AS_OK) {
        return error;
    }
    return c->target.mobile_given ? AS_OK : AS_E_MISSING_MOBILE;
}

static int is_same_number(const change_t *c)
{
    const as_user_t *user = c->recent.user;

    /* A number that was never proven may be proven by a change to itself. */
    return strcmp(c->target.mobile, user->mobile) == 0 &&
           ((user->verified && user->proved_at) || !as_srv_validation(c->call->sc));
}

static as_error_t set_target(change_t *c)
{
    const char *given = c->target.mobile_given;
    as_error_t error;

    c->target = *c->recent.user;
    c->target.mobile_given = given;
    c->target.remote_id = NULL;
    error =
        as_mobile_normalize(c->call, given, c->country_code, &c->target.mobile, &c->target.country);
    if (error == AS_OK && is_same_number(c)) {
        c->call->reply.msg = "This is your number already.";
        return AS_E_ALREADY_VERIFIED;
    }
    return error;
}

static apr_status_t find(as_tx_t *tx, void *baton)
{
    change_t *c = baton;
    as_user_t *other;
    apr_status_t rv = as_recent_clear_count(tx, &c->recent);

    c->is_name_taken = 0;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_find(tx, c->target.id, AS_PURPOSE_MOBILE, &c->open);
    if (rv != APR_SUCCESS || !as_mobile_change_renames(c->recent.user)) {
        return rv;
    }
    rv = as_users_find_by_name(tx, c->target.mobile, c->call->now, &other);
    c->is_name_taken = rv == APR_SUCCESS && strcmp(other->id, c->target.id) != 0;
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

static as_error_t check_target(change_t *c)
{
    as_call_t *call = c->call;
    as_error_t error = set_target(c);

    if (error != AS_OK) {
        return error;
    }
    if (as_db_write(call->db, call->pool, find, c) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return c->is_name_taken ? AS_E_USERNAME_TAKEN : AS_OK;
}

/* ---- the code ---- */

/* How long the last code must be waited for, if it went to the same number (µs); 0: not. */
static apr_interval_time_t find_wait(const change_t *c)
{
    const as_codes_row_t *open = c->open;
    apr_interval_time_t resend = as_srv_code_resend(c->call->sc), age;

    if (!open || strcmp(open->mobile, c->target.mobile) != 0 || open->expires_at <= c->call->now) {
        return 0;
    }
    age = c->call->now - open->created_at;
    return age >= 0 && age < resend ? resend - age : 0;
}

static as_error_t answer_pending(const change_t *c, apr_interval_time_t wait)
{
    apr_int64_t seconds = (wait + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC;

    as_call_succeed(c->call, HTTP_ACCEPTED, "Code sent");
    json_object_object_add(c->call->reply.json, "retry_after", json_object_new_int64(seconds));
    return AS_OK;
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    change_t *c = baton;
    apr_status_t rv = as_otp_reserve(tx, c->call, &c->otp);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, c->target.id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_otp_store(tx, c->call, &c->otp);
}

static as_error_t send_code(change_t *c)
{
    as_call_t *call = c->call;
    as_error_t error = as_otp_create(call, &c->target, AS_PURPOSE_MOBILE, &c->otp);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store, c)) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT: /* the account was deleted meanwhile */
        return AS_E_INVALID_TOKEN;
    case APR_EBUSY:
        return as_call_fail_rate_limited(call, c->otp.retry_after);
    default:
        return as_call_fail_unavailable(call);
    }
    error = as_otp_send(call, &c->otp);
    return error == AS_OK ? answer_pending(c, as_srv_code_resend(call->sc)) : error;
}

/* With validation off */
static as_error_t change_at_once(const change_t *c)
{
    const as_user_t *target = &c->target;
    as_users_mobile_t mobile = {
        .old_mobile = c->recent.user->mobile,
        .mobile = target->mobile,
        .given = target->mobile_given,
        .country = target->country,
    };
    as_mobile_change_t change = {.user = c->recent.user, .mobile = &mobile};
    as_error_t error = as_mobile_change_run(c->call, &change);

    if (error == AS_E_NOTHING_PENDING) {
        return AS_E_INVALID_TOKEN;
    }
    return error == AS_OK ? as_call_succeed(c->call, HTTP_OK, "Your number was changed.") : error;
}

as_error_t as_endpoint_change_mobile(as_call_t *call)
{
    change_t c = {.call = call};
    apr_interval_time_t wait;
    as_error_t error = read_fields(&c);

    if (error != AS_OK) {
        return error;
    }
    error = as_recent_check(call, &c.recent);
    if (error != AS_OK) {
        return error;
    }
    error = check_target(&c);
    if (error != AS_OK) {
        return error;
    }
    if (!as_srv_validation(call->sc)) {
        return change_at_once(&c);
    }
    wait = find_wait(&c);
    return wait ? answer_pending(&c, wait) : send_code(&c);
}
