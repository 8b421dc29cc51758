/* SPDX-License-Identifier: Apache-2.0 */
/* role */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>

#include "ctl_audit.h"
#include "ctl_output.h"
#include "ctl_user.h"
#include "store/roles.h"
#include "text/json.h"

typedef struct task_t {
    const ctl_t *ctl;
    as_user_t *user;
    const char *roles; /* since the change */
} task_t;

/* The signs: +ROLE gives, -ROLE takes. */
static apr_status_t change_roles(as_tx_t *tx, void *baton)
{
    task_t *task = baton;
    apr_status_t rv = as_users_prevent_deletion(tx, task->user->id);

    for (int i = 1; rv == APR_SUCCESS && i < task->ctl->argc; i++) {
        const char *role = task->ctl->argv[i] + 1;

        rv = role[-1] == '-' ? as_roles_remove(tx, task->user->id, role) : APR_SUCCESS;
        if (rv == APR_ENOENT) {
            rv = APR_SUCCESS; /* it had no such role */
        }
    }
    /* In an order that leaves room for the new ones. */
    for (int i = 1; rv == APR_SUCCESS && i < task->ctl->argc; i++) {
        const char *role = task->ctl->argv[i] + 1;

        rv = role[-1] == '+' ? as_roles_add(tx, task->user->id, role) : APR_SUCCESS;
    }
    return rv == APR_SUCCESS ? as_roles_find(tx, task->user->id, &task->roles) : rv;
}

static int check_words(const ctl_t *ctl)
{
    for (int i = 1; i < ctl->argc; i++) {
        const char *word = ctl->argv[i];

        if ((*word != '+' && *word != '-') || !as_roles_is_name(word + 1)) {
            ctl_print_error("'%s' must be +ROLE or -ROLE; a role is 1 to 64 of the characters "
                            "A-Z a-z 0-9 _ . : -",
                            word);
            return CTL_USAGE;
        }
        for (int j = 1; j < i; j++) {
            if (strcmp(word + 1, ctl->argv[j] + 1) == 0 && *word != *ctl->argv[j]) {
                ctl_print_error("the role %s cannot be given and taken at once", word + 1);
                return CTL_USAGE;
            }
        }
    }
    return CTL_OK;
}

int ctl_role(ctl_t *ctl)
{
    task_t task = {.ctl = ctl};
    int status = check_words(ctl);
    json_object *object;

    if (status == CTL_OK) {
        status = ctl_user_find(ctl, &task.user);
    }
    if (status != CTL_OK) {
        return status;
    }
    switch (as_db_write(ctl->db, ctl->pool, change_roles, &task)) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT:
        return ctl_print_error("the account no longer exists");
    case APR_ENOSPC:
        return ctl_print_error("an account has at most %d roles, nothing was changed",
                               AS_ROLES_MAX);
    default:
        return ctl_print_error("the database failed, nothing was changed");
    }
    if (ctl->argc > 1) {
        ctl_audit(ctl, AS_EVENT_ROLE_CHANGE, task.user->id);
    }
    if (!ctl->json) {
        printf("%s: %s\n", ctl_escape(ctl->pool, task.user->username), ctl_format_list(task.roles));
        return CTL_OK;
    }
    object = ctl_user_make_json(ctl, task.user);
    as_json_add_list(object, "roles", task.roles, ",");
    ctl_print_json(object);
    return CTL_OK;
}
