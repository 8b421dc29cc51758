/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the database reachable? While it is not, one unit of work per interval probes it and all
 * others are refused. Each outage is logged once when it begins and once when it ends.
 */
#ifndef AS_DB_HEALTH_H
#define AS_DB_HEALTH_H

#include <apr_pools.h>
#include <apr_time.h>

#include "base/log.h"

typedef struct as_health_t as_health_t;

apr_status_t as_health_create(apr_pool_t *p, const as_log_t *log, as_health_t **health);

/* Is the next probe not due yet? */
int as_health_is_down(as_health_t *h);

/* Before a connection is borrowed. APR_EAGAIN: refused. *is_probe is for as_health_end_probe, to be
 * called after borrowing. */
apr_status_t as_health_begin_probe(as_health_t *h, int *is_probe);
void as_health_end_probe(as_health_t *h, int is_probe);

/* No connection. The first line of `reason` is logged; NULL: unknown. */
void as_health_note_unreachable(as_health_t *h, const char *reason);
/* After a unit that was served: a connection alone does not prove that a server answers. */
void as_health_note_reachable(as_health_t *h);
/* A statement failed. */
void as_health_note_failure(as_health_t *h);
/* Count a unit that was refused because of the outage. */
void as_health_note_refused(as_health_t *h);
/* All connections are in use; logged once per minute at most. slots: their number. */
void as_health_log_busy(as_health_t *h, int slots);

/* When did the database last fail (monotonic clock)? 0: never. */
apr_time_t as_health_failed_at(const as_health_t *h);

#endif
