/* SPDX-License-Identifier: Apache-2.0 */
/* POST /authenticate */
#include "api/call.h"

#include <apr_strings.h>

#include "api/hashing.h"
#include "api/limit.h"
#include "base/clock.h"
#include "text/json.h"
#include "jose/jwt.h"
#include "base/random.h"
#include "account/username.h"
#include "base/utf8.h"
#include "auth/client.h"
#include "auth/cookie.h"
#include "store/addresses.h"
#include "store/sessions.h"
#include "store/users.h"

enum { AGENT_MAX_BYTES = 256 };
#define ADDRESS_KNOWN_FOR apr_time_from_sec(30 * 86400)

/* The folded form of no username. */
static const char NO_NAME[] = "";

typedef struct login_t {
    as_call_t *call;
    const char *username;     /* as sent */
    const char *username_key; /* folded; NO_NAME: it is too long for an account's */
    const char *counter;      /* of the rule of login/user */
    const char *counter_key;
    const char *address; /* the digest of name and network */
    const char *password;
    as_user_t *user;     /* NULL: nobody of that name */
    int dearest_cost;    /* of the stored hashes */
    const char *renewed; /* a newer hash of the password; NULL: none is needed */
    as_session_t session;
} login_t;

static as_error_t read_fields(login_t *login)
{
    const as_body_t *body = login->call->body;
    as_error_t error = as_body_get_text(body, "username", &login->username);

    if (error == AS_OK) {
        error = as_body_get_text(body, "password", &login->password);
    }
    if (error == AS_OK && !login->username) {
        error = AS_E_MISSING_USERNAME;
    } else if (error == AS_OK && !login->password) {
        error = AS_E_MISSING_PASSWORD;
    }
    return error;
}

/* Folding takes time in proportion to the name, so an overlong one is not folded. */
static as_error_t fold_username(login_t *login)
{
    login->username_key = NO_NAME;
    return as_username_is_too_long(login->username) ||
                   as_username_fold(login->call->pool, login->username, &login->username_key) ==
                       APR_SUCCESS
               ? AS_OK
               : AS_E_BAD_REQUEST;
}

/*
 * An address from which this account logged in recently has its own counter: a stranger who spends
 * the name's count does not lock its owner out. Looked up by name, so that it is the same work for
 * an unknown name.
 */
static apr_status_t choose_counter(as_tx_t *tx, login_t *login)
{
    apr_pool_t *p = login->call->pool;
    const char *place =
        apr_pstrcat(p, as_client_get_network(login->call->r), " ", login->username_key, NULL);
    int known = 0;
    apr_status_t rv = as_limit_hash_key(login->call, "address", place, &login->address);

    if (rv == APR_SUCCESS) {
        rv = as_addresses_is_known(tx, login->address, login->call->now, &known);
    }
    if (known) {
        login->counter = AS_LIMIT_COUNTER_KNOWN_ADDRESS;
        login->counter_key = place;
    } else if (login->username_key == NO_NAME) {
        login->counter = AS_LIMIT_COUNTER_OVERLONG_NAME;
        login->counter_key = login->username;
    } else {
        login->counter = as_srv_limit(login->call->sc, AS_LIMIT_LOGIN_USER).name;
        login->counter_key = login->username_key;
    }
    return rv;
}

/* Counted before the password is looked at, so that no number of requests at once gets more
 * guesses. */
static apr_status_t find(as_tx_t *tx, void *baton)
{
    login_t *login = baton;
    as_call_t *call = login->call;
    apr_interval_time_t *wait = &call->reply.retry_after;
    apr_status_t rv =
        as_limit_count_use(tx, call, AS_LIMIT_LOGIN_IP, as_client_get_network(call->r), wait);

    if (rv == APR_SUCCESS && !*wait) {
        rv = choose_counter(tx, login);
    }
    if (rv == APR_SUCCESS && !*wait) {
        rv = as_limit_count_use_of(tx, call, AS_LIMIT_LOGIN_USER, login->counter,
                                   login->counter_key, wait);
    }
    login->user = NULL;
    if (rv == APR_SUCCESS && !*wait) {
        rv = as_users_find_for_password(tx, login->username_key, call->now, &login->user,
                                        &login->dearest_cost);
    }
    return rv;
}

static as_error_t check_password(login_t *login)
{
    as_call_t *call = login->call;
    const char *stored = login->user ? login->user->password : NULL;
    int matches = 0;
    as_error_t error = as_hashing_verify(call, login->password, stored, login->dearest_cost,
                                         &matches, &login->renewed);

    call->account = login->user ? login->user->id : NULL;
    if (error == AS_OK && !matches) {
        error = AS_E_BAD_CREDENTIALS;
    }
    return error;
}

/* What is wrong with the account is told only to who knows its password. */
static as_error_t check_account(login_t *login)
{
    as_call_t *call = login->call;
    as_error_t error = AS_OK;

    if (login->user->locked) {
        error = AS_E_LOCKED;
    } else if (!login->user->verified && as_srv_require_verified(call->sc)) {
        call->reply.id = login->user->id;
        error = AS_E_NOT_VERIFIED;
    }
    return error;
}

static as_error_t make_session(login_t *login)
{
    as_call_t *call = login->call;
    as_session_t *session = &login->session;
    const char *agent = apr_table_get(call->r->headers_in, "User-Agent");
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);

    session->user_id = login->user->id;
    session->created_at = call->now;
    session->used_at = call->now;
    /* Not before its token does on any server. */
    session->expires_at = ttl ? call->now + ttl + as_srv_leeway(call->sc) : 0;
    session->address = as_client_get_address(call->r);
    if (agent && as_utf8_is_valid(agent, strlen(agent))) {
        session->agent =
            apr_pstrmemdup(call->pool, agent, as_utf8_truncated_length(agent, AGENT_MAX_BYTES));
    }
    return as_uuid_generate(call->pool, &session->sid) == APR_SUCCESS
               ? AS_OK
               : as_call_fail_unavailable(call);
}

static apr_status_t log_in(as_tx_t *tx, void *baton)
{
    login_t *login = baton;
    apr_status_t rv = as_limit_clear_count_of(tx, login->call, AS_LIMIT_LOGIN_USER, login->counter,
                                              login->counter_key);

    if (rv == APR_SUCCESS) {
        rv = as_users_record_login(tx, login->user->id, login->call->now, login->user->password,
                                   login->renewed);
    }
    if (rv == APR_SUCCESS) {
        rv = as_sessions_insert(tx, &login->session);
    }
    if (rv == APR_SUCCESS) {
        rv = as_addresses_record(tx, login->address, login->user->id,
                                 login->call->now + ADDRESS_KNOWN_FOR);
    }
    return rv;
}

static void add(json_object *claims, const char *name, const char *value)
{
    if (value) {
        json_object_object_add(claims, name, json_object_new_string(value));
    }
}

static apr_status_t make_token(const login_t *login, const char **token)
{
    as_call_t *call = login->call;
    json_object *claims = as_json_new_object(call->pool);
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);

    add(claims, "id", login->user->id);
    add(claims, "dateLogOn", as_clock_format_rfc3339(call->pool, call->now));
    add(claims, "sub", login->user->id);
    json_object_object_add(claims, "iat", json_object_new_int64(apr_time_sec(call->now)));
    if (ttl) {
        json_object_object_add(claims, "exp", json_object_new_int64(apr_time_sec(call->now + ttl)));
    }
    add(claims, "sid", login->session.sid);
    add(claims, "iss", as_srv_issuer(call->sc));
    add(claims, "aud", as_srv_audience(call->sc));
    return as_jwt_sign(call->pool, call->sc->keyring, claims, token);
}

static as_error_t answer(login_t *login)
{
    as_call_t *call = login->call;
    apr_interval_time_t ttl = as_srv_token_ttl(call->sc);
    const char *token = NULL;

    if (make_token(login, &token) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    as_cookie_set(call->r, call->sc, token);
    if (!as_srv_cookie(call->sc) || !as_srv_cookie(call->sc)->omit_body) {
        add(call->reply.json, "token", apr_pstrcat(call->pool, "JWT ", token, NULL));
    }
    if (ttl) {
        json_object_object_add(call->reply.json, "expires_in",
                               json_object_new_int64(apr_time_sec(ttl)));
    }
    return AS_OK;
}

as_error_t as_endpoint_authenticate(as_call_t *call)
{
    login_t login = {.call = call};
    as_error_t error = read_fields(&login);
    apr_status_t rv;

    if (error == AS_OK) {
        error = fold_username(&login);
    }
    if (error == AS_OK && as_db_write(call->db, call->pool, find, &login) != APR_SUCCESS) {
        error = as_call_fail_unavailable(call);
    }
    if (error == AS_OK && call->reply.retry_after) {
        error = AS_E_RATE_LIMITED;
    }
    if (error == AS_OK) {
        error = check_password(&login);
    }
    if (error == AS_OK) {
        error = check_account(&login);
    }
    if (error == AS_OK) {
        error = make_session(&login);
    }
    if (error == AS_OK) {
        rv = as_db_write(call->db, call->pool, log_in, &login);
        /* The account went away between the two units. */
        error = rv == APR_ENOENT ? AS_E_BAD_CREDENTIALS : AS_OK;
        error = rv != APR_SUCCESS && rv != APR_ENOENT ? as_call_fail_unavailable(call) : error;
    }
    return error == AS_OK ? answer(&login) : error;
}
