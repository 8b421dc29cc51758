/* SPDX-License-Identifier: Apache-2.0 */
#include "store/db_source_direct.h"

#include <apr_strings.h>
#include <apr_thread_mutex.h>

typedef struct connection_t {
    const apr_dbd_driver_t *driver;
    apr_pool_t *pool; /* NULL: not open */
    apr_dbd_t *handle;
    int lent;
} connection_t;

typedef struct direct_t {
    apr_pool_t *pool;
    const apr_dbd_driver_t *driver;
    const char *params;
    const as_log_t *log;
    apr_thread_mutex_t *mutex; /* connections[].lent */
    int max;
    connection_t *connections;
} direct_t;

static apr_status_t close_connection(void *data)
{
    connection_t *c = data;

    apr_dbd_close(c->driver, c->handle);
    c->pool = NULL;
    return APR_SUCCESS;
}

/* *why: in the driver's words, from p. */
static apr_status_t open_connection(direct_t *d, connection_t *c, apr_pool_t *p, const char **why)
{
    apr_allocator_t *allocator;
    apr_pool_t *pool;
    const char *error = NULL;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    /* Its own allocator: whoever borrows the connection allocates from its pool. */
    rv = apr_pool_create_ex(&pool, d->pool, NULL, allocator);
    if (rv != APR_SUCCESS) {
        apr_allocator_destroy(allocator);
        return rv;
    }
    apr_allocator_owner_set(allocator, pool);
    rv = apr_dbd_open_ex(d->driver, pool, d->params, &c->handle, &error);
    if (rv == APR_SUCCESS) {
        apr_pool_cleanup_register(pool, c, close_connection, apr_pool_cleanup_null);
        rv = as_db_prepare_connection(pool, d->driver, c->handle, d->log);
        error = rv == APR_SUCCESS ? NULL : apr_dbd_error(d->driver, c->handle, 1);
    }
    if (rv != APR_SUCCESS) {
        *why = apr_pstrdup(p, error);
        apr_pool_destroy(pool);
        return rv;
    }
    c->pool = pool;
    return APR_SUCCESS;
}

/* One that is open before one that is not. */
static connection_t *take(direct_t *d)
{
    connection_t *taken = NULL;

    apr_thread_mutex_lock(d->mutex);
    for (int i = 0; i < d->max; i++) {
        connection_t *c = &d->connections[i];

        if (!c->lent && (!taken || (c->pool && !taken->pool))) {
            taken = c;
        }
    }
    if (taken) {
        taken->lent = 1;
    }
    apr_thread_mutex_unlock(d->mutex);
    return taken;
}

static void put_back(direct_t *d, connection_t *c)
{
    apr_thread_mutex_lock(d->mutex);
    c->lent = 0;
    apr_thread_mutex_unlock(d->mutex);
}

static apr_status_t borrow(void *ctx, apr_pool_t *p, as_db_handle_t *h)
{
    direct_t *d = ctx;
    connection_t *c = take(d);
    apr_status_t rv = APR_SUCCESS;

    if (!c) {
        return APR_EAGAIN;
    }
    if (c->pool && apr_dbd_check_conn(d->driver, p, c->handle) != 0) {
        apr_pool_destroy(c->pool);
    }
    if (!c->pool) {
        rv = open_connection(d, c, p, &h->why);
    }
    if (rv != APR_SUCCESS) {
        put_back(d, c);
        return rv;
    }
    *h = (as_db_handle_t){d->driver, c->handle, c->pool, c, NULL};
    return APR_SUCCESS;
}

static void give_back(void *ctx, as_db_handle_t *h)
{
    put_back(ctx, h->lease);
}

apr_status_t as_db_source_direct(apr_pool_t *p, const char *driver, const char *params, int max,
                                 const as_log_t *log, as_db_source_t *source)
{
    direct_t *d = apr_pcalloc(p, sizeof(*d));
    apr_status_t rv = apr_dbd_init(p);

    if (rv == APR_SUCCESS) {
        rv = apr_dbd_get_driver(p, driver, &d->driver);
    }
    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&d->mutex, APR_THREAD_MUTEX_DEFAULT, p);
    }
    d->pool = p;
    d->params = apr_pstrdup(p, params);
    d->log = log;
    d->max = max;
    d->connections = apr_pcalloc(p, sizeof(*d->connections) * (apr_size_t)max);
    for (int i = 0; i < max; i++) {
        d->connections[i].driver = d->driver;
    }
    *source = (as_db_source_t){borrow, give_back, d};
    return rv;
}
