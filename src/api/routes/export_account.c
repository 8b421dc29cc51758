/* SPDX-License-Identifier: Apache-2.0 */
/* POST /users/export */
#include "api/call.h"

#include "api/recent.h"
#include "base/clock.h"
#include "store/codes.h"
#include "store/outbox.h"
#include "store/sessions.h"

/* More than the tables keep of one account, unless limits are off. */
enum { SESSIONS_MAX = 1000 };

typedef struct export_t {
    as_call_t *call;
    as_recent_t recent;
    as_user_t *user;
    as_codes_row_t *pending; /* change of number; NULL: none */
    apr_array_header_t *sessions;
    apr_array_header_t *texts;
} export_t;

static apr_status_t read_all(as_tx_t *tx, void *baton)
{
    export_t *export = baton;
    const char *id = export->recent.user->id;
    apr_status_t rv = as_recent_clear_count(tx, &export->recent);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_find_by_id(tx, id, &export->user);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_find(tx, id, AS_PURPOSE_MOBILE, &export->pending);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_sessions_list(tx, id, export->call->now, SESSIONS_MAX, &export->sessions);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_outbox_list(tx, id, &export->texts);
}

/* ---- as JSON ---- */

static void add_text(json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, value ? json_object_new_string(value) : NULL);
}

static void add_time(const export_t *export, json_object *object, const char *name, apr_time_t t)
{
    add_text(object, name, t ? as_clock_format_rfc3339(export->call->pool, t) : NULL);
}

static void add_flag(json_object *object, const char *name, int value)
{
    json_object_object_add(object, name, json_object_new_boolean(value));
}

/* Everything but the password's hash. */
static json_object *make_account(const export_t *export)
{
    const as_user_t *user = export->user;
    json_object *account = json_object_new_object();

    add_text(account, "id", user->id);
    add_text(account, "username", user->username);
    add_text(account, "smsmobile", user->mobile_given);
    add_text(account, "number", user->mobile);
    add_text(account, "countryCode", user->country);
    as_call_add_list(account, "roles", export->call->verdict->account->roles, ",");
    add_text(account, "invitedNumber", user->invited_mobile);
    add_text(account, "verifierId", user->remote_id);
    add_text(account, "pendingNumber", export->pending ? export->pending->mobile : NULL);
    add_flag(account, "verified", user->verified);
    add_flag(account, "locked", user->locked);
    add_time(export, account, "createdAt", user->created_at);
    add_time(export, account, "updatedAt", user->updated_at);
    add_time(export, account, "lastLogin", user->last_login);
    add_time(export, account, "numberProvedAt", user->proved_at);
    add_time(export, account, "tokensValidFrom", user->valid_from);
    return account;
}

static json_object *make_sessions(const export_t *export)
{
    json_object *list = json_object_new_array();

    for (int i = 0; i < export->sessions->nelts; i++) {
        const as_session_t *session = &APR_ARRAY_IDX(export->sessions, i, as_session_t);
        json_object *object = json_object_new_object();

        json_object_array_add(list, object);
        add_text(object, "sid", session->sid);
        add_time(export, object, "createdAt", session->created_at);
        add_time(export, object, "usedAt", session->used_at);
        add_time(export, object, "expiresAt", session->expires_at);
        add_text(object, "agent", session->agent);
        add_text(object, "address", session->address);
        as_call_add_list(object, "amr", session->amr, " ");
        add_time(export, object, "authTime", session->auth_time);
    }
    return list;
}

static json_object *make_texts(const export_t *export)
{
    json_object *list = json_object_new_array();

    for (int i = 0; i < export->texts->nelts; i++) {
        const as_outbox_status_t *text = APR_ARRAY_IDX(export->texts, i, as_outbox_status_t *);
        json_object *object = json_object_new_object();

        json_object_array_add(list, object);
        add_text(object, "kind", text->kind);
        add_text(object, "number", text->mobile);
        add_text(object, "state", as_outbox_state_name((as_outbox_state_t)text->state));
        add_text(object, "sender", text->sender);
        add_text(object, "error", text->error);
        add_time(export, object, "createdAt", text->created_at);
        add_time(export, object, "updatedAt", text->updated_at);
    }
    return list;
}

static json_object *make_factors(const export_t *export)
{
    json_object *factors = json_object_new_object(), *sms = json_object_new_object();

    json_object_object_add(factors, "sms", sms);
    add_flag(sms, "enabled", export->user->sms_factor);
    return factors;
}

as_error_t as_endpoint_export_account(as_call_t *call)
{
    export_t export = {.call = call};
    as_error_t error = as_recent_check(call, &export.recent);
    json_object *json;

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, read_all, &export)) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT: /* the account was deleted meanwhile */
        return AS_E_INVALID_TOKEN;
    default:
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    json = call->reply.json;
    json_object_object_add(json, "account", make_account(&export));
    json_object_object_add(json, "sessions", make_sessions(&export));
    json_object_object_add(json, "texts", make_texts(&export));
    json_object_object_add(json, "factors", make_factors(&export));
    json_object_object_add(json, "appPasswords", json_object_new_array());
    return AS_OK;
}
