/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_user.h"

#include <stdio.h>
#include <string.h>

#include "account/username.h"
#include "base/uuid.h"
#include "ctl_audit.h"
#include "ctl_output.h"
#include "text/json.h"

enum { LEGACY_ID_LEN = 24 };

typedef struct search_t {
    const char *given;
    const char *name; /* folded */
    as_user_t *user;
    as_user_t *namesake; /* another account whose username equals the given id; NULL: none */
} search_t;

/* Find an account by id or username. An id takes precedence over an equal username of another
 * account, so each account can be selected by its id. */
static apr_status_t find_account(as_tx_t *tx, void *baton)
{
    search_t *search = baton;
    const char *given = search->given;
    as_user_t *named = NULL;
    apr_status_t rv = APR_ENOENT;
    apr_status_t rv_name;

    search->namesake = NULL;
    if (as_uuid_is_valid(given)) {
        rv = as_users_find_by_id(tx, given, &search->user);
    } else if (strlen(given) == LEGACY_ID_LEN) {
        rv = as_users_find_by_legacy_id(tx, given, &search->user);
    }
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return rv;
    }
    /* At time 0 no pending account has expired, so each one is found by its name. */
    rv_name = as_users_find_by_name(tx, search->name, 0, &named);
    if (rv == APR_ENOENT) {
        search->user = named;
        return rv_name;
    }
    if (rv_name == APR_SUCCESS && strcmp(named->id, search->user->id) != 0) {
        search->namesake = named;
    }
    return rv_name == APR_ENOENT ? APR_SUCCESS : rv_name;
}

int ctl_user_find(ctl_t *ctl, as_user_t **user)
{
    search_t search = {.given = ctl->argv[0]};
    apr_status_t rv = as_username_fold(ctl->pool, search.given, &search.name);

    if (rv == APR_SUCCESS) {
        rv = as_db_read(ctl->db, ctl->pool, find_account, &search);
    }
    if (rv == APR_ENOENT || rv == APR_EINVAL) {
        return ctl_print_error("no account '%s'", search.given);
    }
    if (rv != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    if (search.namesake) {
        ctl_print_note(
            "'%s' is an id of the account %s (%s) and the username of %s: using the first",
            search.given, search.user->id, search.user->username, search.namesake->id);
    }
    *user = search.user;
    return CTL_OK;
}

json_object *ctl_user_make_json(const ctl_t *ctl, const as_user_t *user)
{
    json_object *object = as_json_new_object(ctl->pool);

    ctl_add_text(object, "id", user->id);
    ctl_add_text(object, "username", user->username);
    return object;
}

void ctl_user_print_result(const ctl_t *ctl, const as_user_t *user, const char *result)
{
    json_object *object;

    if (!ctl->json) {
        printf("%s: %s\n", ctl_escape(ctl->pool, user->username), result);
        return;
    }
    object = ctl_user_make_json(ctl, user);
    ctl_add_text(object, "result", result);
    ctl_print_json(object);
}

int ctl_user_change(ctl_t *ctl, const as_user_t *user, const ctl_user_change_t *change, void *baton)
{
    apr_status_t rv = as_db_write(ctl->db, ctl->pool, change->work, baton);

    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        return ctl_print_error("the database failed, nothing was changed");
    }
    if (rv == APR_SUCCESS) {
        ctl_audit(ctl, change->event, user->id);
    }
    ctl_user_print_result(ctl, user, rv == APR_SUCCESS ? change->done : change->unchanged);
    return CTL_OK;
}
