/* SPDX-License-Identifier: Apache-2.0 */
/* add, passwd */
#include "ctl_commands.h"

#include <stdio.h>

#include "account/username.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "ctl_audit.h"
#include "ctl_number.h"
#include "ctl_output.h"
#include "ctl_password.h"
#include "ctl_user.h"
#include "store/roles.h"
#include "store/sessions.h"
#include "store/users_admin.h"

typedef struct task_t {
    const ctl_t *ctl;
    as_user_t *user;
    apr_time_t now;
} task_t;

static apr_status_t insert(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;
    const apr_array_header_t *roles = task->ctl->roles;
    apr_status_t rv = as_users_insert(tx, task->user, task->now);

    for (int i = 0; rv == APR_SUCCESS && i < roles->nelts; i++) {
        rv = as_roles_add(tx, task->user->id, APR_ARRAY_IDX(roles, i, const char *));
    }
    return rv;
}

static int read_name(ctl_t *ctl, as_user_t *user)
{
    user->username = ctl->argv[0];
    if (as_username_validate(ctl->pool, user->username) != APR_SUCCESS ||
        as_username_fold(ctl->pool, user->username, &user->username_key) != APR_SUCCESS ||
        as_username_has_id_form(user->username_key)) {
        return ctl_print_error("the username '%s' is not allowed: 1 to 64 characters, no control "
                               "characters, no blanks at its ends, not of the form of an id",
                               user->username);
    }
    return CTL_OK;
}

static int make_user(ctl_t *ctl, as_user_t *user)
{
    apr_time_t now = as_clock_now();
    int status = read_name(ctl, user);

    if (status == CTL_OK) {
        status = ctl_number_read(ctl, &user->mobile, &user->country);
    }
    if (status == CTL_OK) {
        status = ctl_password_read(ctl, user->username, user->mobile, &user->password);
    }
    if (status != CTL_OK) {
        return status;
    }
    user->mobile_given = ctl->number;
    user->verified = !ctl->pending;
    user->created_at = user->updated_at = now;
    user->proved_at = ctl->pending ? 0 : now;
    user->pending_until = now + ctl->pending_ttl;
    return as_uuid_generate(ctl->pool, &user->id) == APR_SUCCESS
               ? CTL_OK
               : ctl_print_error("the random generator failed");
}

int ctl_add(ctl_t *ctl)
{
    as_user_t user = {.id = NULL};
    task_t task = {.ctl = ctl, .user = &user, .now = as_clock_now()};
    int status;

    if (!ctl->number) {
        ctl_print_error("add needs the mobile number: --number N");
        return CTL_USAGE;
    }
    status = make_user(ctl, &user);
    if (status != CTL_OK) {
        return status;
    }
    switch (as_db_write(ctl->db, ctl->pool, insert, &task)) {
    case APR_SUCCESS:
        ctl_audit(ctl, AS_EVENT_REGISTER, user.id);
        ctl_user_print_result(ctl, &user, ctl->pending ? "added, pending" : "added");
        return CTL_OK;
    case APR_EEXIST:
        return ctl_print_error("another account has the username '%s'", user.username);
    default:
        return ctl_print_error("the database failed, nothing was changed");
    }
}

static apr_status_t set_password(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;
    const char *id = task->user->id;
    apr_status_t rv = as_users_set_password(tx, id, NULL, task->user->password, task->now);

    return rv == APR_SUCCESS ? as_sessions_delete_all(tx, id) : rv;
}

int ctl_passwd(ctl_t *ctl)
{
    static const ctl_user_change_t what = {set_password, AS_EVENT_PASSWORD_CHANGE,
                                           "password changed, logged out", "no longer exists"};
    task_t task = {.ctl = ctl};
    int status = ctl_user_find(ctl, &task.user);

    if (status == CTL_OK) {
        status =
            ctl_password_read(ctl, task.user->username, task.user->mobile, &task.user->password);
    }
    if (status != CTL_OK) {
        return status;
    }
    task.now = as_clock_now();
    return ctl_user_change(ctl, task.user, &what, &task);
}
