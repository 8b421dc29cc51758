/* SPDX-License-Identifier: Apache-2.0 */
/* list, show, lock, unlock, verify, delete */
#include "ctl_commands.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "ctl_output.h"
#include "ctl_user.h"
#include "store/roles.h"
#include "store/users_admin.h"
#include "text/json.h"

enum { PAGE_ROWS = 500 };

typedef struct page_t {
    const ctl_t *ctl;
    const char *after;
    int limit;
    apr_array_header_t *users;
} page_t;

typedef struct task_t {
    as_user_t *user;
    const char *roles;
    int locked; /* lock */
} task_t;

/* ---- list, show ---- */

static apr_status_t list_page(as_tx_t *tx, void *baton)
{
    page_t *page = baton;
    as_users_admin_filter_t which = page->ctl->pending  ? AS_USERS_FILTER_PENDING
                                    : page->ctl->locked ? AS_USERS_FILTER_LOCKED
                                                        : AS_USERS_FILTER_ALL;

    return as_users_admin_list(tx, which, page->after, page->limit, &page->users);
}

static json_object *make_json(const ctl_t *ctl, const as_user_t *user)
{
    json_object *object = ctl_user_make_json(ctl, user);

    ctl_add_text(object, "mobile",
                 ctl->full ? user->mobile : as_log_mask_number(ctl->pool, user->mobile));
    json_object_object_add(object, "verified", json_object_new_boolean(user->verified));
    json_object_object_add(object, "locked", json_object_new_boolean(user->locked));
    ctl_add_time(ctl, object, "createdAt", user->created_at);
    ctl_add_time(ctl, object, "updatedAt", user->updated_at);
    ctl_add_time(ctl, object, "lastLogin", user->last_login);
    return object;
}

static void print_listed(const ctl_t *ctl, const as_user_t *user)
{
    apr_pool_t *p = ctl->pool;

    if (ctl->json) {
        ctl_print_json(make_json(ctl, user));
        return;
    }
    printf("%s\t%s\t%s%s\t%s\t%s\n", user->id, ctl_escape(p, user->username),
           user->verified ? "verified" : "pending", user->locked ? ",locked" : "",
           as_log_mask_number(p, user->mobile), ctl_format_time(p, user->last_login));
}

int ctl_accounts_list(ctl_t *ctl)
{
    page_t page = {.ctl = ctl, .after = ""};
    int left = ctl->limit;
    apr_status_t rv;
    apr_pool_t *pages[2];
    int turn = 0;

    if (ctl->pending && ctl->locked) {
        ctl_print_error("use --pending or --locked, not both");
        return CTL_USAGE;
    }
    /* Two pools in turn: the query for the next page uses the last name of this one. */
    apr_pool_create(&pages[0], ctl->pool);
    apr_pool_create(&pages[1], ctl->pool);
    do {
        ctl_t on_page = *ctl;

        on_page.pool = pages[turn ^= 1];
        apr_pool_clear(on_page.pool);
        page.limit = left < PAGE_ROWS ? left : PAGE_ROWS;
        rv = as_db_read(ctl->db, on_page.pool, list_page, &page);
        for (int i = 0; rv == APR_SUCCESS && i < page.users->nelts; i++) {
            const as_user_t *user = APR_ARRAY_IDX(page.users, i, as_user_t *);

            print_listed(&on_page, user);
            page.after = user->username_key;
        }
        left -= rv == APR_SUCCESS ? page.users->nelts : 0;
    } while (rv == APR_SUCCESS && left > 0 && page.users->nelts == page.limit);
    return rv == APR_SUCCESS ? CTL_OK : ctl_print_error("the database cannot be read");
}

static apr_status_t find_roles(as_tx_t *tx, void *baton)
{
    task_t *task = baton;

    return as_roles_find(tx, task->user->id, &task->roles);
}

static void print_account(const ctl_t *ctl, const task_t *task)
{
    const as_user_t *user = task->user;
    apr_pool_t *p = ctl->pool;

    printf("id          %s\nusername    %s\nmobile      %s\nverified    %s\nlocked      %s\n"
           "roles       %s\ncreated     %s\nupdated     %s\nlast login  %s\nnumber proved %s\n",
           user->id, ctl_escape(p, user->username),
           ctl->full ? user->mobile : as_log_mask_number(p, user->mobile),
           user->verified ? "yes" : "no", user->locked ? "yes" : "no", ctl_format_list(task->roles),
           ctl_format_time(p, user->created_at), ctl_format_time(p, user->updated_at),
           ctl_format_time(p, user->last_login), ctl_format_time(p, user->proved_at));
    if (!user->verified) {
        printf("holds its name until %s\n", ctl_format_time(p, user->pending_until));
    }
}

int ctl_accounts_show(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);
    json_object *object;

    if (status != CTL_OK) {
        return status;
    }
    if (as_db_read(ctl->db, ctl->pool, find_roles, &task) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    if (!ctl->json) {
        print_account(ctl, &task);
        return CTL_OK;
    }
    object = make_json(ctl, task.user);
    ctl_add_time(ctl, object, "provedAt", task.user->proved_at);
    ctl_add_time(ctl, object, "pendingUntil", task.user->verified ? 0 : task.user->pending_until);
    as_json_add_list(object, "roles", task.roles, ",");
    ctl_print_json(object);
    return CTL_OK;
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

static apr_status_t delete_user(as_tx_t *tx, void *baton)
{
    return as_users_delete(tx, ((task_t *)baton)->user->id);
}

/* Change the account that USER names. */
static int change(ctl_t *ctl, task_t *task, const ctl_user_change_t *what)
{
    int status = ctl_user_find(ctl, &task->user);

    return status == CTL_OK ? ctl_user_change(ctl, task->user, what, task) : status;
}

int ctl_accounts_lock(ctl_t *ctl)
{
    static const ctl_user_change_t what = {lock, AS_EVENT_ACCOUNT_LOCK, "locked",
                                           "is locked already"};
    task_t task = {.locked = 1};

    return change(ctl, &task, &what);
}

int ctl_accounts_unlock(ctl_t *ctl)
{
    static const ctl_user_change_t what = {lock, AS_EVENT_ACCOUNT_UNLOCK, "unlocked",
                                           "is not locked"};
    task_t task = {.locked = 0};

    return change(ctl, &task, &what);
}

int ctl_accounts_verify(ctl_t *ctl)
{
    static const ctl_user_change_t what = {verify, AS_EVENT_VERIFY, "verified",
                                           "is verified already"};
    task_t task = {NULL};

    return change(ctl, &task, &what);
}

static int is_confirmed(const ctl_t *ctl, const as_user_t *user)
{
    char answer[8] = "";

    if (ctl->yes) {
        return 1;
    }
    if (!isatty(STDIN_FILENO)) {
        ctl_print_error("delete needs a confirmation: add --yes, or run it on a terminal");
        return 0;
    }
    printf("Delete the account %s (%s) and all its rows? [y/N] ",
           ctl_escape(ctl->pool, user->username), user->id);
    fflush(stdout);
    if (fgets(answer, sizeof(answer), stdin) && (answer[0] == 'y' || answer[0] == 'Y')) {
        return 1;
    }
    ctl_print_error("not confirmed, nothing was deleted");
    return 0;
}

int ctl_accounts_delete(ctl_t *ctl)
{
    static const ctl_user_change_t what = {delete_user, AS_EVENT_ACCOUNT_DELETE, "deleted",
                                           "no longer exists"};
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);

    if (status != CTL_OK) {
        return status;
    }
    if (!is_confirmed(ctl, task.user)) {
        return CTL_FAILED;
    }
    return ctl_user_change(ctl, task.user, &what, &task);
}
