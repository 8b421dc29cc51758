/* SPDX-License-Identifier: Apache-2.0 */
/* factor */
#include "ctl_commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl_output.h"
#include "ctl_user.h"
#include "store/users_admin.h"

typedef struct task_t {
    as_user_t *user;
} task_t;

static apr_status_t reset(as_tx_t *tx, void *baton)
{
    return as_users_admin_reset_factor(tx, ((task_t *)baton)->user->id, as_clock_now());
}

int ctl_factor(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);

    if (status != CTL_OK) {
        return status;
    }
    if (ctl->reset) {
        return ctl_user_change(ctl, task.user, reset, &task, "second factors removed",
                               "has no second factor");
    }
    ctl_user_print_result(ctl, task.user, task.user->sms_factor ? "sms" : "no second factor");
    return CTL_OK;
}
