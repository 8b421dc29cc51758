/* SPDX-License-Identifier: Apache-2.0 */
/* A lock that all processes of a server share, because SQLite has one writer at a time. It waits by
 * the monotonic clock. */
#ifndef AS_DB_WRITER_LOCK_H
#define AS_DB_WRITER_LOCK_H

#include <apr_errno.h>
#include <apr_time.h>

typedef struct as_writer_lock_t as_writer_lock_t;

/* Create the lock in memory that is shared with processes forked later. It is never destroyed,
 * since they may outlive this process. */
apr_status_t as_writer_lock_create(as_writer_lock_t **lock);

/*
 * Acquire the lock, waiting at most `wait` µs. APR_TIMEUP: another thread or process still has it.
 * The lock of a process that died is released. Not recursive.
 */
apr_status_t as_writer_lock_acquire(as_writer_lock_t *lock, apr_interval_time_t wait);

/* In the thread that acquired it. */
void as_writer_lock_release(as_writer_lock_t *lock);

#endif
