/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_addresses: the client networks from which an account logged in recently. */
#ifndef AS_STORE_ADDRESSES_H
#define AS_STORE_ADDRESSES_H

#include "db/unit.h"

/* Did an account log in from this network? key: a keyed digest of the folded name and the network,
 * so the query does not depend on whether the account exists. *known: 1 until the row expires. */
apr_status_t as_addresses_is_known(as_tx_t *tx, const char *key, apr_time_t now, int *known);

/* Record a successful login: the network is known until expires_at, up to a day less. APR_ENOENT:
 * no such account. */
apr_status_t as_addresses_record(as_tx_t *tx, const char *key, const char *user_id,
                                 apr_time_t expires_at);

/* Delete expired rows, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_addresses_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
