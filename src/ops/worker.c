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

#include "base/log.h"
#include "config/config.h"
#include "ops/purge.h"
#include "ops/reset_codes.h"
#include "ops/sender_pool.h"
#include "server/child.h"

APLOG_USE_MODULE(authsms);

/* After the start of a child, then once a minute. */
#define PURGE_FIRST apr_time_from_sec(2)
#define PURGE_INTERVAL apr_time_from_sec(60)
/* A queued text waits for at most this long: with AuthSMSDelivery queued, and with direct, where
 * few texts are queued. */
#define POLL_QUEUED apr_time_from_msec(300)
#define POLL_DIRECT apr_time_from_msec(1000)

typedef struct worker_t {
    server_rec *first;
    ap_watchdog_t *watchdog;
    APR_OPTIONAL_FN_TYPE(ap_watchdog_set_callback_interval) * set_interval;
    const char *holder; /* the name of this server among those on one database */
} worker_t;

static const worker_t *worker; /* NULL: no background work */

/* The thread of mod_watchdog starts before child_init and is not stopped with the child: it works
 * only while is_active, and the child's exit waits for `work`. */
static _Atomic int is_active;
static pthread_mutex_t work = PTHREAD_MUTEX_INITIALIZER;

static int is_stopping(void)
{
    int state = AP_MPMQ_RUNNING;

    return ap_mpm_query(AP_MPMQ_MPM_STATE, &state) == APR_SUCCESS && state == AP_MPMQ_STOPPING;
}

static const as_db_t *database_of(const server_rec *s)
{
    return as_srv(s)->child->db;
}

/* Hosts may share a database: is s the first one with it? */
static int is_first_with(const worker_t *w, const server_rec *s, const as_db_t *db)
{
    const server_rec *other = w->first;

    while (other != s && database_of(other) != db) {
        other = other->next;
    }
    return other == s;
}

static void purge_all(const worker_t *w, apr_pool_t *p)
{
    for (server_rec *s = w->first; s && !is_stopping(); s = s->next) {
        const as_db_t *db = database_of(s);
        as_db_t *ready = db && is_first_with(w, s, db) ? as_child_get_db(s, p) : NULL;

        if (ready) {
            as_purge_database(ready, p, w->holder, PURGE_INTERVAL, is_stopping);
        }
    }
}

static int has_api(const server_rec *s)
{
    return as_srv(s)->keyring && as_srv_api_path(as_srv(s));
}

/* Can texts of this host be queued? With direct delivery too: see api/message.h. */
static int may_have_texts(const server_rec *s)
{
    return has_api(s) && (as_srv_senders(as_srv(s)) || as_srv_verifier(as_srv(s)));
}

/* Of the hosts with AuthSMSDelivery queued, or of those with direct. */
static void poll_texts(const worker_t *w, apr_pool_t *p, int queued)
{
    for (server_rec *s = w->first; s && !is_stopping(); s = s->next) {
        int wanted = may_have_texts(s) && as_srv_queued(as_srv(s)) == queued;
        as_db_t *db = wanted ? as_child_get_db(s, p) : NULL;

        if (db) {
            as_reset_codes_process(s, db, p, is_stopping);
            as_sender_pool_poll(s, db, p);
        }
    }
}

/* In prefork the signal handlers of httpd end the child, which waits for this thread. */
static void block_signals(int state)
{
    sigset_t all;

    if (state == AP_WATCHDOG_STATE_STARTING) {
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    }
}

static apr_status_t run_poll(int state, const worker_t *w, apr_pool_t *p, int queued)
{
    block_signals(state);
    pthread_mutex_lock(&work);
    if (state == AP_WATCHDOG_STATE_RUNNING && atomic_load(&is_active)) {
        poll_texts(w, p, queued);
    }
    pthread_mutex_unlock(&work);
    return APR_SUCCESS;
}

static apr_status_t poll_queued(int state, void *data, apr_pool_t *p)
{
    return run_poll(state, data, p, 1);
}

static apr_status_t poll_direct(int state, void *data, apr_pool_t *p)
{
    return run_poll(state, data, p, 0);
}

static apr_status_t run_purge(int state, void *data, apr_pool_t *p)
{
    worker_t *w = data;

    block_signals(state);
    pthread_mutex_lock(&work);
    if (state == AP_WATCHDOG_STATE_RUNNING && atomic_load(&is_active)) {
        w->set_interval(w->watchdog, PURGE_INTERVAL, w, run_purge);
        purge_all(w, p);
    }
    pthread_mutex_unlock(&work);
    return APR_SUCCESS;
}

static int has_work(const server_rec *s)
{
    while (s && !has_api(s)) {
        s = s->next;
    }
    return s != NULL;
}

/* Does any host have texts to poll for, with AuthSMSDelivery queued or direct? */
static int has_texts(const server_rec *s, int queued)
{
    while (s && !(may_have_texts(s) && as_srv_queued(as_srv(s)) == queued)) {
        s = s->next;
    }
    return s != NULL;
}

/* The same name after a restart, so that the server keeps its leases. */
static apr_status_t make_holder_name(apr_pool_t *p, const char **name)
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
    APR_OPTIONAL_FN_TYPE(ap_watchdog_register_callback) *register_callback =
        APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_register_callback);
    worker_t *w = apr_pcalloc(pconf, sizeof(*w));
    apr_status_t rv;

    worker = NULL;
    w->first = s;
    w->set_interval = APR_RETRIEVE_OPTIONAL_FN(ap_watchdog_set_callback_interval);
    if (!has_work(s)) {
        return APR_SUCCESS;
    }
    if (!get || !register_callback || !w->set_interval) {
        ap_log_error(
            APLOG_MARK, APLOG_WARNING, 0, s,
            AS_TAG(0600) "mod_watchdog is not loaded: expired rows stay in the database, and "
                         "queued texts are not sent (LoadModule watchdog_module "
                         "modules/mod_watchdog.so)");
        return APR_SUCCESS;
    }
    rv = make_holder_name(pconf, &w->holder);
    if (rv == APR_SUCCESS) {
        rv = get(&w->watchdog, "_authsms_", 0, 1, pconf);
    }
    if (rv == APR_SUCCESS) {
        rv = register_callback(w->watchdog, PURGE_FIRST, w, run_purge);
    }
    if (rv == APR_SUCCESS && has_texts(s, 1)) {
        rv = register_callback(w->watchdog, POLL_QUEUED, w, poll_queued);
    }
    if (rv == APR_SUCCESS && has_texts(s, 0)) {
        rv = register_callback(w->watchdog, POLL_DIRECT, w, poll_direct);
    }
    worker = w;
    return rv;
}

static apr_status_t remove_mutex(void *allocator)
{
    apr_allocator_mutex_set(allocator, NULL);
    return APR_SUCCESS;
}

/*
 * In prefork the pools of a child, mod_dbd's connections among them, share an allocator without a
 * mutex, because httpd has no other thread there.
 */
static apr_status_t protect_allocator(apr_pool_t *pchild)
{
    apr_allocator_t *allocator = apr_pool_allocator_get(pchild);
    apr_thread_mutex_t *mutex;
    apr_status_t rv = APR_SUCCESS;

    if (apr_allocator_owner_get(allocator) == pchild && !apr_allocator_mutex_get(allocator)) {
        rv = apr_thread_mutex_create(&mutex, APR_THREAD_MUTEX_DEFAULT, pchild);
        if (rv == APR_SUCCESS) {
            apr_pool_cleanup_register(pchild, allocator, remove_mutex, apr_pool_cleanup_null);
            apr_allocator_mutex_set(allocator, mutex);
        }
    }
    return rv;
}

static apr_status_t stop_work(void *data)
{
    (void)data;
    atomic_store(&is_active, 0);
    pthread_mutex_lock(&work);
    pthread_mutex_unlock(&work);
    return APR_SUCCESS;
}

void as_worker_register_exit(apr_pool_t *pchild, server_rec *s)
{
    (void)s;
    apr_pool_pre_cleanup_register(pchild, NULL, stop_work);
}

void as_worker_child_init(apr_pool_t *pchild, server_rec *s)
{
    apr_status_t rv = has_work(s) ? protect_allocator(pchild) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                     AS_TAG(0601) "no mutex can be created: this child does no background "
                                  "work. Restart httpd");
    }
    for (server_rec *each = s; each && worker; each = each->next) {
        if (may_have_texts(each)) {
            as_sender_pool_init(pchild, each, worker->holder, is_stopping);
        }
    }
    atomic_store(&is_active, rv == APR_SUCCESS && as_child_is_ready());
}
