/* SPDX-License-Identifier: Apache-2.0 */
/* The mode of an SQLite database, which holds password hashes and numbers. */
#ifndef AS_DB_SQLITE_FILE_H
#define AS_DB_SQLITE_FILE_H

#include <apr_pools.h>

/*
 * Create a database file that does not exist yet, before SQLite opens it: mode 0600, or 0640 with
 * the directory's group where that group can read the directory. SQLite gives -wal and -shm the
 * mode of the file. An existing file, and a relative path, are left alone.
 */
void as_sqlite_file_create(apr_pool_t *p, const char *path);

/* "/", "/var", "/var/lib": a directory that other programs use too, so its owner and mode must
 * stay. */
int as_sqlite_file_is_system_directory(const char *directory);

/* A warning for the log if all local users can read the directory of this absolute path; NULL: they
 * cannot. */
const char *as_sqlite_file_check_directory(apr_pool_t *p, const char *path);

#endif
