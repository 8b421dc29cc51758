/* SPDX-License-Identifier: Apache-2.0 */
#include "db/watchdog.h"

#include <pthread.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/thread.h"
#include "db/driver.h"

/*
 * The calls are sorted by deadline. The thread sleeps until the first deadline. Without a call it
 * sleeps for one bound, then until the next call wakes it. A call with a shorter limit also wakes
 * it when it becomes the first. Most calls have the same limit and are appended.
 */
struct as_watchdog_t {
    apr_pool_t *pool; /* the thread's */
    apr_interval_time_t bound;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    apr_thread_t *thread;
    int is_waiting; /* without a deadline */
    int is_stopping;
    as_watchdog_call_t calls; /* head of a ring */
};

/* libpq forgets a socket when it closes it, so this never finds one that is used again. */
static void shut_socket(const void *pgconn)
{
    int (*get_socket)(const void *) = NULL;
    int fd;

    *(void **)&get_socket = as_driver_find_symbol("PQsocket");
    fd = get_socket ? get_socket(pgconn) : -1;
    if (fd >= 0) {
        shutdown(fd, SHUT_RDWR);
    }
}

static void unlink_call(as_watchdog_call_t *call)
{
    call->prev->next = call->next;
    call->next->prev = call->prev;
    call->is_listed = 0;
}

static void *APR_THREAD_FUNC watch_calls(apr_thread_t *thread, void *data)
{
    as_watchdog_t *w = data;
    int idle = 0; /* rounds without a call */

    (void)thread;
    pthread_mutex_lock(&w->lock);
    while (!w->is_stopping) {
        as_watchdog_call_t *first = w->calls.next;
        apr_time_t now = as_clock_monotonic();

        if (first != &w->calls && first->deadline <= now) {
            unlink_call(first);
            first->is_cut = 1;
            shut_socket(first->pgconn);
            continue;
        }
        idle = first == &w->calls ? idle + 1 : 0;
        w->is_waiting = idle > 1;
        if (w->is_waiting) {
            pthread_cond_wait(&w->wake, &w->lock);
        } else {
            struct timespec until = as_clock_to_timespec(idle ? now + w->bound : first->deadline);

            pthread_cond_timedwait(&w->wake, &w->lock, &until);
        }
    }
    pthread_mutex_unlock(&w->lock);
    return NULL;
}

static apr_status_t stop_thread(void *data)
{
    as_watchdog_t *w = data;
    apr_status_t rv;

    pthread_mutex_lock(&w->lock);
    w->is_stopping = 1;
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
    if (w->thread) {
        apr_thread_join(&rv, w->thread);
        w->thread = NULL;
    }
    return APR_SUCCESS;
}

static apr_status_t destroy(void *data)
{
    as_watchdog_t *w = data;

    pthread_cond_destroy(&w->wake);
    pthread_mutex_destroy(&w->lock);
    apr_pool_destroy(w->pool);
    return APR_SUCCESS;
}

apr_status_t as_watchdog_create(apr_pool_t *p, apr_interval_time_t bound, as_watchdog_t **watchdog)
{
    as_watchdog_t *w = apr_pcalloc(p, sizeof(*w));
    /* The thread starts during a request: it must not share the child's allocator. */
    apr_status_t rv = apr_pool_create_unmanaged_ex(&w->pool, NULL, NULL);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    w->bound = bound;
    w->calls.prev = w->calls.next = &w->calls;
    pthread_mutex_init(&w->lock, NULL);
    as_clock_init_cond(&w->wake);
    apr_pool_cleanup_register(p, w, destroy, apr_pool_cleanup_null);
    apr_pool_pre_cleanup_register(p, w, stop_thread);
    *watchdog = w;
    return APR_SUCCESS;
}

/* Search from the end, where a call with the usual limit belongs. */
static void link_call(as_watchdog_t *w, as_watchdog_call_t *call)
{
    as_watchdog_call_t *before = w->calls.prev;

    while (before != &w->calls && before->deadline > call->deadline) {
        before = before->prev;
    }
    call->prev = before;
    call->next = before->next;
    before->next->prev = call;
    before->next = call;
    call->is_listed = 1;
}

void as_watchdog_enter(as_watchdog_t *w, as_watchdog_call_t *call, const void *pgconn,
                       apr_interval_time_t limit)
{
    int is_shorter;

    call->pgconn = pgconn;
    pthread_mutex_lock(&w->lock);
    is_shorter = limit > 0 && limit < w->bound;
    call->deadline = as_clock_monotonic() + (is_shorter ? limit : w->bound);
    link_call(w, call);
    if (w->is_waiting || (is_shorter && w->calls.next == call)) {
        w->is_waiting = 0;
        pthread_cond_signal(&w->wake);
    }
    if (!w->thread && !w->is_stopping) {
        as_thread_start(&w->thread, watch_calls, w, w->pool);
    }
    pthread_mutex_unlock(&w->lock);
}

void as_watchdog_leave(as_watchdog_t *w, as_watchdog_call_t *call)
{
    pthread_mutex_lock(&w->lock);
    if (call->is_listed) {
        unlink_call(call);
    }
    pthread_mutex_unlock(&w->lock);
}

void as_watchdog_cut_all(as_watchdog_t *w)
{
    pthread_mutex_lock(&w->lock);
    w->bound = 0;
    for (as_watchdog_call_t *call = w->calls.next; call != &w->calls; call = call->next) {
        call->deadline = 0;
    }
    pthread_cond_signal(&w->wake);
    pthread_mutex_unlock(&w->lock);
}
