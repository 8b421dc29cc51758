/* SPDX-License-Identifier: Apache-2.0 */
/* authsms_addresses: the client networks from which an account logged in recently. */
#ifndef AS_STORE_ADDRESSES_H
#define AS_STORE_ADDRESSES_H

#include "db/unit.h"

/* key: a keyed digest of the folded name and the network, so the query (as_users_find_for_login)
 * does not depend on whether the account exists. */

/* Record a successful login: the network is known until expires_at, up to a day less. APR_ENOENT:
 * no such account. */
apr_status_t as_addresses_record(as_tx_t *tx, const char *key, const char *user_id,
                                 apr_time_t expires_at);

/* Delete expired rows, the oldest first, at most `limit`: *deleted of them. */
apr_status_t as_addresses_purge(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

#endif
