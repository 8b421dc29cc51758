/* SPDX-License-Identifier: Apache-2.0 */
/* The tables with expired rows, for the background purge and authsmsctl. */
#ifndef AS_STORE_EXPIRED_H
#define AS_STORE_EXPIRED_H

#include "db/unit.h"

/* Delete (or expire) rows that have expired at `now`, the oldest first, at most `limit`: *deleted
 * of them. */
typedef apr_status_t as_expired_purge_fn(as_tx_t *tx, apr_time_t now, int limit, int *deleted);

/* One function a table, in an order that is safe; ends with NULL. Call each until it deletes fewer
 * than the limit. */
extern as_expired_purge_fn *const as_expired_tables[];

#endif
