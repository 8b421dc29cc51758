/* SPDX-License-Identifier: Apache-2.0 */
/* GET /users */
#include "api/call.h"

#include "base/clock.h"
#include "text/json.h"

static void add_text(json_object *account, const char *name, const char *value)
{
    json_object_object_add(account, name, value ? json_object_new_string(value) : NULL);
}

static void add_time(as_call_t *call, json_object *account, const char *name, apr_time_t t)
{
    add_text(account, name, t ? as_clock_format_rfc3339(call->pool, t) : NULL);
}

as_error_t as_endpoint_account(as_call_t *call)
{
    const as_account_t *found = call->verdict->account;
    const as_user_t *user = found->row;
    json_object *account = json_object_new_object();

    call->log_account = user->id;
    as_call_succeed(call, HTTP_OK, NULL);
    json_object_object_add(call->reply.json, "msg", account);
    add_text(account, "id", user->id);
    add_text(account, "username", user->username);
    add_text(account, "smsmobile", user->mobile_given);
    add_text(account, "countryCode", user->country);
    json_object_object_add(account, "verified", json_object_new_boolean(user->verified));
    add_time(call, account, "createdAt", user->created_at);
    add_time(call, account, "updatedAt", user->updated_at);
    add_time(call, account, "lastLogin", user->last_login);
    as_json_add_list(account, "roles", found->roles, ",");
    return AS_OK;
}
