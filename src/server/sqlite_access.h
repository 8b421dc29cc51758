/* SPDX-License-Identifier: Apache-2.0 */
/* Checks that httpd's user can write an SQLite database: its file, and its directory for -wal and
 * -shm. */
#ifndef AS_SERVER_SQLITE_ACCESS_H
#define AS_SERVER_SQLITE_ACCESS_H

#include <apr_pools.h>

/*
 * Why httpd's user cannot write a database at this absolute path: a sentence with path, user and
 * the command that repairs it. NULL: no fault is known. A parent that runs as root checks for the
 * configured User and Group, any other process for its own user. A configtest by a user other than
 * root checks only that the directory exists.
 */
const char *as_sqlite_access_find_fault(apr_pool_t *p, const char *path);

#endif
