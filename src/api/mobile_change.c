/* SPDX-License-Identifier: Apache-2.0 */
#include "api/mobile_change.h"

#include "api/fraud_guard.h"
#include "server/account_epochs.h"
#include "store/challenges.h"
#include "store/codes.h"
#include "store/outbox.h"

typedef struct task_t {
    as_call_t *call;
    as_mobile_change_t *change;
} task_t;

int as_mobile_change_renames(const as_user_t *user)
{
    return *user->mobile && strcmp(user->username_key, user->mobile) == 0;
}

/* The others were sent to the older number. */
static apr_status_t void_codes(as_tx_t *tx, const as_mobile_change_t *change)
{
    apr_status_t rv = change->code ? as_codes_consume(tx, change->code->id) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_delete_all(tx, change->user->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_challenges_delete_all(tx, change->user->id);
}

static apr_status_t store(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;
    as_mobile_change_t *change = task->change;
    const char *id = change->user->id;
    apr_status_t rv = as_notice_reserve(tx, task->call, change->attempt_key, &change->moved);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_set_mobile(tx, id, change->mobile, task->call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = void_codes(tx, change);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_outbox_cancel_codes(tx, id, task->call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (change->code) {
        rv = as_fraud_guard_count_entered(tx, task->call, change->code);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_notice_store(tx, task->call, &change->moved);
}

as_error_t as_mobile_change_run(as_call_t *call, as_mobile_change_t *change)
{
    task_t task = {call, change};
    as_error_t error = as_notice_create(call, change->user, AS_TEXT_MOVED, NULL, &change->moved);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, store, &task)) {
    case APR_SUCCESS:
        as_account_epochs_raise(change->user->id);
        as_notice_send(call, &change->moved);
        return AS_OK;
    case APR_EEXIST:
        return AS_E_USERNAME_TAKEN;
    case APR_ENOENT:
        return AS_E_NOTHING_PENDING;
    default:
        return as_call_fail_unavailable(call);
    }
}
