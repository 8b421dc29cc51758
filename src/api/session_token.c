/* SPDX-License-Identifier: Apache-2.0 */
#include "api/session_token.h"

#include <apr_strings.h>

#include "account/refresh_token.h"
#include "auth/client.h"
#include "auth/cookie.h"
#include "base/clock.h"
#include "base/utf8.h"
#include "base/uuid.h"
#include "jose/jwt.h"
#include "text/json.h"

enum { AGENT_MAX_BYTES = 256 };

/* Valid UTF-8 for the database; NULL: the request has none. */
static const char *get_agent(const as_call_t *call)
{
    const char *agent = apr_table_get(call->r->headers_in, "User-Agent");

    if (!agent || !as_utf8_is_valid(agent, strlen(agent))) {
        return NULL;
    }
    return apr_pstrmemdup(call->pool, agent, as_utf8_truncated_length(agent, AGENT_MAX_BYTES));
}

void as_session_token_find_bounds(const as_call_t *call, apr_time_t *earliest, apr_time_t *latest)
{
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);
    apr_interval_time_t idle = as_srv_refresh_idle(call->sc);

    /* With the leeway: no server may find the session expired before its token. */
    *earliest = ttl ? call->now + ttl + as_srv_leeway(call->sc) : APR_INT64_MAX;
    *latest = idle ? call->now + idle : APR_INT64_MAX;
    if (*earliest > *latest) {
        *earliest = *latest;
    }
    if (*earliest == APR_INT64_MAX) {
        *earliest = *latest = 0;
    }
}

/* The end of a session that begins now; 0: never. */
static apr_time_t find_end(const as_call_t *call)
{
    apr_time_t end = call->now + as_srv_refresh_ttl(call->sc);
    apr_time_t earliest, latest;

    as_session_token_find_bounds(call, &earliest, &latest);
    return end < earliest ? earliest : end > latest ? latest : end;
}

static apr_status_t make_refresh_token(as_call_t *call, as_session_token_t *session_token)
{
    as_session_t *session = &session_token->session;
    as_refresh_token_t token;
    apr_status_t rv;

    session_token->refresh_token = NULL;
    if (!as_srv_refresh_ttl(call->sc)) {
        return APR_SUCCESS;
    }
    rv = as_refresh_token_generate(call->pool, as_call_get_secret(call), session->sid, &token);
    if (rv == APR_SUCCESS) {
        session->refresh = token.hash;
        session_token->refresh_token = token.text;
    }
    return rv;
}

as_error_t as_session_token_create(as_call_t *call, const char *user_id, const char *amr,
                                   as_session_token_t *session_token)
{
    session_token->session = (as_session_t){
        .user_id = user_id,
        .created_at = call->now,
        .used_at = call->now,
        .expires_at = find_end(call),
        .agent = get_agent(call),
        .address = as_client_get_address(call->r),
        .amr = amr,
        .auth_time = call->now,
    };
    if (as_uuid_generate(call->pool, &session_token->session.sid) != APR_SUCCESS ||
        make_refresh_token(call, session_token) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return AS_OK;
}

apr_status_t as_session_token_store(as_tx_t *tx, as_session_token_t *session_token)
{
    return as_sessions_insert(tx, &session_token->session);
}

static void add_text(json_object *object, const char *name, const char *value)
{
    if (value) {
        json_object_object_add(object, name, json_object_new_string(value));
    }
}

static void add_seconds(json_object *object, const char *name, apr_time_t time)
{
    json_object_object_add(object, name, json_object_new_int64(apr_time_sec(time)));
}

/* The end of a token that is issued now: not after its session. 0: never. */
static apr_time_t find_token_end(const as_call_t *call, const as_session_t *session)
{
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);
    apr_time_t end = call->now + ttl;

    if (!ttl) {
        return 0;
    }
    return session->expires_at && session->expires_at < end ? session->expires_at : end;
}

static apr_status_t make_token(as_call_t *call, const as_session_t *session, const char **token)
{
    json_object *claims = as_json_new_object(call->pool);
    apr_time_t end = find_token_end(call, session);
    const char *jti;
    apr_status_t rv = as_uuid_generate(call->pool, &jti);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    call->event.session = session->sid;
    add_text(claims, "id", session->user_id);
    add_text(claims, "dateLogOn", as_clock_format_rfc3339(call->pool, session->created_at));
    add_text(claims, "sub", session->user_id);
    add_seconds(claims, "iat", call->now);
    if (end) {
        add_seconds(claims, "exp", end);
    }
    add_text(claims, "sid", session->sid);
    add_text(claims, "jti", jti);
    if (session->auth_time) {
        add_seconds(claims, "auth_time", session->auth_time);
        as_json_add_list(claims, "amr", session->amr, " "); /* RFC 8176 section 1 */
    }
    if (session->roles) {
        as_json_add_list(claims, "roles", session->roles, ",");
    }
    add_text(claims, "iss", as_srv_issuer(call->sc));
    add_text(claims, "aud", as_srv_audience(call->sc));
    return as_jwt_sign(call->pool, call->sc->keyring, claims, token);
}

/* The members that hold tokens, unless browsers get them as cookies only. */
static void add_tokens(as_call_t *call, const char *token, const char *refresh_token)
{
    json_object *reply = call->reply.json;

    if (call->reply.oauth) {
        add_text(reply, "access_token", token);
        add_text(reply, "token_type", "Bearer");
    } else {
        add_text(reply, "token", apr_pstrcat(call->pool, "JWT ", token, NULL));
    }
    add_text(reply, "refresh_token", refresh_token);
}

static void set_cookies(as_call_t *call, const char *token, const as_session_token_t *session_token)
{
    apr_interval_time_t idle = as_srv_refresh_idle(call->sc);
    apr_interval_time_t left =
        session_token->session.created_at + as_srv_refresh_ttl(call->sc) - call->now;

    as_cookie_set(call->r, call->sc, token);
    if (session_token->refresh_token) {
        as_cookie_set_refresh(call->r, call->sc, session_token->refresh_token,
                              idle && idle < left ? idle : left);
    }
}

as_error_t as_session_token_reply(as_call_t *call, const as_session_token_t *session_token)
{
    const as_cookie_t *cookie = as_srv_cookie(call->sc);
    apr_time_t end = find_token_end(call, &session_token->session);
    const char *token;

    if (make_token(call, &session_token->session, &token) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    set_cookies(call, token, session_token);
    if (!cookie || !cookie->omit_body) {
        add_tokens(call, token, session_token->refresh_token);
    }
    if (end) {
        add_seconds(call->reply.json, "expires_in", end - call->now);
    }
    return AS_OK;
}
