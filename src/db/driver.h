/* SPDX-License-Identifier: Apache-2.0 */
/* The drivers of apr_dbd and the client libraries below them (libpq, SQLite), which are looked up
 * at run time: the module does not link them. */
#ifndef AS_DB_DRIVER_H
#define AS_DB_DRIVER_H

#include <apr_dbd.h>

int as_driver_is_pgsql(const apr_dbd_driver_t *driver);
int as_driver_is_sqlite(const apr_dbd_driver_t *driver);

/* A function of the driver's client library; NULL: not found. */
void *as_driver_find_symbol(const char *name);

#endif
