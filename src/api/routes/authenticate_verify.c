/* SPDX-License-Identifier: Apache-2.0 */
/* POST /authenticate/verify: a proof that a challenge asks for. */
#include "api/call.h"

#include "account/code.h"
#include "api/limit.h"
#include "api/login.h"
#include "api/login_challenge.h"
#include "api/password_check.h"
#include "api/second_factor.h"
#include "auth/client.h"
#include "auth/request_event.h"

typedef struct proof_t {
    as_call_t *call;
    const char *id;       /* of the challenge */
    int has_code;         /* a code was sent */
    const char *code;     /* normalized; NULL: it has characters that no code has */
    const char *password; /* NULL: none was sent */
    as_challenge_t *challenge;
    as_user_t *user;           /* NULL: none, or not known yet */
    const char *attempt_key;   /* of the limit verify/user; NULL: no code was checked */
    as_codes_row_t *row;       /* of a code in authsms_codes; NULL: none */
    as_password_check_t check; /* of a password */
    as_login_t login;
    as_login_challenge_t next; /* if this proof is not enough */
    as_error_t error;          /* of a unit that commits all the same */
    apr_interval_time_t retry_after;
} proof_t;

/* For the metrics. */
static void set_method(as_call_t *call, int method)
{
    call->login_method = method;
    call->code_purpose = method == AS_METHOD_SMS ? AS_PURPOSE_LOGIN : (as_purpose_t)0;
}

static as_error_t read_fields(proof_t *proof)
{
    as_call_t *call = proof->call;
    const char *code;
    as_error_t unknown = as_login_challenge_read(call, &proof->id);
    as_error_t error = as_body_get_digits(call->body, "code", &code);

    if (unknown == AS_E_MISSING_CHALLENGE || unknown == AS_E_BAD_REQUEST) {
        return unknown;
    }
    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(call->body, "password", &proof->password);
    if (error != AS_OK) {
        return error;
    }
    if (!code && !proof->password) {
        return AS_E_MISSING_CODE;
    }
    proof->has_code = code != NULL;
    set_method(call, code ? AS_METHOD_SMS : AS_METHOD_PASSWORD);
    if (!code || as_code_normalize(call->pool, code, &proof->code) != APR_SUCCESS) {
        proof->code = NULL;
    }
    return unknown;
}

/* ---- the challenge ---- */

/* The account of a challenge with an own code is not read before the code is right: the work is the
 * same without an account. */
static apr_status_t find(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;
    apr_status_t rv = as_challenges_find(tx, proof->id, &proof->challenge);

    if (rv != APR_SUCCESS || proof->challenge->digest) {
        return rv;
    }
    return as_users_find_by_id(tx, proof->challenge->user_id, &proof->user);
}

static as_error_t find_challenge(proof_t *proof)
{
    as_call_t *call = proof->call;
    apr_status_t rv = as_db_read(call->db, call->pool, find, proof);

    if (rv == APR_ENOENT) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    /* Logins by SMS were switched off meanwhile. */
    if (proof->challenge->digest && !(as_srv_login_methods(call->sc) & AS_LOGIN_SMS)) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    /* Its first proof is void: the password was changed, or all sessions were ended. */
    if (proof->user && proof->user->valid_from > proof->challenge->created_at) {
        return AS_E_UNKNOWN_CHALLENGE;
    }
    return proof->challenge->expires_at <= call->now ? AS_E_CODE_EXPIRED : AS_OK;
}

/* Count a guess under verify/user; the rest of the unit is skipped if the limit is exceeded. */
static apr_status_t count_guess(as_tx_t *tx, proof_t *proof)
{
    apr_status_t rv = as_limit_count_use(tx, proof->call, AS_LIMIT_VERIFY_USER, proof->attempt_key,
                                         &proof->retry_after);

    proof->error = rv == APR_SUCCESS && proof->retry_after ? AS_E_RATE_LIMITED : AS_OK;
    return rv;
}

static as_error_t run_count(proof_t *proof, as_db_work_fn *count)
{
    as_call_t *call = proof->call;

    if (as_db_write(call->db, call->pool, count, proof) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return proof->error == AS_E_RATE_LIMITED ? as_call_fail_rate_limited(call, proof->retry_after)
                                             : proof->error;
}

/* ---- a code of the challenge itself: the first proof ---- */

static apr_status_t count_own_attempt(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;
    const as_call_t *call = proof->call;
    int counted;
    apr_status_t rv = count_guess(tx, proof);

    if (rv != APR_SUCCESS || proof->error != AS_OK) {
        return rv;
    }
    rv = as_challenges_count_attempt(tx, proof->challenge, as_srv_code_attempts(call->sc),
                                     call->now, &counted);
    if (rv == APR_SUCCESS && !counted) {
        proof->error = AS_E_TOO_MANY_ATTEMPTS;
    }
    return rv;
}

static apr_status_t find_user(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;

    return as_users_find_by_id(tx, proof->challenge->user_id, &proof->user);
}

/* After the right code. An account that cannot log in now behaves as a wrong code. */
static as_error_t find_texted_account(proof_t *proof)
{
    as_call_t *call = proof->call;
    apr_status_t rv;

    if (!proof->challenge->user_id) {
        return AS_E_INVALID_CODE;
    }
    rv = as_db_read(call->db, call->pool, find_user, proof);
    if (rv == APR_ENOENT) {
        return AS_E_INVALID_CODE;
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return proof->user->locked || !proof->user->verified ||
                   strcmp(proof->user->mobile, proof->challenge->mobile) != 0
               ? AS_E_INVALID_CODE
               : AS_OK;
}

static as_error_t check_own_code(proof_t *proof)
{
    as_call_t *call = proof->call;
    const as_challenge_t *challenge = proof->challenge;
    as_error_t error;

    if (!proof->has_code) {
        return AS_E_MISSING_CODE;
    }
    if (!proof->code) {
        return AS_E_INVALID_CODE;
    }
    proof->attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_LOGIN, challenge->subject);
    error = run_count(proof, count_own_attempt);
    if (error != AS_OK) {
        return error;
    }
    if (!as_code_matches(call->pool, as_srv_secrets(call->sc), challenge->code_id, proof->code,
                         challenge->digest)) {
        return AS_E_INVALID_CODE;
    }
    return find_texted_account(proof);
}

/* ---- a further proof ---- */

static as_error_t error_of_attempt(as_codes_attempt_t outcome)
{
    switch (outcome) {
    case AS_ATTEMPT_COUNTED:
        return AS_OK;
    case AS_ATTEMPT_EXHAUSTED:
        return AS_E_TOO_MANY_ATTEMPTS;
    default:
        return AS_E_CODE_EXPIRED;
    }
}

static apr_status_t count_attempt(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;
    const as_call_t *call = proof->call;
    as_codes_attempt_t outcome;
    apr_status_t rv = count_guess(tx, proof);

    if (rv != APR_SUCCESS || proof->error != AS_OK) {
        return rv;
    }
    rv = as_codes_count_attempt(tx, proof->user->id, AS_PURPOSE_LOGIN,
                                as_srv_code_attempts(call->sc), call->now, &outcome, &proof->row);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    proof->error = error_of_attempt(outcome);
    if (proof->error != AS_E_CODE_EXPIRED) {
        return APR_SUCCESS;
    }
    /* Another request may have met the challenge while this one waited. */
    rv = as_challenges_find(tx, proof->id, &proof->challenge);
    if (rv != APR_ENOENT) {
        return rv;
    }
    proof->error = AS_E_UNKNOWN_CHALLENGE;
    return APR_SUCCESS;
}

static as_error_t check_code(proof_t *proof)
{
    as_call_t *call = proof->call;
    as_error_t error;

    if (!proof->code) {
        return AS_E_INVALID_CODE;
    }
    proof->attempt_key = as_otp_make_attempt_key(call->pool, AS_PURPOSE_LOGIN, proof->user->id);
    error = run_count(proof, count_attempt);
    if (error != AS_OK) {
        return error;
    }
    error = as_otp_verify(call, proof->user, proof->row, proof->code);
    if (error != AS_OK) {
        return error;
    }
    /* The code went to a number that the account has no more. */
    return strcmp(proof->row->mobile, proof->user->mobile) == 0 ? AS_OK : AS_E_INVALID_CODE;
}

static as_error_t check_password(proof_t *proof)
{
    as_error_t error =
        as_password_check_run(proof->call, proof->user->username, proof->password, &proof->check);

    if (error == AS_E_BAD_CREDENTIALS) {
        return AS_E_INVALID_CODE;
    }
    if (error != AS_OK) {
        return error;
    }
    return strcmp(proof->check.user->id, proof->user->id) == 0 ? AS_OK : AS_E_UNKNOWN_CHALLENGE;
}

static as_error_t check_further_proof(proof_t *proof)
{
    as_call_t *call = proof->call;
    int methods = as_second_factor_find_methods(call->sc, proof->user, proof->challenge->amr);
    int is_password = proof->password && (methods & AS_METHOD_PASSWORD);
    as_error_t error;

    call->log_account = proof->user->id;
    if (!is_password && !proof->has_code) {
        return AS_E_MISSING_CODE;
    }
    if (!is_password && !(methods & AS_METHOD_SMS)) {
        return AS_E_INVALID_CODE;
    }
    set_method(call, is_password ? AS_METHOD_PASSWORD : AS_METHOD_SMS);
    error = is_password ? check_password(proof) : check_code(proof);
    return error == AS_OK ? as_login_check_state(call, proof->user) : error;
}

/* ---- using the proof ---- */

/* Limits of the account: in every unit they come first. */
static apr_status_t clear_counts(as_tx_t *tx, const proof_t *proof)
{
    return proof->attempt_key
               ? as_limit_clear_count(tx, proof->call, AS_LIMIT_VERIFY_USER, proof->attempt_key)
               : as_password_check_clear_count(tx, &proof->check);
}

/* Of two requests with the right proof at once, the second one finds no code or no challenge:
 * APR_ENOENT rolls it back. */
static apr_status_t consume(as_tx_t *tx, const proof_t *proof)
{
    apr_status_t rv = proof->row ? as_codes_consume(tx, proof->row->id) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_challenges_consume(tx, proof->challenge);
}

static apr_status_t store_login(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;
    apr_status_t rv = clear_counts(tx, proof);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_login_store(tx, proof->call, &proof->login);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = consume(tx, proof);
    if (rv != APR_SUCCESS || !proof->attempt_key) {
        return rv;
    }
    return as_message_cancel(tx, proof->call, proof->user->id, AS_TEXT_LOGIN);
}

static as_error_t log_in(proof_t *proof, const char *amr)
{
    as_call_t *call = proof->call;
    as_login_name_t name;
    as_error_t error = as_login_name_parse(call, proof->user->username, &name);

    proof->login =
        (as_login_t){.user = proof->user, .amr = amr, .renewed_hash = proof->check.renewed_hash};
    if (error != AS_OK ||
        as_login_hash_address(call, name.number, &proof->login.address_digest) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    error = as_login_create(call, &proof->login);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_login, proof)) {
    case APR_SUCCESS:
        return as_login_reply(call, &proof->login);
    case APR_ENOENT: /* another request has met the challenge, or the account was deleted */
        return AS_E_UNKNOWN_CHALLENGE;
    default:
        return as_call_fail_unavailable(call);
    }
}

static apr_status_t store_next(as_tx_t *tx, void *baton)
{
    proof_t *proof = baton;
    const as_call_t *call = proof->call;
    apr_status_t rv = clear_counts(tx, proof);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_login_challenge_reserve(tx, call, &proof->next);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_prevent_deletion(tx, proof->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = consume(tx, proof);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_login_challenge_store(tx, call, &proof->next);
}

/* Always a new challenge: others may have asked for the first one, which shows no proof of theirs.
 */
static as_error_t ask_for_more(proof_t *proof, const char *amr)
{
    as_call_t *call = proof->call;
    as_error_t error = as_login_challenge_create(call, proof->user, amr, &proof->next);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store_next, proof)) {
    case APR_SUCCESS:
    case APR_EBUSY:
        return as_login_challenge_finish(call, &proof->next);
    case APR_ENOENT:
        return AS_E_UNKNOWN_CHALLENGE;
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- the endpoint ---- */

/* A login with a second factor has this event beside its own. */
static void raise_factor_use(as_call_t *call, const proof_t *proof)
{
    as_request_event_raise(call->r, (as_event_t){.kind = AS_EVENT_FACTOR_USE,
                                                 .account = proof->user->id,
                                                 .route = call->route,
                                                 .session = call->event.session});
}

as_error_t as_endpoint_authenticate_verify(as_call_t *call)
{
    proof_t proof = {.call = call};
    const char *amr;
    as_error_t error = read_fields(&proof);

    if (error != AS_OK) {
        return error;
    }
    error = find_challenge(&proof);
    if (error != AS_OK) {
        return error;
    }
    error = proof.challenge->digest ? check_own_code(&proof) : check_further_proof(&proof);
    if (error != AS_OK) {
        return error;
    }
    call->log_account = proof.user->id;
    amr = as_second_factor_add_proof(call->pool, proof.challenge->amr,
                                     proof.attempt_key ? AS_PROOF_SMS : AS_PROOF_PASSWORD);
    if (as_second_factor_is_missing(call->sc, proof.user, amr)) {
        return ask_for_more(&proof, amr);
    }
    error = log_in(&proof, amr);
    if (error == AS_OK && !proof.challenge->digest) {
        raise_factor_use(call, &proof);
    }
    return error;
}
