/* SPDX-License-Identifier: Apache-2.0 */
/* export */
#include "ctl_commands.h"

#include "base/clock.h"
#include "ctl_audit.h"
#include "ctl_output.h"
#include "ctl_user.h"
#include "store/export.h"
#include "text/json.h"

typedef struct task_t {
    as_user_t *user;
    as_export_t export;
} task_t;

static apr_status_t read_account(as_tx_t *tx, void *baton)
{
    task_t *task = baton;

    return as_export_read(tx, task->user->id, as_clock_now(), &task->export);
}

int ctl_export(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);
    json_object *object;

    if (status != CTL_OK) {
        return status;
    }
    if (as_db_read(ctl->db, ctl->pool, read_account, &task) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    ctl_audit(ctl, AS_EVENT_ACCOUNT_EXPORT, task.user->id);
    object = as_json_new_object(ctl->pool);
    as_export_add_members(ctl->pool, &task.export, object);
    ctl_print_json(object);
    return CTL_OK;
}
