/* SPDX-License-Identifier: Apache-2.0 */
/* Where an SQLite database is kept: its directory must be writable, for -wal and -shm too. */
#ifndef AS_SERVER_SQLITE_ACCESS_H
#define AS_SERVER_SQLITE_ACCESS_H

#include <apr_pools.h>

/*
 * Why the user that httpd serves as cannot keep a database at this absolute path: a sentence with
 * path, user and the command that cures it. NULL: no fault is known. A parent that runs as root
 * asks for the configured User and Group, any other process for itself; a configtest by another
 * user than root checks only that the directory exists.
 */
const char *as_sqlite_access_find_fault(apr_pool_t *p, const char *path);

#endif
