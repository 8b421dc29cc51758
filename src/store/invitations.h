/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_invitations: who may register with AuthSMSRegistration invite. */
#ifndef AS_STORE_INVITATIONS_H
#define AS_STORE_INVITATIONS_H

#include <apr_tables.h>

#include "db/unit.h"
#include "store/row.h"

#define AS_INVITATIONS_ROW(FIRST, NEXT)                                                            \
    FIRST(TEXT, id)    /* UUID, by which authsmsctl names it */                                    \
    NEXT(TEXT, digest) /* of its code (account/invitation.h); unique */                            \
    NEXT(INT, uses)    /* accounts that can still be made with it */                               \
    NEXT(TEXT, roles)  /* of these accounts, a list (store/roles.h); NULL: none */                 \
    NEXT(TEXT, mobile) /* E.164: the only number that may use it; NULL: any */                     \
    NEXT(TIME, created_at)                                                                         \
    NEXT(TIME, expires_at)

typedef struct as_invitation_t {
    AS_ROW_MEMBERS(AS_INVITATIONS_ROW)
} as_invitation_t;

apr_status_t as_invitations_insert(as_tx_t *tx, const as_invitation_t *invitation);

/* Find a usable invitation. APR_ENOENT: none of this digest, or it is expired or used up. */
apr_status_t as_invitations_find(as_tx_t *tx, const char *digest, apr_time_t now,
                                 as_invitation_t **invitation);

/* Use an invitation once, for an account with this number: of two units at once, the last use
 * serves one. APR_ENOENT: as above, or it is for another number. */
apr_status_t as_invitations_use(as_tx_t *tx, const char *digest, const char *mobile, apr_time_t now,
                                as_invitation_t **invitation);

/* All invitations (as_invitation_t *), also those that are used up, the oldest first, at most
 * `limit`. */
apr_status_t as_invitations_list(as_tx_t *tx, int limit, apr_array_header_t **invitations);

/* Delete an invitation. APR_ENOENT: no such id. */
apr_status_t as_invitations_delete(as_tx_t *tx, const char *id);

/* Delete expired invitations, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_invitations_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
