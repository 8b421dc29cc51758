/* SPDX-License-Identifier: Apache-2.0 */
/*
 * authsms_resets: requests for a code to reset a password. A request is stored for every name,
 * whether or not an account has it, and the account is looked up in the background. So the response
 * cannot tell which accounts exist.
 */
#ifndef AS_STORE_RESETS_H
#define AS_STORE_RESETS_H

#include "db/unit.h"
#include "store/row.h"

#define AS_RESETS_ROW(FIRST, NEXT)                                                                 \
    FIRST(TEXT, id)  /* UUID */                                                                    \
    NEXT(TEXT, site) /* whose settings apply */                                                    \
    NEXT(TEXT, name) /* the folded name, encrypted (as_seal_encrypt) with the id */                \
    NEXT(TIME, created_at)

/* Older requests are dropped. */
#define AS_RESETS_TTL apr_time_from_sec(600)

typedef struct as_reset_t {
    AS_ROW_MEMBERS(AS_RESETS_ROW)
} as_reset_t;

apr_status_t as_resets_insert(as_tx_t *tx, const as_reset_t *reset);

/* Take the oldest request of a site: it is deleted when the unit commits. Units of other servers
 * meanwhile take other ones. APR_ENOENT: there is none. */
apr_status_t as_resets_take(as_tx_t *tx, const char *site, as_reset_t **reset);

/* Are there requests of a site? */
apr_status_t as_resets_exist(as_tx_t *tx, const char *site, int *exist);

/* Delete requests created at or before `before`, the oldest first, at most `limit`: *deleted of
 * them. */
apr_status_t as_resets_purge(as_tx_t *tx, apr_time_t before, int limit, int *deleted);

#endif
