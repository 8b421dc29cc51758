/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_addresses: from where an account logged in of late. */
#ifndef AS_STORE_ADDRESSES_H
#define AS_STORE_ADDRESSES_H

#include "db/unit.h"

/* key: a keyed digest of the folded name and the client's network, so that it can be asked for
 * without knowing whether there is such an account. *known: 1 while such a row lives. */
apr_status_t as_addresses_is_known(as_tx_t *tx, const char *key, apr_time_t now, int *known);

/* A login from there succeeded: known until expires_at, give or take a day. APR_ENOENT:
 * no such account. */
apr_status_t as_addresses_record(as_tx_t *tx, const char *key, const char *user_id,
                                 apr_time_t expires_at);

/* Delete expired rows, the oldest first and at most `limit`: *deleted of them. For background
 * jobs. */
apr_status_t as_addresses_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
