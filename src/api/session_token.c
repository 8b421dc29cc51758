/* SPDX-License-Identifier: Apache-2.0 */
#include "api/session_token.h"

#include <apr_strings.h>

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

as_error_t as_session_token_create(as_call_t *call, const char *user_id, const char *amr,
                                   as_session_token_t *session_token)
{
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);

    session_token->session = (as_session_t){
        .user_id = user_id,
        .created_at = call->now,
        .used_at = call->now,
        /* With the leeway: no server may find the session expired before its token. */
        .expires_at = ttl ? call->now + ttl + as_srv_leeway(call->sc) : 0,
        .agent = get_agent(call),
        .address = as_client_get_address(call->r),
        .amr = amr,
        .auth_time = call->now,
    };
    if (as_uuid_generate(call->pool, &session_token->session.sid) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return AS_OK;
}

apr_status_t as_session_token_store(as_tx_t *tx, const as_session_token_t *session_token)
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

/* The claim amr is an array (RFC 8176 §1). */
static void add_amr(as_call_t *call, json_object *claims, const char *amr)
{
    json_object *list = json_object_new_array();
    char *words = apr_pstrdup(call->pool, amr), *state = NULL;

    json_object_object_add(claims, "amr", list);
    for (char *word = apr_strtok(words, " ", &state); word; word = apr_strtok(NULL, " ", &state)) {
        json_object_array_add(list, json_object_new_string(word));
    }
}

static apr_status_t make_token(as_call_t *call, const as_session_t *session, const char **token)
{
    json_object *claims = as_json_new_object(call->pool);
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);
    const char *jti;
    apr_status_t rv = as_uuid_generate(call->pool, &jti);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    add_text(claims, "id", session->user_id);
    add_text(claims, "dateLogOn", as_clock_format_rfc3339(call->pool, call->now));
    add_text(claims, "sub", session->user_id);
    add_seconds(claims, "iat", call->now);
    if (ttl) {
        add_seconds(claims, "exp", call->now + ttl);
    }
    add_text(claims, "sid", session->sid);
    add_text(claims, "jti", jti);
    if (session->auth_time) {
        add_seconds(claims, "auth_time", session->auth_time);
        add_amr(call, claims, session->amr);
    }
    add_text(claims, "iss", as_srv_issuer(call->sc));
    add_text(claims, "aud", as_srv_audience(call->sc));
    return as_jwt_sign(call->pool, call->sc->keyring, claims, token);
}

as_error_t as_session_token_reply(as_call_t *call, const as_session_token_t *session_token)
{
    const as_cookie_t *cookie = as_srv_cookie(call->sc);
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);
    const char *token;

    if (make_token(call, &session_token->session, &token) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    as_cookie_set(call->r, call->sc, token);
    if (!cookie || !cookie->omit_body) {
        add_text(call->reply.json, "token", apr_pstrcat(call->pool, "JWT ", token, NULL));
    }
    if (ttl) {
        add_seconds(call->reply.json, "expires_in", ttl);
    }
    return AS_OK;
}
