/* SPDX-License-Identifier: Apache-2.0 */
/* POST /users/password */
#include "api/call.h"

#include "api/hashing.h"
#include "api/new_password.h"
#include "api/recent.h"

/* How often a change starts again because another request changed the password's hash. */
enum { ATTEMPTS = 3 };

typedef struct change_t {
    as_call_t *call;
    const char *password;
    as_recent_t recent;
    as_new_password_t change;
    int is_outdated; /* the hash changed after it was read */
} change_t;

static as_error_t read_fields(change_t *c)
{
    as_call_t *call = c->call;
    const char *current;
    as_error_t error = as_body_get_text(call->body, "newPassword", &c->password);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(call->body, "password", &current);
    if (error != AS_OK) {
        return error;
    }
    if (!c->password) {
        call->reply.msg = "Please pass newPassword.";
        return AS_E_MISSING_PASSWORD;
    }
    /* An account without one may set one. */
    return current || !*call->verdict->account->row->password ? AS_OK : AS_E_MISSING_PASSWORD;
}

static as_error_t prepare(change_t *c)
{
    as_call_t *call = c->call;
    const as_user_t *user = c->recent.user;
    as_error_t error = as_new_password_check(call, c->password, user->username, user->mobile);

    if (error != AS_OK) {
        return error;
    }
    c->change.user = user;
    c->change.kept_sid = call->verdict->token.claims.sid;
    error = as_hashing_hash(call, c->password, &c->change.hash);
    if (error != AS_OK) {
        return error;
    }
    return as_notice_create(call, user, AS_TEXT_ALERT, "your password was changed",
                            &c->change.alert);
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    change_t *c = baton;
    apr_status_t rv = as_recent_clear_count(tx, &c->recent);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_new_password_store(tx, c->call, &c->change);
}

static as_error_t try_to_change(change_t *c)
{
    as_call_t *call = c->call;
    as_error_t error = as_recent_check(call, &c->recent);

    c->is_outdated = 0;
    if (error == AS_OK && !c->change.hash) {
        error = prepare(c);
    }
    if (error != AS_OK) {
        return error;
    }
    c->change.old_hash =
        c->recent.password ? c->recent.check.user->password : c->recent.user->password;
    switch (as_db_write(call->db, call->pool, store, c)) {
    case APR_SUCCESS:
        return AS_OK;
    case APR_ENOENT: /* another request changed the password, or a login renewed its hash */
        c->is_outdated = 1;
        return AS_E_WRONG_PASSWORD;
    default:
        return as_call_fail_unavailable(call);
    }
}

as_error_t as_endpoint_change_password(as_call_t *call)
{
    change_t c = {.call = call};
    as_error_t error;

    if (!(as_srv_login_methods(call->sc) & AS_LOGIN_PASSWORD)) {
        return AS_E_NOT_FOUND;
    }
    error = read_fields(&c);
    if (error != AS_OK) {
        return error;
    }
    error = try_to_change(&c);
    for (int i = 1; c.is_outdated && i < ATTEMPTS; i++) {
        error = try_to_change(&c);
    }
    if (error != AS_OK) {
        return error;
    }
    as_new_password_announce(call, &c.change);
    return as_call_succeed(call, HTTP_OK, "Your password was changed.");
}
