/* SPDX-License-Identifier: Apache-2.0 */
#include "db/source.h"

#include <apr_portable.h>
#include <apr_strings.h>

#include <pthread.h>
#include <string.h>

#include "base/clock.h"
#include "base/random.h"
#include "base/thread.h"
#include "db/conn.h"
#include "db/driver.h"
#include "db/fault.h"
#include "db/watchdog.h"

enum { REASON_BYTES = 256 };

/* µs */
enum {
    OPEN_WAIT = 2 * APR_USEC_PER_SEC,  /* for a connection that is being opened */
    INIT_MAX = 2 * APR_USEC_PER_SEC,   /* for the response to a statement of `init` */
    RETRY_WAIT = 5 * APR_USEC_PER_SEC, /* after a failure, when no borrower waits */
    IDLE_WAIT = 60 * APR_USEC_PER_SEC, /* when nothing is due */
    EXIT_GRACE = APR_USEC_PER_SEC / 5, /* for a connection that is being opened at exit */
};

typedef struct connection_t {
    struct connection_t *next;
    apr_pool_t *pool; /* this record is in it, and ends with it */
    const apr_dbd_driver_t *driver;
    apr_dbd_t *handle;
    int (*pq_status)(const void *pgconn); /* NULL: not PostgreSQL */
    apr_time_t opened_at;
    apr_time_t renew_at; /* before expires_at, by a random time: not all at once */
    apr_time_t expires_at;
    int generation;
    int used;
} connection_t;

typedef struct direct_t {
    as_source_direct_options_t options;
    const apr_dbd_driver_t *driver;
    pthread_mutex_t lock;   /* of all members below */
    pthread_cond_t changed; /* wakes borrowers */
    pthread_cond_t work;    /* wakes the thread */
    connection_t *idle;     /* last returned first */
    connection_t *dead;     /* to be closed, without the lock */
    int open;               /* idle, lent or being opened */
    int opening;
    int surplus;    /* replaced while they were lent */
    int generation; /* raised when a server fails: older connections are closed */
    int waiting;    /* borrowers */
    int wanted;     /* connections still to be opened for them */
    int failures;   /* failed attempts to open one */
    apr_time_t retry_at;
    char reason[REASON_BYTES]; /* of the last failure */
    int stopping;
    as_watchdog_t *watchdog; /* of `init` */
    apr_pool_t *thread_pool;
    apr_thread_t *thread;
} direct_t;

/* ---- one connection ---- */

static apr_status_t close_handle(void *data)
{
    connection_t *c = data;

    return apr_dbd_close(c->driver, c->handle) == 0 ? APR_SUCCESS : APR_EGENERAL;
}

static apr_interval_time_t random_part(apr_interval_time_t whole)
{
    apr_uint32_t n = 0;

    return as_random_bytes(&n, sizeof(n)) == APR_SUCCESS ? whole / 1000 * (n % 1000) : 0;
}

static void set_age_limits(connection_t *c, apr_interval_time_t max_age)
{
    c->opened_at = as_clock_monotonic();
    c->expires_at = max_age ? c->opened_at + max_age : APR_INT64_MAX;
    c->renew_at = max_age ? c->expires_at - max_age / 10 - random_part(max_age / 4) : APR_INT64_MAX;
}

/* The watchdog limits it: a pooler accepts connections without a server behind it. */
static int run_watched(const direct_t *d, const connection_t *c, const char *sql)
{
    as_watchdog_call_t call = {.is_cut = 0};
    int is_pgsql = as_driver_is_pgsql(c->driver);
    int rows, ret;

    if (is_pgsql) {
        as_watchdog_enter(d->watchdog, &call, apr_dbd_native_handle(c->driver, c->handle), 0);
    }
    ret = apr_dbd_query(c->driver, c->handle, &rows, sql);
    if (is_pgsql) {
        as_watchdog_leave(d->watchdog, &call);
    }
    return ret;
}

static apr_status_t run_init(const direct_t *d, const connection_t *c)
{
    for (int i = 0; d->options.init && i < d->options.init->nelts; i++) {
        if (run_watched(d, c, APR_ARRAY_IDX(d->options.init, i, const char *)) != 0) {
            return APR_EGENERAL;
        }
    }
    return APR_SUCCESS;
}

static apr_status_t set_up_connection(const direct_t *d, connection_t *c)
{
    apr_status_t rv = run_init(d, c);

    return rv == APR_SUCCESS ? as_conn_prepare(c->pool, c->driver, c->handle, d->options.log) : rv;
}

/* The end of a child cancels the thread in libpq, see stop_thread. */
static apr_status_t open_handle(const direct_t *d, connection_t *c, const char **error)
{
    int cancel_state;
    apr_status_t rv;

    pthread_setcancelstate(d->options.background ? PTHREAD_CANCEL_ENABLE : PTHREAD_CANCEL_DISABLE,
                           &cancel_state);
    rv = apr_dbd_open_ex(d->driver, c->pool, d->options.params, &c->handle, error);
    pthread_setcancelstate(cancel_state, NULL);
    return rv;
}

/* In a pool of its own, since borrowers allocate from it. NULL: failed; *reason. */
static connection_t *open_connection(const direct_t *d, int generation, char reason[REASON_BYTES])
{
    const char *error = NULL;
    apr_pool_t *pool;
    connection_t *c;
    apr_status_t rv = apr_pool_create_unmanaged_ex(&pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        apr_cpystrn(reason, "no memory", REASON_BYTES);
        return NULL;
    }
    c = apr_pcalloc(pool, sizeof(*c));
    c->pool = pool;
    c->driver = d->driver;
    c->generation = generation;
    set_age_limits(c, d->options.max_age);
    rv = open_handle(d, c, &error);
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, c, close_handle, apr_pool_cleanup_null);
        rv = set_up_connection(d, c);
        error = rv == APR_SUCCESS ? NULL : apr_dbd_error(d->driver, c->handle, 1);
    }
    if (rv != APR_SUCCESS) {
        apr_cpystrn(reason,
                    error && *error ? as_fault_redact_reason(error) : "the driver gives no reason",
                    REASON_BYTES);
        apr_pool_destroy(pool);
        return NULL;
    }
    if (as_driver_is_pgsql(d->driver)) {
        *(void **)&c->pq_status = as_driver_find_symbol("PQstatus");
    }
    return c;
}

/* ---- the lists; the lock is held ---- */

static int is_usable(const direct_t *d, const connection_t *c, apr_time_t now)
{
    return c->generation == d->generation && now < c->expires_at &&
           (!c->pq_status || c->pq_status(apr_dbd_native_handle(c->driver, c->handle)) == 0);
}

/* Have it closed by close_all. */
static void discard(direct_t *d, connection_t *c)
{
    c->next = d->dead;
    d->dead = c;
    d->open--;
    pthread_cond_signal(&d->work);
}

/* A usable idle connection that was opened at `since` or later. */
static connection_t *take_idle(direct_t *d, apr_time_t since)
{
    apr_time_t now = as_clock_monotonic();
    connection_t **link = &d->idle;
    connection_t *taken = NULL;

    while (*link && !taken) {
        connection_t *c = *link;

        if (!is_usable(d, c, now)) {
            *link = c->next;
            discard(d, c);
        } else if (c->opened_at >= since) {
            *link = c->next;
            c->used = 1;
            taken = c;
        } else {
            link = &c->next;
        }
    }
    if (!taken && d->idle && d->open >= d->options.max) {
        connection_t *c = d->idle;

        d->idle = c->next;
        discard(d, c);
    }
    return taken;
}

static connection_t *take_dead(direct_t *d)
{
    connection_t *dead = d->dead;

    d->dead = NULL;
    return dead;
}

/* Without the lock. */
static void close_all(connection_t *c)
{
    while (c) {
        connection_t *next = c->next;

        apr_pool_destroy(c->pool);
        c = next;
    }
}

/* ---- borrowing ---- */

/* The lock is released meanwhile. NULL: failed; d->reason. */
static connection_t *open_without_lock(direct_t *d)
{
    int generation = d->generation;
    char reason[REASON_BYTES] = "";
    connection_t *c;

    d->open++;
    d->opening++;
    pthread_mutex_unlock(&d->lock);
    c = open_connection(d, generation, reason);
    pthread_mutex_lock(&d->lock);
    d->opening--;
    if (!c) {
        d->open--;
        d->failures++;
        memcpy(d->reason, reason, sizeof(d->reason));
    }
    return c;
}

static apr_status_t open_in_borrow(direct_t *d, apr_pool_t *p, connection_t **c,
                                   const char **reason)
{
    if (d->open >= d->options.max) {
        return APR_TIMEUP;
    }
    *c = open_without_lock(d);
    if (!*c) {
        *reason = apr_pstrdup(p, d->reason);
        return APR_EAGAIN;
    }
    (*c)->used = 1;
    return APR_SUCCESS;
}

/* Wait until the thread has opened one, or another borrower returns one. */
static apr_status_t wait_for_connection(direct_t *d, apr_pool_t *p, apr_time_t since,
                                        connection_t **c, const char **reason)
{
    struct timespec until = as_clock_to_timespec(as_clock_monotonic() + OPEN_WAIT);
    int failures = d->failures;
    apr_status_t rv = APR_INCOMPLETE;

    d->waiting++;
    d->wanted++;
    pthread_cond_signal(&d->work);
    while (rv == APR_INCOMPLETE) {
        int is_late = pthread_cond_timedwait(&d->changed, &d->lock, &until) != 0;

        *c = take_idle(d, since);
        if (*c) {
            rv = APR_SUCCESS;
        } else if (d->open == d->opening && d->failures != failures) {
            rv = APR_EAGAIN;
            *reason = apr_pstrdup(p, d->reason);
        } else if (is_late || d->stopping) {
            rv = d->open == d->opening ? APR_EAGAIN : APR_TIMEUP;
            *reason = "no connection within 2 s";
        }
    }
    d->waiting--;
    d->wanted = d->wanted < d->waiting ? d->wanted : d->waiting;
    return rv;
}

static apr_status_t borrow(void *ctx, apr_pool_t *p, apr_time_t since, as_source_loan_t *loan)
{
    direct_t *d = ctx;
    connection_t *c, *dead;
    apr_status_t rv = APR_SUCCESS;

    pthread_mutex_lock(&d->lock);
    c = take_idle(d, since);
    if (!c) {
        rv = d->options.background ? wait_for_connection(d, p, since, &c, &loan->reason)
                                   : open_in_borrow(d, p, &c, &loan->reason);
    }
    dead = take_dead(d);
    pthread_mutex_unlock(&d->lock);
    close_all(dead);
    if (rv == APR_SUCCESS) {
        *loan = (as_source_loan_t){c->driver, c->handle, c->pool, c, NULL, c->opened_at};
    }
    return rv;
}

static void give_back(void *ctx, as_source_loan_t *loan, as_source_disposition_t disposition)
{
    direct_t *d = ctx;
    connection_t *c = loan->record;
    connection_t *dead;
    apr_time_t now = as_clock_monotonic();

    pthread_mutex_lock(&d->lock);
    if (disposition == AS_SOURCE_CLOSE_OLDER && c->generation == d->generation) {
        d->generation++;
    } else if (disposition == AS_SOURCE_KEEP_CLOSE_OLDER) {
        c->generation = ++d->generation;
    }
    if (disposition == AS_SOURCE_CLOSE || disposition == AS_SOURCE_CLOSE_OLDER ||
        !is_usable(d, c, now)) {
        discard(d, c);
    } else if (d->surplus > 0 && now >= c->renew_at) {
        d->surplus--;
        discard(d, c);
    } else {
        c->next = d->idle;
        d->idle = c;
        if (now >= c->renew_at) {
            pthread_cond_signal(&d->work);
        }
    }
    dead = take_dead(d);
    if (d->waiting) {
        pthread_cond_broadcast(&d->changed);
    }
    pthread_mutex_unlock(&d->lock);
    close_all(dead);
}

/* ---- the thread ---- */

/* The link to an idle connection that is to be renewed; NULL: there is none. */
static connection_t **find_due(direct_t *d, apr_time_t now)
{
    connection_t **link = &d->idle;

    while (*link && now < (*link)->renew_at) {
        link = &(*link)->next;
    }
    return *link ? link : NULL;
}

static int discard_due(direct_t *d, apr_time_t now)
{
    connection_t **link = find_due(d, now);
    connection_t *c = link ? *link : NULL;

    if (c) {
        *link = c->next;
        discard(d, c);
    }
    return c != NULL;
}

/* Is it not worth replacing: never used, and more than `min` are open? */
static int is_superfluous(direct_t *d, connection_t *const *due)
{
    return due && !(*due)->used && d->open > (d->options.min > 1 ? d->options.min : 1);
}

static void open_next(direct_t *d, int replaces)
{
    connection_t *c = open_without_lock(d);

    if (!c) {
        d->retry_at = as_clock_monotonic() + RETRY_WAIT;
    } else if (c->generation != d->generation) {
        discard(d, c); /* its server may be the one that failed meanwhile */
        d->wanted = d->wanted < d->waiting ? d->wanted + 1 : d->waiting;
    } else {
        c->next = d->idle;
        d->idle = c;
        if (replaces && !discard_due(d, as_clock_monotonic())) {
            d->surplus++;
        }
    }
    pthread_cond_broadcast(&d->changed);
}

static void wait_for_work(direct_t *d, apr_time_t now)
{
    apr_time_t until = now + IDLE_WAIT;
    struct timespec ts;

    for (const connection_t *c = d->idle; c; c = c->next) {
        until = c->renew_at < until ? c->renew_at : until;
    }
    until = now < d->retry_at && d->retry_at > until ? d->retry_at : until;
    if (d->open < d->options.min && d->retry_at < until) {
        until = d->retry_at;
    }
    ts = as_clock_to_timespec(until);
    pthread_cond_timedwait(&d->work, &d->lock, &ts);
}

static void *APR_THREAD_FUNC maintain_connections(apr_thread_t *thread, void *data)
{
    direct_t *d = data;

    (void)thread;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
    pthread_mutex_lock(&d->lock);
    while (!d->stopping) {
        apr_time_t now = as_clock_monotonic();
        connection_t **due = find_due(d, now);
        connection_t *dead;

        if (is_superfluous(d, due)) {
            discard_due(d, now);
        } else if (d->wanted > 0 && d->open < d->options.max) {
            d->wanted--;
            open_next(d, 0);
        } else if (now >= d->retry_at && (due || d->open < d->options.min)) {
            open_next(d, due != NULL);
        } else {
            wait_for_work(d, now);
        }
        dead = take_dead(d);
        if (dead) {
            pthread_mutex_unlock(&d->lock);
            close_all(dead);
            pthread_mutex_lock(&d->lock);
        }
    }
    pthread_mutex_unlock(&d->lock);
    return NULL;
}

static apr_status_t start_thread(direct_t *d)
{
    apr_status_t rv = apr_pool_create_unmanaged_ex(&d->thread_pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_thread_start(&d->thread, maintain_connections, d, d->thread_pool);
}

static void stop(void *ctx)
{
    direct_t *d = ctx;

    pthread_mutex_lock(&d->lock);
    d->stopping = 1;
    pthread_cond_broadcast(&d->changed);
    pthread_cond_signal(&d->work);
    pthread_mutex_unlock(&d->lock);
}

/* Does opening a connection take longer than a server that answers needs? */
static int is_stuck(direct_t *d)
{
    struct timespec until = as_clock_to_timespec(as_clock_monotonic() + EXIT_GRACE);
    int is_late = 0;

    pthread_mutex_lock(&d->lock);
    while (d->opening && !is_late) {
        is_late = pthread_cond_timedwait(&d->changed, &d->lock, &until) != 0;
    }
    pthread_mutex_unlock(&d->lock);
    return is_late;
}

/*
 * libpq cannot abort an attempt to connect to an unresponsive host, and the exit of a child must
 * not wait for it. So the thread is cancelled: libpq waits for the network then, and holds nothing
 * that the rest of the process needs.
 */
static apr_status_t stop_thread(void *data)
{
    direct_t *d = data;
    apr_os_thread_t *os_thread;
    apr_status_t rv;

    stop(d);
    if (!d->thread) {
        return APR_SUCCESS;
    }
    if (is_stuck(d) && apr_os_thread_get(&os_thread, d->thread) == APR_SUCCESS) {
        pthread_cancel(*os_thread);
        pthread_join(*os_thread, NULL);
    } else {
        apr_thread_join(&rv, d->thread);
    }
    d->thread = NULL;
    return APR_SUCCESS;
}

static apr_status_t destroy(void *data)
{
    direct_t *d = data;

    close_all(d->idle);
    close_all(d->dead);
    if (d->thread_pool) {
        apr_pool_destroy(d->thread_pool);
    }
    pthread_cond_destroy(&d->work);
    pthread_cond_destroy(&d->changed);
    pthread_mutex_destroy(&d->lock);
    return APR_SUCCESS;
}

apr_status_t as_source_create_direct(apr_pool_t *p, const as_source_direct_options_t *options,
                                     as_source_t *source)
{
    direct_t *d = apr_pcalloc(p, sizeof(*d));
    apr_status_t rv = apr_dbd_init(p);

    d->options = *options;
    if (rv == APR_SUCCESS) {
        rv = apr_dbd_get_driver(p, options->driver, &d->driver);
    }
    if (rv == APR_SUCCESS) {
        rv = as_watchdog_create(p, INIT_MAX, &d->watchdog);
    }
    if (rv != APR_SUCCESS) {
        return rv;
    }
    pthread_mutex_init(&d->lock, NULL);
    as_clock_init_cond(&d->changed);
    as_clock_init_cond(&d->work);
    apr_pool_cleanup_register(p, d, destroy, apr_pool_cleanup_null);
    apr_pool_pre_cleanup_register(p, d, stop_thread);
    *source = (as_source_t){borrow, give_back, stop, d};
    return options->background ? start_thread(d) : APR_SUCCESS;
}
