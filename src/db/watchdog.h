/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A time limit for calls of libpq. The kernel of a stopped server still acknowledges packets, so
 * that neither statement_timeout nor any TCP setting ends the wait. One thread for each watchdog
 * shuts the socket of a connection whose server has not answered in time.
 */
#ifndef AS_DB_WATCHDOG_H
#define AS_DB_WATCHDOG_H

#include <apr_pools.h>
#include <apr_time.h>

typedef struct as_watchdog_t as_watchdog_t;

/* A watched call; its caller owns it. */
typedef struct as_watchdog_call_t {
    apr_time_t deadline; /* monotonic clock */
    const void *pgconn;  /* PGconn */
    int is_cut;          /* it took too long, and its socket was shut */
    int is_listed;
    struct as_watchdog_call_t *prev;
    struct as_watchdog_call_t *next;
} as_watchdog_call_t;

/* The thread starts at the first call and ends with p. bound: the limit of a call (µs). */
apr_status_t as_watchdog_create(apr_pool_t *p, apr_interval_time_t bound, as_watchdog_t **w);

/* limit: of this call, if shorter than `bound`; 0: `bound`. */
void as_watchdog_enter(as_watchdog_t *w, as_watchdog_call_t *call, const void *pgconn,
                       apr_interval_time_t limit);
void as_watchdog_leave(as_watchdog_t *w, as_watchdog_call_t *call);

/* Cut all calls at once, those of the future too. */
void as_watchdog_cut_all(as_watchdog_t *w);

#endif
