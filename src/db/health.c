/* SPDX-License-Identifier: Apache-2.0 */
#include "db/health.h"

#include <stdatomic.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/semaphore.h"

/* µs */
enum {
    PROBE_INTERVAL = APR_USEC_PER_SEC / 2,
    BUSY_LOG_INTERVAL = 60 * APR_USEC_PER_SEC,
};

/* Times of the monotonic clock. */
struct as_health_t {
    const as_log_t *log;
    as_semaphore_t *probes;            /* one place */
    _Atomic apr_time_t down_until;     /* the next probe; 0: the database is reachable */
    _Atomic int refused;               /* units, during this outage */
    _Atomic apr_time_t failed_at;      /* 0: never */
    _Atomic apr_time_t busy_logged_at; /* 0: never */
};

apr_status_t as_health_create(apr_pool_t *p, const as_log_t *log, as_health_t **health)
{
    as_health_t *h = apr_pcalloc(p, sizeof(*h));

    h->log = log;
    *health = h;
    return as_semaphore_create(p, 1, &h->probes);
}

int as_health_is_down(as_health_t *h)
{
    apr_time_t until = atomic_load(&h->down_until);

    return until && as_clock_monotonic() < until;
}

apr_status_t as_health_begin_probe(as_health_t *h, int *is_probe)
{
    *is_probe = atomic_load(&h->down_until) != 0;
    if (as_health_is_down(h) || (*is_probe && as_semaphore_acquire(h->probes, 0) != APR_SUCCESS)) {
        as_health_note_refused(h);
        return APR_EAGAIN;
    }
    return APR_SUCCESS;
}

void as_health_end_probe(as_health_t *h, int is_probe)
{
    if (is_probe) {
        as_semaphore_release(h->probes);
    }
}

void as_health_note_unreachable(as_health_t *h, const char *reason)
{
    as_health_note_failure(h);
    atomic_fetch_add(&h->refused, 1);
    AS_METRIC_INCREMENT(DB_ERRORS, AS_METRIC_FAULT_UNREACHABLE, AS_METRIC_ONLY);
    if (!atomic_exchange(&h->down_until, as_clock_monotonic() + PROBE_INTERVAL)) {
        as_log(h->log, AS_LOG_ERR, 0, AS_TAG(0230) "the database cannot be reached%s%.*s",
               reason ? ": " : "", reason ? (int)strcspn(reason, "\n") : 0, reason ? reason : "");
    }
}

void as_health_note_reachable(as_health_t *h)
{
    if (atomic_load(&h->down_until) && atomic_exchange(&h->down_until, 0)) {
        as_log(
            h->log, AS_LOG_NOTICE, 0,
            AS_TAG(0231) "the database is reached again; %d units of work were refused meanwhile",
            atomic_exchange(&h->refused, 0));
    }
}

void as_health_note_failure(as_health_t *h)
{
    atomic_store(&h->failed_at, as_clock_monotonic());
}

void as_health_note_refused(as_health_t *h)
{
    atomic_fetch_add(&h->refused, 1);
    AS_METRIC_INCREMENT(DB_ERRORS, AS_METRIC_FAULT_REFUSED, AS_METRIC_ONLY);
}

void as_health_log_busy(as_health_t *h, int slots)
{
    apr_time_t now = as_clock_monotonic();
    apr_time_t logged = atomic_load(&h->busy_logged_at);

    AS_METRIC_INCREMENT(DB_ERRORS, AS_METRIC_FAULT_BUSY, AS_METRIC_ONLY);
    if ((!logged || now - logged > BUSY_LOG_INTERVAL) &&
        atomic_compare_exchange_strong(&h->busy_logged_at, &logged, now)) {
        as_log(h->log, AS_LOG_WARNING, 0,
               AS_TAG(0232) "all database connections are busy, so requests are refused: raise "
                            "DBDMax (%d) or find the slow queries",
               slots);
    }
}

apr_time_t as_health_failed_at(const as_health_t *h)
{
    return atomic_load(&h->failed_at);
}
