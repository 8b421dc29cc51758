/* SPDX-License-Identifier: Apache-2.0 */
/* sessions, logout */
#include "ctl_commands.h"

#include <stdio.h>

#include "base/clock.h"
#include "ctl_audit.h"
#include "ctl_output.h"
#include "ctl_user.h"
#include "store/sessions.h"
#include "text/json.h"

enum { LIST_MAX = 10000 };

typedef struct task_t {
    as_user_t *user;
    const char *sid;
    apr_array_header_t *sessions;
} task_t;

/* ---- sessions ---- */

static apr_status_t find_sessions(as_tx_t *tx, void *baton)
{
    task_t *task = baton;

    return as_sessions_list(tx, task->user->id, as_clock_now(), LIST_MAX, &task->sessions);
}

static void print_session(const ctl_t *ctl, const as_session_t *session)
{
    apr_pool_t *p = ctl->pool;
    json_object *object;

    if (!ctl->json) {
        printf("%s\t%s\t%s\t%s\t%s\t%s\n", ctl_escape(p, session->sid),
               ctl_format_time(p, session->created_at), ctl_format_time(p, session->used_at),
               ctl_escape(p, session->address ? session->address : "-"),
               ctl_escape(p, *session->amr ? session->amr : "-"),
               ctl_escape(p, session->agent ? session->agent : "-"));
        return;
    }
    object = as_json_new_object(p);
    ctl_add_text(object, "sid", session->sid);
    ctl_add_time(ctl, object, "createdAt", session->created_at);
    ctl_add_time(ctl, object, "usedAt", session->used_at);
    ctl_add_time(ctl, object, "expiresAt", session->expires_at);
    ctl_add_text(object, "address", session->address);
    as_json_add_list(object, "amr", session->amr, " ");
    ctl_add_text(object, "agent", session->agent);
    ctl_print_json(object);
}

int ctl_sessions_list(ctl_t *ctl)
{
    task_t task = {NULL};
    int status = ctl_user_find(ctl, &task.user);

    if (status != CTL_OK) {
        return status;
    }
    if (as_db_read(ctl->db, ctl->pool, find_sessions, &task) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    for (int i = 0; i < task.sessions->nelts; i++) {
        print_session(ctl, &APR_ARRAY_IDX(task.sessions, i, as_session_t));
    }
    return CTL_OK;
}

/* ---- logout ---- */

static apr_status_t end_all(as_tx_t *tx, void *baton)
{
    const char *id = ((task_t *)baton)->user->id;
    apr_status_t rv = as_users_revoke_tokens(tx, id, as_clock_now());

    return rv == APR_SUCCESS ? as_sessions_delete_all(tx, id) : rv;
}

static apr_status_t end_one(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;
    apr_status_t rv = as_users_prevent_deletion(tx, task->user->id);

    return rv == APR_SUCCESS ? as_sessions_delete(tx, task->sid, task->user->id) : rv;
}

int ctl_sessions_end(ctl_t *ctl)
{
    static const ctl_user_change_t all = {end_all, AS_EVENT_LOGOUT, "logged out",
                                          "no longer exists"};
    task_t task = {.sid = ctl->argc > 1 ? ctl->argv[1] : NULL};
    int status = ctl_user_find(ctl, &task.user);
    apr_status_t rv;

    if (status != CTL_OK) {
        return status;
    }
    if (!task.sid) {
        return ctl_user_change(ctl, task.user, &all, &task);
    }
    rv = as_db_write(ctl->db, ctl->pool, end_one, &task);
    if (rv == APR_ENOENT) {
        return ctl_print_error("%s has no session '%s'", task.user->username, task.sid);
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("the database failed, nothing was changed");
    }
    ctl_audit(ctl, AS_EVENT_SESSION_END, task.user->id);
    ctl_user_print_result(ctl, task.user, "session ended");
    return CTL_OK;
}
