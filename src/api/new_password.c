/* SPDX-License-Identifier: Apache-2.0 */
#include "api/new_password.h"

#include "account/password_policy.h"
#include "server/account_epochs.h"
#include "store/challenges.h"
#include "store/codes.h"
#include "store/outbox.h"
#include "store/sessions.h"

as_error_t as_new_password_check(as_call_t *call, const char *password, const char *username,
                                 const char *mobile)
{
    as_password_policy_t policy = {as_srv_password_min(call->sc), as_srv_password_max(call->sc),
                                   as_srv_blocklist(call->sc)};

    call->reply.msg = as_password_policy_check(call->pool, &policy, password, username, mobile,
                                               as_srv_app_name(call->sc));
    return call->reply.msg ? AS_E_WEAK_PASSWORD : AS_OK;
}

/* A login or a change of number that began under the old password must not end under the new one.
 */
static apr_status_t void_codes(as_tx_t *tx, const as_new_password_t *change)
{
    apr_status_t rv = change->code_id ? as_codes_consume(tx, change->code_id) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_delete_all(tx, change->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_challenges_delete_all(tx, change->user->id);
}

apr_status_t as_new_password_store(as_tx_t *tx, const as_call_t *call, as_new_password_t *change)
{
    const char *id = change->user->id;
    apr_status_t rv = as_notice_reserve(tx, call, change->attempt_key, &change->alert);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_set_password(tx, id, change->old_hash, change->hash, call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = void_codes(tx, change);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_sessions_delete_others(tx, id, change->kept_sid);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_outbox_cancel_codes(tx, id, call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_notice_store(tx, call, &change->alert);
}

void as_new_password_announce(as_call_t *call, const as_new_password_t *change)
{
    as_account_epochs_raise(change->user->id);
    as_notice_send(call, &change->alert);
}
