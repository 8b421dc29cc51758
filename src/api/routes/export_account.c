/* SPDX-License-Identifier: Apache-2.0 */
/* POST /users/export */
#include "api/call.h"

#include "api/recent.h"
#include "store/export.h"

typedef struct task_t {
    as_call_t *call;
    as_recent_t recent;
    as_export_t export;
} task_t;

static apr_status_t read_all(as_tx_t *tx, void *baton)
{
    task_t *task = baton;
    apr_status_t rv = as_recent_clear_count(tx, &task->recent);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_export_read(tx, task->recent.user->id, task->call->now, &task->export);
}

as_error_t as_endpoint_export_account(as_call_t *call)
{
    task_t task = {.call = call};
    as_error_t error = as_recent_check(call, &task.recent);

    if (error != AS_OK) {
        return error;
    }
    switch (as_db_write(call->db, call->pool, read_all, &task)) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT: /* the account was deleted meanwhile */
        return AS_E_INVALID_TOKEN;
    default:
        return as_call_fail_unavailable(call);
    }
    as_call_succeed(call, HTTP_OK, "");
    as_export_add_members(call->pool, &task.export, call->reply.json);
    return AS_OK;
}
