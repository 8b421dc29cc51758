/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/username.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "store/sessions.h"
#include "store/users_admin.h"

enum { PAGE_ROWS = 500, LEGACY_ID_LEN = 24 };

typedef struct task_t {
    const ctl_t *ctl;
    const char *name; /* the folded USER */
    as_user_t *user;
    as_user_t *namesake; /* another account whose username equals the given id; NULL: none */
    /* list */
    const char *after;
    int limit;
    apr_array_header_t *users;
    int locked; /* lock */
} task_t;

/* ---- USER ---- */

/* Find an account by id or username. An id takes precedence over an equal username of another
 * account, so each account can be selected by its id. */
static apr_status_t find_account(as_tx_t *tx, void *baton)
{
    task_t *task = baton;
    const char *given = task->ctl->argv[0];
    as_user_t *named = NULL;
    apr_status_t rv = APR_ENOENT;
    apr_status_t rv_name;

    task->namesake = NULL;
    if (as_uuid_is_valid(given)) {
        rv = as_users_find_by_id(tx, given, &task->user);
    } else if (strlen(given) == LEGACY_ID_LEN) {
        rv = as_users_find_by_legacy_id(tx, given, &task->user);
    }
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return rv;
    }
    /* At time 0 no pending account has expired, so each one is found by its name. */
    rv_name = as_users_find_by_name(tx, task->name, 0, &named);
    if (rv == APR_ENOENT) {
        task->user = named;
        return rv_name;
    }
    if (rv_name == APR_SUCCESS && strcmp(named->id, task->user->id) != 0) {
        task->namesake = named;
    }
    return rv_name == APR_ENOENT ? APR_SUCCESS : rv_name;
}

static int find_user(ctl_t *ctl, task_t *task)
{
    apr_status_t rv = as_username_fold(ctl->pool, ctl->argv[0], &task->name);

    task->ctl = ctl;
    if (rv == APR_SUCCESS) {
        rv = as_db_read(ctl->db, ctl->pool, find_account, task);
    }
    if (rv == APR_ENOENT || rv == APR_EINVAL) {
        return ctl_print_error("no account '%s'", ctl->argv[0]);
    }
    if (rv == APR_SUCCESS && task->namesake) {
        ctl_print_note(
            "'%s' is an id of the account %s (%s) and the username of %s: using the first",
            ctl->argv[0], task->user->id, task->user->username, task->namesake->id);
    }
    return rv == APR_SUCCESS ? CTL_OK : ctl_print_error("the database cannot be read");
}

/* ---- list, show ---- */

static const char *format_time(apr_pool_t *p, apr_time_t t)
{
    return t ? as_clock_format_rfc3339(p, t) : "never";
}

static apr_status_t list_page(as_tx_t *tx, void *baton)
{
    task_t *task = baton;
    const ctl_t *ctl = task->ctl;
    as_users_admin_filter_t which = ctl->pending  ? AS_USERS_FILTER_PENDING
                                    : ctl->locked ? AS_USERS_FILTER_LOCKED
                                                  : AS_USERS_FILTER_ALL;

    return as_users_admin_list(tx, which, task->after, task->limit, &task->users);
}

int ctl_accounts_list(ctl_t *ctl)
{
    task_t task = {.ctl = ctl, .after = ""};
    int left = ctl->limit;
    apr_status_t rv;
    apr_pool_t *pages[2];
    int page = 0;

    if (ctl->pending && ctl->locked) {
        ctl_print_error("use --pending or --locked, not both");
        return CTL_USAGE;
    }
    /* Two pools in turn: the query for the next page uses the last name of this one. */
    apr_pool_create(&pages[0], ctl->pool);
    apr_pool_create(&pages[1], ctl->pool);
    do {
        apr_pool_t *p = pages[page ^= 1];

        apr_pool_clear(p);
        task.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
        rv = as_db_read(ctl->db, p, list_page, &task);
        for (int i = 0; rv == APR_SUCCESS && i < task.users->nelts; i++) {
            const as_user_t *user = APR_ARRAY_IDX(task.users, i, as_user_t *);

            printf("%s\t%s\t%s%s\t%s\t%s\n", user->id, user->username,
                   user->verified ? "verified" : "pending", user->locked ? ",locked" : "",
                   as_log_mask_number(p, user->mobile), format_time(p, user->last_login));
            task.after = user->username_key;
        }
        left -= rv == APR_SUCCESS ? task.users->nelts : 0;
    } while (rv == APR_SUCCESS && left > 0 && task.users->nelts == task.limit);
    return rv == APR_SUCCESS ? CTL_OK : ctl_print_error("the database cannot be read");
}

int ctl_accounts_show(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = find_user(ctl, &task);
    const as_user_t *user = task.user;
    apr_pool_t *p = ctl->pool;

    if (status == CTL_OK) {
        printf("id          %s\nusername    %s\nmobile      %s\nverified    %s\nlocked      %s\n"
               "created     %s\nupdated     %s\nlast login  %s\nnumber proved %s\n",
               user->id, user->username,
               ctl->full ? user->mobile : as_log_mask_number(p, user->mobile),
               user->verified ? "yes" : "no", user->locked ? "yes" : "no",
               format_time(p, user->created_at), format_time(p, user->updated_at),
               format_time(p, user->last_login), format_time(p, user->proved_at));
        if (!user->verified) {
            printf("holds its name until %s\n", format_time(p, user->pending_until));
        }
    }
    return status;
}

/* ---- changes ---- */

static apr_status_t lock(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;

    return as_users_admin_set_locked(tx, task->user->id, task->locked, as_clock_now());
}

static apr_status_t verify(as_tx_t *tx, void *baton)
{
    const as_user_t *user = ((task_t *)baton)->user;

    return as_users_verify(tx, user->id, user->mobile, as_clock_now());
}

static apr_status_t log_out(as_tx_t *tx, void *baton)
{
    const char *id = ((task_t *)baton)->user->id;
    apr_status_t rv = as_users_revoke_tokens(tx, id, as_clock_now());

    return rv == APR_SUCCESS ? as_sessions_delete_all(tx, id) : rv;
}

static apr_status_t delete_user(as_tx_t *tx, void *baton)
{
    return as_users_admin_delete(tx, ((task_t *)baton)->user->id);
}

/* Change one account and print the result: `done`, or `unchanged` if there is nothing to change. */
static int change(ctl_t *ctl, task_t *task, as_db_work_fn *work, const char *done,
                  const char *unchanged)
{
    apr_status_t rv = as_db_write(ctl->db, ctl->pool, work, task);

    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return ctl_print_error("the database failed, nothing was changed");
    }
    printf("%s: %s\n", task->user->username, rv == APR_SUCCESS ? done : unchanged);
    return CTL_OK;
}

int ctl_accounts_lock(ctl_t *ctl)
{
    task_t task = {.locked = 1};
    int status = find_user(ctl, &task);

    return status == CTL_OK ? change(ctl, &task, lock, "locked", "is locked already") : status;
}

int ctl_accounts_unlock(ctl_t *ctl)
{
    task_t task = {.locked = 0};
    int status = find_user(ctl, &task);

    return status == CTL_OK ? change(ctl, &task, lock, "unlocked", "is not locked") : status;
}

int ctl_accounts_verify(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = find_user(ctl, &task);

    return status == CTL_OK ? change(ctl, &task, verify, "verified", "is verified already")
                            : status;
}

int ctl_accounts_logout(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = find_user(ctl, &task);

    return status == CTL_OK ? change(ctl, &task, log_out, "logged out", "no longer exists")
                            : status;
}

static int is_confirmed(const ctl_t *ctl, const task_t *task)
{
    char answer[8] = "";

    if (ctl->yes) {
        return 1;
    }
    if (!isatty(STDIN_FILENO)) {
        ctl_print_error("delete needs a confirmation: add --yes, or run it on a terminal");
        return 0;
    }
    printf("Delete the account %s (%s) and all its rows? [y/N] ", task->user->username,
           task->user->id);
    fflush(stdout);
    if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y')) {
        return 1;
    }
    ctl_print_error("not confirmed, nothing was deleted");
    return 0;
}

int ctl_accounts_delete(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = find_user(ctl, &task);

    if (status == CTL_OK && !is_confirmed(ctl, &task)) {
        return CTL_FAILED;
    }
    return status == CTL_OK ? change(ctl, &task, delete_user, "deleted", "no longer exists")
                            : status;
}
