/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/worker.h"

#include <ap_mpm.h>
#include <apr_allocator.h>
#include <apr_network_io.h>
#include <apr_optional.h>
#include <apr_strings.h>
#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <mpm_common.h>
#include <mod_watchdog.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "config/config.h"
#include "server/child.h"
#include "ops/sender_pool.h"
#include "ops/purge.h"

APLOG_USE_MODULE(authsms);

/* Soon after a start, then once a minute. */
#define FIRST apr_time_from_sec(2)
#define INTERVAL apr_time_from_sec(60)
/* How long a text may lie in the outbox before anybody looks. */
#define LOOK apr_time_from_msec(300)

typedef struct worker_t {
    server_rec *first;
    ap_watchdog_t *watchdog;
    APR_OPTIONAL_FN_TYPE(ap_watchdog_set_callback_interval) * set_interval;
    const char *holder; /* this server, among those on one database */
} worker_t;

static const worker_t *worker; /* NULL: there is no work */

/* mod_watchdog's thread starts before the child is made, and nobody ends it with the child: it
 * works from the one until the other. */
static _Atomic int begun;
static pthread_mutex_t at_work = PTHREAD_MUTEX_INITIALIZER;

static int stopping(void)
{
    int state = AP_MPMQ_RUNNING;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

static const as_db_t *database_of(const server_rec *s)
{
    return as_srv(s)->child->db;
}

/* Each database once, however many hosts are on it. */
static int is_first_with(const worker_t *w, const server_rec *s, const as_db_t *db)
{
    const server_rec *other = w->first;

    while (other != s && database_of(other) != db) {
        other = other->next;
    }
    return other == s;
}

static void sweep_all(const worker_t *w, apr_pool_t *p)
{
    for (server_rec *s = w->first; s && !stopping(); s = s->next) {
        const as_db_t *db = database_of(s);
        as_db_t *ready = db && is_first_with(w, s, db) ? as_child_get_db(s, p) : NULL;

        if (ready) {
            as_purge_database(ready, p, w->holder, INTERVAL, stopping);
        }
    }
}

static int has_api(const server_rec *s)
{
    return as_srv(s)->keyring && as_srv_api_path(as_srv(s));
}

/* Texts of this host are queued, or may have been before a restart. */
static int may_have_texts(const server_rec *s)
{
    return has_api(s) && as_srv_senders(as_srv(s));
}

/* Those hosts that queue, or those that did. */
static void look_for_texts(const worker_t *w, apr_pool_t *p, int queued)
{
    for (server_rec *s = w->first; s && !stopping(); s = s->next) {
        int wanted = may_have_texts(s) && as_srv_queued(as_srv(s)) == queued;
        as_db_t *db = wanted ? as_child_get_db(s, p) : NULL;

        if (db) {
            as_sender_pool_poll(s, db, p);
        }
    }
}

/* In prefork a handler of httpd's ends the child: not in this thread, which the end waits for. */
static void block_signals(int state)
{
    sigset_t all;

    if (state == AP_WATCHDOG_STATE_STARTING) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    }
}

static apr_status_t send_step(int state, void *data, apr_pool_t *p)
{
    const worker_t *w = data;

    block_signals(state);
    pthread_mutex_lock(&at_work);
    if (state == AP_WATCHDOG_STATE_RUNNING && atomic_load(&begun)) {
        look_for_texts(w, p, 1);
    }
    pthread_mutex_unlock(&at_work);
    return APR_SUCCESS;
}

static apr_status_t sweep_step(int state, void *data, apr_pool_t *p)
{
    worker_t *w = data;

    block_signals(state);
    pthread_mutex_lock(&at_work);
    if (state == AP_WATCHDOG_STATE_RUNNING && atomic_load(&begun)) {
        w->set_interval(w->watchdog, INTERVAL, w, sweep_step);
        sweep_all(w, p);
        look_for_texts(w, p, 0);
    }
    pthread_mutex_unlock(&at_work);
    return APR_SUCCESS;
}

static int has_work(const server_rec *s)
{
    while (s && !has_api(s)) {
        s = s->next;
    }
    return s != NULL;
}

/* The same after a restart, so that it goes on with what it had. */
static apr_status_t name_server(apr_pool_t *p, const char **name)
{
    char host[APRMAXHOSTLEN + 1] = "";
    apr_status_t rv = apr_gethostname(host, sizeof(host), p);

    *name = apr_pstrcat(p, host, ":", ap_server_root, ":", ap_pid_fname, NULL);
    return rv;
}

apr_status_t as_worker_post_config(apr_pool_t *pconf, server_rec *s)
{
    APR_OPTIONAL_FN_TYPE(ap_watchdog_get_instance) *get =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_get_instance);
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *enlist =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    worker_t *w = apr_pcalloc(pconf, sizeof(*w));
    apr_status_t rv;

    worker = NULL;
    w->first = s;
    w->set_interval = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_set_callback_interval);
    if (!has_work(s)) {
        return APR_SUCCESS;
    }
    if (!get || !enlist || !w->set_interval) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s,
                     "mod_watchdog is not loaded: expired rows stay in the database until it is "
                     "(LoadModule watchdog_module modules/mod_watchdog.so)");
        return APR_SUCCESS;
    }
    rv = name_server(pconf, &w->holder);
    if (rv == APR_SUCCESS) {
        rv = get(&w->watchdog, "_authsms_", 0, 1, pconf);
    }
    if (rv == APR_SUCCESS) {
        rv = enlist(w->watchdog, FIRST, w, sweep_step);
    }
    for (int enlisted = 0; rv == APR_SUCCESS && s && !enlisted; s = s->next) {
        enlisted = may_have_texts(s) && as_srv_queued(as_srv(s));
        rv = enlisted ? enlist(w->watchdog, LOOK, w, send_step) : rv;
    }
    worker = w;
    return rv;
}

static apr_status_t alone_again(void *allocator)
{
    apr_allocator_mutex_set(allocator, NULL);
    return APR_SUCCESS;
}

/*
 * In prefork a child's pools, those of mod_dbd's connections among them, share an allocator without
 * a mutex, as if there were no other thread.
 */
static apr_status_t share_allocator(apr_pool_t *pchild)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pchild);
    apr_thread_mutex_t *mutex;
    apr_status_t rv = APR_SUCCESS;

    if (apr_allocator_owner_get(allocator) == pchild && !apr_allocator_mutex_get(allocator)) {
        rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pchild);
        if (rv == APR_SUCCESS) {
            apr_pool_cleanup_register(pchild, allocator, alone_again, apr_pool_cleanup_null);
            apr_allocator_mutex_set(allocator, mutex);
        }
    }
    return rv;
}

static apr_status_t end_work(void *data)
{
    (void)data;
    atomic_store(&begun, 0);
    pthread_mutex_lock(&at_work);
    pthread_mutex_unlock(&at_work);
    return APR_SUCCESS;
}

void as_worker_child_first(apr_pool_t *pchild, server_rec *s)
{
    (void)s;
    apr_pool_pre_cleanup_register(pchild, NULL, end_work);
}

void as_worker_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv = has_work(s) ? share_allocator(pchild) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "this child does no background work");
    }
    for (server_rec *each = s; each && worker; each = each->next) {
        if (may_have_texts(each)) {
            as_sender_pool_init(pchild, each, worker->holder, stopping);
        }
    }
    atomic_store(&begun, rv == APR_SUCCESS && as_child_is_ready());
}
