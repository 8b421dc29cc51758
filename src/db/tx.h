/* SPDX-License-Identifier: Apache-2.0 */
/* A unit of work, as its statements see it. db/unit.h creates it. */
#ifndef AS_DB_TX_H
#define AS_DB_TX_H

#include <apr_pools.h>

typedef struct as_tx_t as_tx_t;

/* The pool given to as_db_read or as_db_write: results are copied to it. */
apr_pool_t *as_tx_pool(const as_tx_t *tx);
int as_tx_is_pgsql(const as_tx_t *tx);

#endif
