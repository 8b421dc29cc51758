/* SPDX-License-Identifier: Apache-2.0 */
/* invite */
#include "ctl_commands.h"

#include <apr_strings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "account/invitation.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/uuid.h"
#include "ctl_audit.h"
#include "ctl_number.h"
#include "ctl_output.h"
#include "store/invitations.h"
#include "text/json.h"

enum { LIST_MAX = 100000 };

static int reject_words(const char *usage)
{
    ctl_print_error("usage: invite %s", usage);
    return CTL_USAGE;
}

/* ---- add ---- */

static apr_status_t insert(as_tx_t *tx, void *baton)
{
    return as_invitations_insert(tx, baton);
}

static int make_invitation(ctl_t *ctl, as_invitation_t *invitation, const char **code)
{
    const char *country;
    int status = ctl->number ? ctl_number_read(ctl, &invitation->mobile, &country) : CTL_OK;

    if (status != CTL_OK) {
        return status;
    }
    invitation->uses = ctl->uses;
    invitation->roles = ctl->roles->nelts ? apr_array_pstrcat(ctl->pool, ctl->roles, ',') : NULL;
    invitation->created_at = as_clock_now();
    invitation->expires_at = invitation->created_at + ctl->ttl;
    if (as_uuid_generate(ctl->pool, &invitation->id) != APR_SUCCESS ||
        as_invitation_generate(ctl->pool, code) != APR_SUCCESS ||
        as_invitation_hash(ctl->pool, *code, &invitation->digest) != APR_SUCCESS) {
        return ctl_print_error("the random generator failed");
    }
    return CTL_OK;
}

/* The code alone, so that a script can use it. */
static int add(ctl_t *ctl)
{
    as_invitation_t invitation = {.id = NULL};
    json_object *object;
    const char *code = NULL;
    int status = make_invitation(ctl, &invitation, &code);

    if (status != CTL_OK) {
        return status;
    }
    if (as_db_write(ctl->db, ctl->pool, insert, &invitation) != APR_SUCCESS) {
        return ctl_print_error("the database failed, no invitation was made");
    }
    ctl_audit(ctl, AS_EVENT_INVITE, NULL);
    if (!ctl->json) {
        printf("%s\n", code);
        return CTL_OK;
    }
    object = as_json_new_object(ctl->pool);
    ctl_add_text(object, "id", invitation.id);
    ctl_add_text(object, "code", code);
    ctl_add_time(ctl, object, "expiresAt", invitation.expires_at);
    ctl_print_json(object);
    return CTL_OK;
}

/* ---- list ---- */

static apr_status_t find_all(as_tx_t *tx, void *baton)
{
    return as_invitations_list(tx, LIST_MAX, baton);
}

static void print_invitation(const ctl_t *ctl, const as_invitation_t *invitation)
{
    const char *mobile =
        invitation->mobile ? as_log_mask_number(ctl->pool, invitation->mobile) : NULL;
    json_object *object;

    if (!ctl->json) {
        printf("%s\t%d\t%s\t%s\t%s\n", ctl_escape(ctl->pool, invitation->id), invitation->uses,
               ctl_format_time(ctl->pool, invitation->expires_at),
               ctl_escape(ctl->pool, ctl_format_list(invitation->roles)), mobile ? mobile : "-");
        return;
    }
    object = as_json_new_object(ctl->pool);
    ctl_add_text(object, "id", invitation->id);
    json_object_object_add(object, "uses", json_object_new_int(invitation->uses));
    ctl_add_time(ctl, object, "createdAt", invitation->created_at);
    ctl_add_time(ctl, object, "expiresAt", invitation->expires_at);
    as_json_add_list(object, "roles", invitation->roles, ",");
    ctl_add_text(object, "mobile", mobile);
    ctl_print_json(object);
}

static int list(ctl_t *ctl)
{
    apr_array_header_t *all;

    if (as_db_read(ctl->db, ctl->pool, find_all, &all) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    for (int i = 0; i < all->nelts; i++) {
        print_invitation(ctl, APR_ARRAY_IDX(all, i, as_invitation_t *));
    }
    return CTL_OK;
}

/* ---- revoke ---- */

static apr_status_t delete_one(as_tx_t *tx, void *baton)
{
    return as_invitations_delete(tx, baton);
}

static int revoke_one(ctl_t *ctl)
{
    const char *id = ctl->argv[1];

    switch (as_db_write(ctl->db, ctl->pool, delete_one, apr_pstrdup(ctl->pool, id))) {
    case APR_SUCCESS:
        break;
    case APR_ENOENT:
        return ctl_print_error("no invitation '%s'", id);
    default:
        return ctl_print_error("the database failed, nothing was changed");
    }
    ctl_audit(ctl, AS_EVENT_INVITE, NULL);
    if (ctl->json) {
        json_object *object = as_json_new_object(ctl->pool);

        ctl_add_text(object, "id", id);
        ctl_add_text(object, "result", "revoked");
        ctl_print_json(object);
    } else {
        printf("%s: revoked\n", ctl_escape(ctl->pool, id));
    }
    return CTL_OK;
}

int ctl_invite(ctl_t *ctl)
{
    const char *action = ctl->argv[0];

    if (strcmp(action, "add") == 0) {
        return ctl->argc == 1 ? add(ctl) : reject_words("add [options]");
    }
    if (strcmp(action, "list") == 0) {
        return ctl->argc == 1 ? list(ctl) : reject_words("list");
    }
    if (strcmp(action, "revoke") == 0) {
        return ctl->argc == 2 ? revoke_one(ctl) : reject_words("revoke ID");
    }
    ctl_print_error("invite '%s' must be add, list or revoke", action);
    return CTL_USAGE;
}
