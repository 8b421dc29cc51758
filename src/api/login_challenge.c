/* SPDX-License-Identifier: Apache-2.0 */
#include "api/login_challenge.h"

#include <apr_strings.h>

#include "api/second_factor.h"
#include "base/mac.h"
#include "base/signed_id.h"
#include "base/uuid.h"

#define PURPOSE "challenge"

/* ---- the string ---- */

as_error_t as_login_challenge_read(const as_call_t *call, const char **id)
{
    const char *text;
    as_error_t error = as_body_get_text(call->body, "challenge", &text);

    if (error != AS_OK) {
        return error;
    }
    if (!text) {
        return AS_E_MISSING_CHALLENGE;
    }
    return as_signed_id_parse(call->pool, as_srv_secrets(call->sc), PURPOSE, text, id) ==
                   APR_SUCCESS
               ? AS_OK
               : AS_E_UNKNOWN_CHALLENGE;
}

apr_status_t as_login_challenge_make_subject(const as_call_t *call, const char *kind,
                                             const char *who, const char **subject)
{
    const char *text = apr_pstrcat(call->pool, PURPOSE " ", kind, " ", who, NULL);

    return as_mac_sha256_base64url(call->pool, as_call_get_secret(call), text, subject);
}

as_error_t as_login_challenge_reply(as_call_t *call, const char *id, int methods,
                                    apr_interval_time_t retry_after)
{
    const char *text;

    if (as_signed_id_create(call->pool, as_call_get_secret(call), PURPOSE, id, &text) !=
        APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_ACCEPTED,
                    methods == AS_METHOD_SMS ? "Code sent" : "Another proof is needed.");
    json_object_object_add(call->reply.json, "challenge", json_object_new_string(text));
    json_object_object_add(call->reply.json, "methods", as_second_factor_list_methods(methods));
    json_object_object_add(call->reply.json, "retry_after",
                           json_object_new_int64(as_call_count_seconds(retry_after)));
    return AS_OK;
}

/* ---- after a first proof ---- */

as_error_t as_login_challenge_create(as_call_t *call, const as_user_t *user, const char *amr,
                                     as_login_challenge_t *challenge)
{
    int methods = as_second_factor_find_methods(call->sc, user, amr);
    as_challenge_t *row = &challenge->row;

    *challenge = (as_login_challenge_t){
        .user = user, .methods = methods, .is_texting = methods == AS_METHOD_SMS};
    if (!methods) {
        return AS_E_SECOND_FACTOR_REQUIRED;
    }
    *row = (as_challenge_t){
        .user_id = user->id,
        .site = call->sc->site,
        .amr = amr,
        .mobile = "",
        .created_at = call->now,
        .sent_at = challenge->is_texting ? call->now : 0,
        .expires_at = call->now + as_srv_code_ttl(call->sc),
    };
    if (as_uuid_generate(call->pool, &row->id) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (!challenge->is_texting) {
        return AS_OK;
    }
    /* A client with the same proofs may get the same challenge again. */
    if (as_login_challenge_make_subject(call, amr, user->id, &row->subject) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return as_otp_create(call, user, AS_PURPOSE_LOGIN, &challenge->otp);
}

apr_status_t as_login_challenge_reserve(as_tx_t *tx, const as_call_t *call,
                                        as_login_challenge_t *challenge)
{
    apr_status_t rv;

    challenge->is_waiting = 0;
    if (!challenge->is_texting) {
        return APR_SUCCESS;
    }
    rv = as_otp_reserve(tx, call, &challenge->otp);
    challenge->retry_after = challenge->otp.retry_after;
    return rv;
}

apr_status_t as_login_challenge_store(as_tx_t *tx, const as_call_t *call,
                                      as_login_challenge_t *challenge)
{
    as_challenge_t *open, *row = &challenge->row;
    apr_status_t rv;

    if (!challenge->is_texting) {
        return as_challenges_insert(tx, row);
    }
    rv = as_challenges_replace(tx, row, 0);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_challenges_find_by_subject(tx, row->subject, &open);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    row->id = open->id;
    rv = as_otp_store(tx, call, &challenge->otp);
    challenge->is_waiting = rv == APR_EBUSY;
    challenge->retry_after = challenge->otp.retry_after;
    return rv;
}

typedef struct search_t {
    const char *subject;
    as_challenge_t *found;
} search_t;

static apr_status_t find_open(as_tx_t *tx, void *baton)
{
    search_t *search = baton;

    return as_challenges_find_by_subject(tx, search->subject, &search->found);
}

/* Within the resend wait nothing is sent again: the open challenge is repeated. */
static as_error_t repeat(as_call_t *call, const as_login_challenge_t *challenge)
{
    search_t search = {challenge->row.subject, NULL};
    apr_status_t rv = as_db_read(call->db, call->pool, find_open, &search);

    if (rv == APR_ENOENT) {
        return as_call_fail_rate_limited(call, challenge->retry_after);
    }
    if (rv != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return as_login_challenge_reply(call, search.found->id, challenge->methods,
                                    challenge->retry_after);
}

as_error_t as_login_challenge_finish(as_call_t *call, as_login_challenge_t *challenge)
{
    as_error_t error;

    if (challenge->is_waiting) {
        return repeat(call, challenge);
    }
    if (challenge->retry_after) {
        return as_call_fail_rate_limited(call, challenge->retry_after);
    }
    if (!challenge->is_texting) {
        return as_login_challenge_reply(call, challenge->row.id, challenge->methods, 0);
    }
    error = as_otp_send(call, &challenge->otp);
    if (error != AS_OK) {
        return error;
    }
    return as_login_challenge_reply(call, challenge->row.id, challenge->methods,
                                    as_srv_code_resend(call->sc));
}
