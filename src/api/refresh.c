/* SPDX-License-Identifier: Apache-2.0 */
#include "api/refresh.h"

#include <http_log.h>

#include <string.h>

#include "account/refresh_token.h"
#include "api/limit.h"
#include "api/second_factor.h"
#include "auth/cookie.h"
#include "base/log.h"
#include "server/account_epochs.h"
#include "store/users.h"

APLOG_USE_MODULE(authsms);

/* A client that received no response repeats its request within this time. */
#define GRACE apr_time_from_sec(10)

typedef enum outcome_t {
    EXCHANGED,
    REPEATED, /* within the grace: the same successor once more */
    REUSED,   /* spent: the session must end */
    REJECTED  /* no such session, it has expired, or its account may not log in */
} outcome_t;

typedef struct exchange_t {
    as_call_t *call;
    as_refresh_token_t token;
    as_refresh_token_t successor;
    as_session_t *session; /* NULL: no such session */
    outcome_t outcome;
    int is_reused; /* the exchange was refused as REUSED */
    apr_interval_time_t retry_after;
} exchange_t;

as_error_t as_refresh_find_credential(const as_call_t *call, as_refresh_credential_t *credential)
{
    as_error_t error = as_body_get_text(call->body, "refresh_token", &credential->text);

    credential->is_cookie = credential->is_ambiguous = 0;
    if (error != AS_OK || credential->text) {
        return error;
    }
    credential->is_ambiguous =
        as_cookie_find_refresh(call->r, call->sc, &credential->text) != AS_OK;
    credential->is_cookie = credential->is_ambiguous || credential->text;
    return AS_OK;
}

/* ---- spent tokens ---- */

/* The clocks of two servers differ. */
static int is_within_grace(apr_time_t refreshed_at, apr_time_t now)
{
    return refreshed_at >= now - GRACE && refreshed_at <= now + GRACE;
}

/* Derive the session's current token from the presented one, with the secret that was the first
 * then. False: it is not the successor. */
static int derive_current(exchange_t *exchange)
{
    const as_call_t *call = exchange->call;
    const apr_array_header_t *secrets = call->sc->secrets;

    for (int i = 0; i < secrets->nelts; i++) {
        if (as_refresh_token_derive(call->pool, APR_ARRAY_IDX(secrets, i, as_span_t),
                                    &exchange->token, &exchange->successor) == APR_SUCCESS &&
            strcmp(exchange->successor.hash, exchange->session->refresh) == 0) {
            return 1;
        }
    }
    return 0;
}

static outcome_t judge_session(exchange_t *exchange)
{
    const as_session_t *session = exchange->session;
    const as_call_t *call = exchange->call;
    const char *hash = exchange->token.hash;

    if ((session->expires_at && session->expires_at <= call->now) || !session->refresh ||
        strcmp(hash, session->refresh) == 0) {
        return REJECTED;
    }
    if (!session->refresh_spent || strcmp(hash, session->refresh_spent) != 0 ||
        !is_within_grace(session->refreshed_at, call->now)) {
        return REUSED;
    }
    return derive_current(exchange) ? REPEATED : REJECTED;
}

/* Sessions of one kind of proof, from before two became required. An account that opts in to a
 * second factor keeps its sessions. */
static int lacks_factor(const exchange_t *exchange)
{
    return as_srv_second_factor(exchange->call->sc) == AS_SECOND_FACTOR_REQUIRED &&
           !as_second_factor_has_proof(exchange->session->amr, AS_PROOF_MULTIPLE);
}

/* The token was not exchanged: find out why. */
static apr_status_t find_outcome(as_tx_t *tx, exchange_t *exchange)
{
    const as_call_t *call = exchange->call;
    as_user_t *user;
    apr_status_t rv;

    exchange->outcome = REJECTED;
    exchange->session = NULL;
    rv = as_sessions_find(tx, exchange->token.sid, &exchange->session);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    exchange->outcome = judge_session(exchange);
    if (exchange->outcome == REPEATED && lacks_factor(exchange)) {
        exchange->outcome = REJECTED;
    }
    if (exchange->outcome != REPEATED) {
        return APR_SUCCESS;
    }
    rv = as_users_find_by_id(tx, exchange->session->user_id, &user);
    if (rv == APR_SUCCESS &&
        (user->locked || (!user->verified && as_srv_require_verified(call->sc)))) {
        exchange->outcome = REJECTED;
    }
    return rv;
}

/* ---- the exchange ---- */

static apr_status_t count_use(as_tx_t *tx, exchange_t *exchange)
{
    return as_limit_count_use(tx, exchange->call, AS_LIMIT_REFRESH_SESSION, exchange->token.sid,
                              &exchange->retry_after);
}

static apr_status_t rotate(as_tx_t *tx, exchange_t *exchange)
{
    const as_call_t *call = exchange->call;
    as_sessions_rotation_t rotation = {
        .sid = exchange->token.sid,
        .spent = exchange->token.hash,
        .successor = exchange->successor.hash,
        .now = call->now,
        .lifetime = as_srv_refresh_ttl(call->sc),
        .require_verified = as_srv_require_verified(call->sc),
    };

    exchange->outcome = EXCHANGED;
    as_session_token_find_bounds(call, &rotation.earliest_end, &rotation.latest_end);
    return as_sessions_rotate(tx, &rotation, &exchange->session);
}

/* APR_ENOENT for each refusal: as_db_write_confirmed confirms it. */
static apr_status_t exchange_token(as_tx_t *tx, void *baton)
{
    exchange_t *exchange = baton;
    apr_status_t rv = count_use(tx, exchange);

    if (rv != APR_SUCCESS || exchange->retry_after) {
        return rv;
    }
    rv = rotate(tx, exchange);
    if (rv == APR_SUCCESS && lacks_factor(exchange)) {
        exchange->outcome = REJECTED;
        return APR_ENOENT;
    }
    if (rv != APR_ENOENT) {
        return rv;
    }
    rv = find_outcome(tx, exchange);
    return rv == APR_SUCCESS && exchange->outcome != REPEATED ? APR_ENOENT : rv;
}

/* The refused exchange was rolled back: count it, and end the session of a spent token. */
static apr_status_t settle_refusal(as_tx_t *tx, void *baton)
{
    exchange_t *exchange = baton;
    apr_status_t rv = count_use(tx, exchange);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = find_outcome(tx, exchange);
    if (rv == APR_SUCCESS && exchange->is_reused && exchange->outcome == REUSED) {
        rv = as_sessions_delete(tx, exchange->token.sid, exchange->session->user_id);
    }
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

static void report_reuse(const exchange_t *exchange)
{
    const as_session_t *session = exchange->session;

    ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, exchange->call->r,
                  AS_TAG(0510) "a spent refresh token was presented again: it may be stolen, so "
                               "session %s of account %s was ended",
                  session->sid, session->user_id);
}

/* The session may have changed between the two units. */
static int is_confirmed(const exchange_t *exchange)
{
    return exchange->outcome == REJECTED || (exchange->outcome == REUSED && exchange->is_reused);
}

static as_error_t refuse(exchange_t *exchange)
{
    as_call_t *call = exchange->call;
    apr_status_t rv;

    exchange->is_reused = exchange->outcome == REUSED;
    rv = as_db_write(call->db, call->pool, settle_refusal, exchange);
    if (exchange->session) {
        call->log_account = exchange->session->user_id;
        call->event.session = exchange->session->sid;
    }
    if (exchange->session && exchange->is_reused) {
        as_account_epochs_raise(exchange->session->user_id);
    }
    if (rv != APR_SUCCESS || !is_confirmed(exchange)) {
        return as_call_fail_unavailable(call);
    }
    if (exchange->session && exchange->outcome == REUSED) {
        call->event.kind = AS_EVENT_REFRESH_REUSE;
        report_reuse(exchange);
    }
    return AS_E_INVALID_TOKEN;
}

as_error_t as_refresh_exchange(as_call_t *call, const char *text, as_session_token_t *session_token)
{
    exchange_t exchange = {.call = call};

    if (!as_srv_refresh_ttl(call->sc) || as_refresh_token_parse(call->pool, call->sc->secrets, text,
                                                                &exchange.token) != APR_SUCCESS) {
        return AS_E_INVALID_TOKEN;
    }
    if (as_refresh_token_derive(call->pool, as_call_get_secret(call), &exchange.token,
                                &exchange.successor) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    switch (as_db_write_confirmed(call->db, call->pool, exchange_token, &exchange)) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT:
        return refuse(&exchange);
    default:
        return as_call_fail_unavailable(call);
    }
    if (exchange.retry_after) {
        return as_call_fail_rate_limited(call, exchange.retry_after);
    }
    call->log_account = exchange.session->user_id;
    session_token->session = *exchange.session;
    session_token->refresh_token = exchange.successor.text;
    return AS_OK;
}
