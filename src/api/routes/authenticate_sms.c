/* SPDX-License-Identifier: Apache-2.0 */
/*
 * POST /authenticate/sms: a code for a login, as its first proof (username) or as a further one
 * (challenge). A first request does the same work whether or not an account can be texted: its code
 * and its text are in the challenge, and are sent in the background if there is an account.
 */
#include "api/call.h"

#include "account/code.h"
#include "account/phone.h"
#include "api/limit.h"
#include "api/login_challenge.h"
#include "api/login_name.h"
#include "api/second_factor.h"
#include "auth/client.h"
#include "base/seal.h"
#include "base/uuid.h"

/* No account has this id. */
static const char NO_ID[] = "00000000-0000-0000-0000-000000000000";

typedef struct request_t {
    as_call_t *call;
    const char *id;            /* of the challenge that was sent; NULL: a username was sent */
    as_login_name_t name;      /* of a username */
    as_challenge_t *challenge; /* that was sent */
    as_user_t texted;          /* for a first proof: id NULL if nobody can be texted */
    as_user_t *user;           /* for a first proof: &texted, or NULL */
    /* Of a first proof */
    as_challenge_t row;
    const char *text; /* encrypted */
    int is_test_number;
    /* Of a further proof */
    as_otp_t otp;
    int is_waiting;                  /* the resend wait has not passed */
    apr_interval_time_t retry_after; /* with APR_EBUSY */
} request_t;

/* ---- the account ---- */

/* By a challenge. One without an own code needs the whole account. */
static apr_status_t find_by_challenge(as_tx_t *tx, request_t *request)
{
    apr_status_t rv = as_challenges_find(tx, request->id, &request->challenge);
    const char *user_id;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    user_id = request->challenge->user_id ? request->challenge->user_id : NO_ID;
    return request->challenge->digest ? as_users_find_for_code_by_id(tx, user_id, &request->texted)
                                      : as_users_find_by_id(tx, user_id, &request->user);
}

static apr_status_t find(as_tx_t *tx, void *baton)
{
    request_t *request = baton;
    const as_login_name_t *name = &request->name;

    return request->id ? find_by_challenge(tx, request)
                       : as_users_find_for_code(tx, name->key, name->number, request->call->now,
                                                &request->texted);
}

static as_error_t find_account(request_t *request)
{
    as_call_t *call = request->call;
    apr_status_t rv = as_db_read(call->db, call->pool, find, request);

    if (rv == APR_ENOENT) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (!request->challenge) {
        return AS_OK;
    }
    /* Logins by SMS were switched off meanwhile. */
    if (request->challenge->digest && !(as_srv_login_methods(call->sc) & AS_LOGIN_SMS)) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    return request->challenge->expires_at <= call->now ? AS_E_CODE_EXPIRED : AS_OK;
}

/* ---- a code as the first proof ---- */

static as_error_t make_text(request_t *request)
{
    as_call_t *call = request->call;
    as_challenge_t *row = &request->row;
    as_span_t secret = as_call_get_secret(call);
    const char *code, *fixed = NULL, *text;

    if (as_uuid_generate(call->pool, &row->id) != APR_SUCCESS ||
        as_uuid_generate(call->pool, &row->code_id) != APR_SUCCESS ||
        as_code_generate(call->pool, as_srv_code_length(call->sc), &code) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (request->user) {
        fixed = as_message_find_fixed_code(call, request->user, &request->is_test_number);
    }
    code = fixed ? fixed : code;
    text = as_text_template_render(call->pool, call->r->server, AS_TEXT_LOGIN, code);
    if (as_code_digest(call->pool, secret, row->code_id, code, &row->digest) != APR_SUCCESS ||
        as_seal_encrypt(call->pool, secret, row->code_id, text, &request->text) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return AS_OK;
}

static as_error_t make_challenge(request_t *request)
{
    as_call_t *call = request->call;
    const as_login_name_t *name = &request->name;
    const as_user_t *user = request->user;
    as_challenge_t *row = &request->row;
    const char *who = user ? user->id : *name->number ? name->number : "";

    *row = (as_challenge_t){
        .user_id = user ? user->id : NULL,
        .site = call->sc->site,
        .amr = "",
        .created_at = call->now,
        .sent_at = call->now,
        .expires_at = call->now + as_srv_code_ttl(call->sc),
    };
    if (request->challenge) {
        row->subject = request->challenge->subject;
    } else if (as_login_challenge_make_subject(call, "sms", who, &row->subject) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return make_text(request);
}

/* APR_EBUSY: the limit is exceeded. */
static apr_status_t count_shared_limit(as_tx_t *tx, request_t *request, as_limit_t limit,
                                       const char *key)
{
    apr_status_t rv = as_limit_count_use(tx, request->call, limit, key, &request->retry_after);

    return rv == APR_SUCCESS && request->retry_after ? APR_EBUSY : rv;
}

/* sms/number suppresses the text silently, and counts for unknown names too: the response is the
 * same for all. Codes to a test number go nowhere. */
static apr_status_t count_number(as_tx_t *tx, request_t *request)
{
    as_challenge_t *row = &request->row;
    const as_user_t *user = request->user;
    int is_texted = user && !request->is_test_number;
    apr_interval_time_t wait;
    apr_status_t rv = as_limit_count_use(tx, request->call, AS_LIMIT_SMS_NUMBER,
                                         is_texted ? user->mobile : row->subject, &wait);
    int is_silent = is_texted && wait;

    row->mobile = user && !is_silent ? user->mobile : "";
    row->text = request->is_test_number ? NULL : request->text;
    return rv;
}

static apr_status_t lock_user(as_tx_t *tx, request_t *request)
{
    as_challenge_t *row = &request->row;
    apr_status_t rv = as_users_prevent_deletion(tx, row->user_id ? row->user_id : NO_ID);

    if (rv != APR_ENOENT) {
        return rv;
    }
    row->user_id = NULL;
    row->mobile = "";
    return APR_SUCCESS;
}

static apr_status_t replace_challenge(as_tx_t *tx, request_t *request)
{
    const as_call_t *call = request->call;
    as_challenge_t *row = &request->row, *stored;
    apr_status_t rv = as_challenges_replace(tx, row, as_srv_code_resend(call->sc));

    if (rv == APR_EEXIST) {
        request->is_waiting = 1;
        return APR_EBUSY;
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_challenges_find_by_subject(tx, row->subject, &stored);
    if (rv == APR_SUCCESS) {
        row->id = stored->id;
    }
    return rv;
}

static apr_status_t store_challenge(as_tx_t *tx, void *baton)
{
    request_t *request = baton;
    const as_call_t *call = request->call;
    apr_status_t rv;

    request->is_waiting = 0;
    request->retry_after = 0;
    rv = count_number(tx, request);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = lock_user(tx, request);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = replace_challenge(tx, request);
    if (rv != APR_SUCCESS || request->is_test_number) {
        return rv;
    }
    rv = count_shared_limit(tx, request, AS_LIMIT_SMS_IP, as_client_get_network(call->r));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return count_shared_limit(tx, request, AS_LIMIT_SMS_TOTAL, AS_LIMIT_KEY_GLOBAL);
}

static apr_status_t find_open(as_tx_t *tx, void *baton)
{
    request_t *request = baton;

    return as_challenges_find_by_subject(tx, request->row.subject, &request->challenge);
}

/* Within the resend wait nothing is sent again: the open challenge is repeated. */
static as_error_t repeat_challenge(request_t *request)
{
    as_call_t *call = request->call;
    apr_interval_time_t resend = as_srv_code_resend(call->sc), left;

    if (as_db_read(call->db, call->pool, find_open, request) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    left = request->challenge->sent_at + resend - call->now;
    left = left < 1 ? 1 : left > resend ? resend : left;
    return as_login_challenge_reply(call, request->challenge->id, AS_METHOD_SMS, left);
}

static as_error_t ask_for_first_proof(request_t *request)
{
    as_call_t *call = request->call;
    as_error_t error;

    if (request->texted.id &&
        as_phone_is_allowed(as_srv_countries(call->sc), request->texted.mobile)) {
        request->user = &request->texted;
    }
    error = make_challenge(request);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_challenge, request)) {
    case APR_SUCCESS:
        return as_login_challenge_reply(call, request->row.id, AS_METHOD_SMS,
                                        as_srv_code_resend(call->sc));
    case APR_EBUSY:
        return request->is_waiting ? repeat_challenge(request)
                                   : as_call_fail_rate_limited(call, request->retry_after);
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- a code as a further proof ---- */

static apr_status_t store_code(as_tx_t *tx, void *baton)
{
    request_t *request = baton;
    const as_call_t *call = request->call;
    apr_status_t rv;

    request->is_waiting = 0;
    rv = as_otp_reserve(tx, call, &request->otp);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, request->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_challenges_extend(tx, request->id, call->now, call->now + as_srv_code_ttl(call->sc));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_otp_store(tx, call, &request->otp);
    request->is_waiting = rv == APR_EBUSY;
    return rv;
}

static as_error_t send_code(request_t *request)
{
    as_call_t *call = request->call;
    as_error_t error = as_otp_create(call, request->user, AS_PURPOSE_LOGIN, &request->otp);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_code, request)) {
    case APR_SUCCESS:
        return as_otp_send(call, &request->otp);
    case APR_EBUSY:
        return request->is_waiting ? AS_OK
                                   : as_call_fail_rate_limited(call, request->otp.retry_after);
    case APR_ENOENT: /* it was met, or the account was deleted */
        return AS_E_UNKNOWN_CHALLENGE;
    default:
        return as_call_fail_unavailable(call);
    }
}

static as_error_t ask_for_further_proof(request_t *request)
{
    as_call_t *call = request->call;
    as_error_t error;

    if (!request->user || request->user->valid_from > request->challenge->created_at) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    call->log_account = request->user->id;
    if (!(as_second_factor_find_methods(call->sc, request->user, request->challenge->amr) &
          AS_METHOD_SMS)) {
        return AS_E_NOT_ENROLLED;
    }
    error = send_code(request);
    if (error != AS_OK) {
        return error;
    }
    return as_login_challenge_reply(call, request->id, AS_METHOD_SMS,
                                    request->is_waiting ? request->otp.retry_after
                                                        : as_srv_code_resend(call->sc));
}

/* ---- the endpoint ---- */

/* A challenge, else a username, which only AuthSMSLogin sms accepts. */
static as_error_t read_fields(request_t *request)
{
    as_call_t *call = request->call;
    int has_sms = as_srv_login_methods(call->sc) & AS_LOGIN_SMS;
    const char *username;
    as_error_t error = as_login_challenge_read(call, &request->id);

    if (error != AS_E_MISSING_CHALLENGE) {
        return error;
    }
    request->id = NULL;
    error = as_body_get_text(call->body, "username", &username);
    if (error != AS_OK) {
        return error;
    }
    if (!username) {
        return has_sms ? AS_E_MISSING_USERNAME : AS_E_MISSING_CHALLENGE;
    }
    return has_sms ? as_login_name_parse(call, username, &request->name) : AS_E_NOT_FOUND;
}

as_error_t as_endpoint_authenticate_sms(as_call_t *call)
{
    request_t request = {.call = call};
    as_error_t error = read_fields(&request);

    if (error != AS_OK) {
        return error;
    }
    error = find_account(&request);
    if (error != AS_OK) {
        return error;
    }
    if (request.challenge && !request.challenge->digest) {
        return ask_for_further_proof(&request);
    }
    return ask_for_first_proof(&request);
}
