/* SPDX-License-Identifier: Apache-2.0 */
#include "store/export.h"

#include <string.h>

#include "base/clock.h"
#include "store/outbox.h"
#include "store/roles.h"
#include "store/sessions.h"
#include "text/json.h"

/* More than the tables keep of one account, unless limits are off. */
enum { SESSIONS_MAX = 1000 };

apr_status_t as_export_read(as_tx_t *tx, const char *user_id, apr_time_t now, as_export_t *export)
{
    apr_status_t rv = as_users_find_by_id(tx, user_id, &export->user);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_roles_find(tx, user_id, &export->roles);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_find(tx, user_id, AS_PURPOSE_MOBILE, &export->pending);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_sessions_list(tx, user_id, now, SESSIONS_MAX, &export->sessions);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_outbox_list(tx, user_id, &export->texts);
}

/* ---- as JSON ---- */

static void add_text(json_object *object, const char *name, const char *value)
{
    json_object_object_add(object, name, value ? json_object_new_string(value) : NULL);
}

static void add_time(apr_pool_t *p, json_object *object, const char *name, apr_time_t t)
{
    add_text(object, name, t ? as_clock_format_rfc3339(p, t) : NULL);
}

static void add_flag(json_object *object, const char *name, int value)
{
    json_object_object_add(object, name, json_object_new_boolean(value));
}

/* Everything but the password's hash. */
static json_object *make_account(apr_pool_t *p, const as_export_t *export)
{
    const as_user_t *user = export->user;
    json_object *account = json_object_new_object();

    add_text(account, "id", user->id);
    add_text(account, "username", user->username);
    add_text(account, "smsmobile", user->mobile_given);
    add_text(account, "number", user->mobile);
    add_text(account, "countryCode", user->country);
    as_json_add_list(account, "roles", export->roles, ",");
    add_text(account, "invitedNumber", user->invited_mobile);
    add_text(account, "verifierId", user->remote_id);
    add_text(account, "pendingNumber", export->pending ? export->pending->mobile : NULL);
    add_flag(account, "verified", user->verified);
    add_flag(account, "locked", user->locked);
    add_time(p, account, "createdAt", user->created_at);
    add_time(p, account, "updatedAt", user->updated_at);
    add_time(p, account, "lastLogin", user->last_login);
    add_time(p, account, "numberProvedAt", user->proved_at);
    add_time(p, account, "tokensValidFrom", user->valid_from);
    return account;
}

static json_object *make_sessions(apr_pool_t *p, const as_export_t *export)
{
    json_object *list = json_object_new_array();

    for (int i = 0; i < export->sessions->nelts; i++) {
        const as_session_t *session = &APR_ARRAY_IDX(export->sessions, i, as_session_t);
        json_object *object = json_object_new_object();

        json_object_array_add(list, object);
        add_text(object, "sid", session->sid);
        add_time(p, object, "createdAt", session->created_at);
        add_time(p, object, "usedAt", session->used_at);
        add_time(p, object, "expiresAt", session->expires_at);
        add_text(object, "agent", session->agent);
        add_text(object, "address", session->address);
        as_json_add_list(object, "amr", session->amr, " ");
        add_time(p, object, "authTime", session->auth_time);
    }
    return list;
}

static json_object *make_texts(apr_pool_t *p, const as_export_t *export)
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
        add_time(p, object, "createdAt", text->created_at);
        add_time(p, object, "updatedAt", text->updated_at);
    }
    return list;
}

static json_object *make_factors(const as_export_t *export)
{
    json_object *factors = json_object_new_object(), *sms = json_object_new_object();

    json_object_object_add(factors, "sms", sms);
    add_flag(sms, "enabled", export->user->sms_factor);
    return factors;
}

void as_export_add_members(apr_pool_t *p, const as_export_t *export, json_object *object)
{
    json_object_object_add(object, "account", make_account(p, export));
    json_object_object_add(object, "sessions", make_sessions(p, export));
    json_object_object_add(object, "texts", make_texts(p, export));
    json_object_object_add(object, "factors", make_factors(export));
    json_object_object_add(object, "appPasswords", json_object_new_array());
}
