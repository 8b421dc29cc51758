/* SPDX-License-Identifier: Apache-2.0 */
/* A lock that all processes of a server share: SQLite has one writer at a time. Its waits are timed
 * by a clock that nobody sets. */
#ifndef AS_DB_WRITER_LOCK_H
#define AS_DB_WRITER_LOCK_H

#include <apr_errno.h>
#include <apr_time.h>

typedef struct as_writer_lock_t as_writer_lock_t;

/* Create the lock in memory that the processes forked from now on share. It is never destroyed:
 * those processes may outlive this one. */
apr_status_t as_writer_lock_create(as_writer_lock_t **lock);

/*
 * Take the lock, waiting at most `wait` microseconds. APR_TIMEUP: another thread or process has it
 * still. The lock of a process that died is taken over. Not recursive.
 */
apr_status_t as_writer_lock_take(as_writer_lock_t *lock, apr_interval_time_t wait);

/* Release the lock, in the thread that took it. */
void as_writer_lock_release(as_writer_lock_t *lock);

#endif
