/* SPDX-License-Identifier: Apache-2.0 */
/* The account that USER names, and a change of it. */
#ifndef AS_TOOLS_CTL_USER_H
#define AS_TOOLS_CTL_USER_H

#include <json-c/json.h>

#include "base/event.h"
#include "ctl.h"
#include "store/users.h"

/* Find the account of ctl->argv[0]: a username, an id, or the id from before an import. CTL_OK, or
 * CTL_FAILED with a printed error. */
int ctl_user_find(ctl_t *ctl, as_user_t **user);

/* A change of an account. */
typedef struct ctl_user_change_t {
    as_db_work_fn *work;
    as_event_kind_t event; /* for the audit log */
    const char *done, *unchanged;
} ctl_user_change_t;

/* Run the unit, and print `done`, or `unchanged` if it returns APR_ENOENT. CTL_OK, or CTL_FAILED
 * with a printed error. */
int ctl_user_change(ctl_t *ctl, const as_user_t *user, const ctl_user_change_t *change,
                    void *baton);

/* Print the outcome of a command for an account: "NAME: text", or {"id", "username", "result"}. */
void ctl_user_print_result(const ctl_t *ctl, const as_user_t *user, const char *result);

/* A JSON object with the id and the username, freed with ctl->pool. */
json_object *ctl_user_make_json(const ctl_t *ctl, const as_user_t *user);

#endif
