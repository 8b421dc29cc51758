/* SPDX-License-Identifier: Apache-2.0 */
/* GET /users/factors; POST and DELETE /users/factors/sms */
#include "api/call.h"

#include "api/notice.h"
#include "api/recent.h"
#include "base/log.h"

/* ---- the list ---- */

static json_object *make_sms(as_call_t *call, const as_user_t *user)
{
    json_object *sms = json_object_new_object();
    const char *number = *user->mobile ? as_log_mask_number(call->pool, user->mobile) : NULL;

    json_object_object_add(sms, "enabled", json_object_new_boolean(user->sms_factor));
    json_object_object_add(sms, "number", number ? json_object_new_string(number) : NULL);
    return sms;
}

/* This version has no TOTP, passkeys and recovery codes: nobody has enrolled one. */
as_error_t as_endpoint_factors(as_call_t *call)
{
    const as_user_t *user = call->verdict->account->row;
    json_object *totp = json_object_new_object();
    json_object *reply;

    call->log_account = user->id;
    as_call_succeed(call, HTTP_OK, "");
    reply = call->reply.json;
    json_object_object_add(totp, "enabled", json_object_new_boolean(0));
    json_object_object_add(totp, "since", NULL);
    json_object_object_add(reply, "sms", make_sms(call, user));
    json_object_object_add(reply, "totp", totp);
    json_object_object_add(reply, "passkeys", json_object_new_array());
    json_object_object_add(reply, "recoveryCodes", json_object_new_int(0));
    return AS_OK;
}

/* ---- switching SMS on and off ---- */

typedef struct change_t {
    as_call_t *call;
    int enabled; /* from now on */
    as_recent_t recent;
    as_notice_t alert; /* to the owner */
} change_t;

static apr_status_t store(as_tx_t *tx, void *baton)
{
    change_t *change = baton;
    as_call_t *call = change->call;
    int changed;
    apr_status_t rv = as_recent_clear_count(tx, &change->recent);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_notice_reserve(tx, call, NULL, &change->alert);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_set_sms_factor(tx, change->recent.user->id, change->enabled, call->now, &changed);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!changed) {
        return APR_EEXIST;
    }
    return as_notice_store(tx, call, &change->alert);
}

static as_error_t set_sms_factor(as_call_t *call, int enabled)
{
    change_t change = {.call = call, .enabled = enabled};
    const char *event = enabled ? "text messages are now a second factor of your account"
                                : "text messages are no second factor of your account any more";
    as_error_t error = as_recent_check(call, &change.recent);

    if (error != AS_OK) {
        return error;
    }
    error = as_notice_create(call, change.recent.user, AS_TEXT_ALERT, event, &change.alert);
    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store, &change)) {
    case APR_SUCCESS:
        as_notice_send(call, &change.alert);
        break;
    case APR_EEXIST: /* it has this state already */
        break;
    case APR_ENOENT:
        return enabled ? AS_E_NO_PROVEN_NUMBER : AS_E_INVALID_TOKEN;
    default:
        return as_call_fail_unavailable(call);
    }
    return as_call_succeed(call, HTTP_OK,
                           enabled ? "SMS is a second factor now."
                                   : "SMS is no second factor any more.");
}

as_error_t as_endpoint_enable_sms_factor(as_call_t *call)
{
    return set_sms_factor(call, 1);
}

as_error_t as_endpoint_disable_sms_factor(as_call_t *call)
{
    return set_sms_factor(call, 0);
}
