/* SPDX-License-Identifier: Apache-2.0 */
/* factor */
#include "ctl_commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl_output.h"
#include "ctl_user.h"

typedef struct task_t {
    as_user_t *user;
} task_t;

static apr_status_t reset(as_tx_t *tx, void *baton)
{
    int changed;
    apr_status_t rv =
        as_users_set_sms_factor(tx, ((task_t *)baton)->user->id, 0, as_clock_now(), &changed);

    return rv == APR_SUCCESS && !changed ? APR_ENOENT : rv;
}

int ctl_factor(ctl_t *ctl)
{
    static const ctl_user_change_t removal = {reset, AS_EVENT_FACTOR_REMOVE,
                                              "second factors removed", "has no second factor"};
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);

    if (status != CTL_OK) {
        return status;
    }
    if (ctl->reset) {
        return ctl_user_change(ctl, task.user, &removal, &task);
    }
    ctl_user_print_result(ctl, task.user, task.user->sms_factor ? "sms" : "no second factor");
    return CTL_OK;
}
