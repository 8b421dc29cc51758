/* SPDX-License-Identifier: Apache-2.0 */
#include "server/child.h"

#include <ap_mpm.h>
#include <apr_thread_proc.h>
#include <http_config.h>
#include <http_log.h>

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

#include "config/config.h"
#include "server/dbd.h"

APLOG_USE_MODULE(authsms);

static int log_enabled(void *ctx, as_log_level_t level)
{
    return APLOG_IS_LEVEL((server_rec *)ctx, level);
}

static void log_write(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    ap_log_error(APLOG_MARK, (int)level, rv, (server_rec *)ctx, "%s", message);
}

void as_child_init_logs(server_rec *s)
{
    for (; s; s = s->next) {
        as_srv(s)->log = (as_log_t){log_enabled, log_write, s};
    }
}

as_db_t *as_child_get_db(server_rec *s, apr_pool_t *p)
{
    const as_child_t *child = as_srv(s)->child;

    return child && child->db && as_schema_check_passes(child->tables, child->db, p) ? child->db
                                                                                     : NULL;
}

/* ---- what is made for each host, or shared with one that was before it ---- */

/* The first host before s that has what s may share; NULL: s gets its own. */
static const as_child_t *find_same(server_rec *first, server_rec *s,
                                   int (*is_same)(server_rec *other, server_rec *s))
{
    const as_child_t *child = NULL;

    for (server_rec *other = first; !child && other != s; other = other->next) {
        if (as_srv(other)->child && is_same(other, s)) {
            child = as_srv(other)->child;
        }
    }
    return child;
}

/* They borrow from one pool of mod_dbd, whose connections are the slots of one as_db_t. */
static int is_same_database(server_rec *other, server_rec *s)
{
    return as_srv(other)->keyring && as_dbd_share_pool(other, s);
}

static void open_database(apr_pool_t *pchild, server_rec *first, server_rec *s, as_child_t *child)
{
    const as_child_t *same = find_same(first, s, is_same_database);
    apr_status_t rv = APR_SUCCESS;

    if (same) {
        child->db = same->db;
        child->tables = same->tables;
    } else {
        rv = as_schema_check_create(pchild, s, &child->tables);
        if (rv == APR_SUCCESS) {
            rv = as_dbd_open(pchild, s, &as_srv(s)->log, &child->db);
        }
    }
    if (rv != APR_SUCCESS && rv != APR_ENOENT) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "this child has no database");
    }
}

static int sms_parallel(const as_srv_t *sc)
{
    int parallel = as_srv_sms_parallel(sc);
    int threads = 0;

    if (!parallel && ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) == APR_SUCCESS) {
        parallel = threads / 2;
    }
    return parallel > 0 ? parallel : 1;
}

/* They have the same providers, from outside of them: the bound of calls at once holds for both. */
static int is_same_client(server_rec *other, server_rec *s)
{
    const as_srv_t *a = as_srv(other);
    const as_srv_t *b = as_srv(s);

    return as_srv_senders(a) == as_srv_senders(b) && as_srv_verifier(a) == as_srv_verifier(b) &&
           as_srv_sms_parallel(a) == as_srv_sms_parallel(b) &&
           as_srv_sms_connect(a) == as_srv_sms_connect(b);
}

static apr_status_t open_delivery(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                  as_child_t *child)
{
    const as_srv_t *sc = as_srv(s);
    const as_child_t *same = find_same(first, s, is_same_client);
    as_http_client_options_t options = {child->sms_parallel, as_srv_sms_connect(sc)};
    apr_status_t rv = APR_SUCCESS;

    if (same) {
        child->http = same->http;
    } else {
        rv = as_http_client_create(pchild, &options, &child->http);
    }
    if (rv == APR_SUCCESS) {
        rv = as_delivery_create(pchild, as_srv_senders(sc), as_srv_verifier(sc), child->http,
                                as_srv_sms_total(sc), &sc->log, &child->delivery);
    }
    return rv;
}

static int hash_parallel(const as_srv_t *sc)
{
    int parallel = as_srv_hash_parallel(sc);

    if (!parallel) {
        parallel = (int)sysconf(_SC_NPROCESSORS_ONLN);
    }
    return parallel > 0 ? parallel : 1;
}

static int is_same_hashing(server_rec *other, server_rec *s)
{
    return hash_parallel(as_srv(other)) == hash_parallel(as_srv(s));
}

static apr_status_t open_hashing(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                 as_child_t *child)
{
    const as_child_t *same = find_same(first, s, is_same_hashing);
    apr_status_t rv = APR_SUCCESS;

    if (same) {
        child->hashing_slots = same->hashing_slots;
    } else {
        rv = as_semaphore_create(pchild, hash_parallel(as_srv(s)), &child->hashing_slots);
    }
    return rv;
}

/* A usual token and its claims take 1 KiB; larger ones than fit are verified each time. */
enum { CACHE_ENTRIES = 4096, TOKEN_BYTES = 4096, ACCOUNT_BYTES = 1024 };

static int is_any(server_rec *other, server_rec *s)
{
    (void)other;
    (void)s;
    return 1;
}

/* One pair for all hosts: what is of one keyring is not found under another. */
static apr_status_t open_caches(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                as_child_t *child)
{
    const as_child_t *same = find_same(first, s, is_any);
    apr_status_t rv = APR_SUCCESS;

    if (same) {
        child->tokens = same->tokens;
        child->accounts = same->accounts;
    } else {
        rv = as_cache_create(pchild, CACHE_ENTRIES, TOKEN_BYTES, &child->tokens);
    }
    if (!same && rv == APR_SUCCESS) {
        rv = as_cache_create(pchild, CACHE_ENTRIES, ACCOUNT_BYTES, &child->accounts);
    }
    return rv;
}

static void init_server(apr_pool_t *pchild, server_rec *first, server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    as_child_t *child = apr_pcalloc(pchild, sizeof(*child));
    apr_status_t rv = open_hashing(pchild, first, s, child);

    child->sms_parallel = sms_parallel(sc);
    child->limit_warned_at = apr_pcalloc(pchild, AS_LIMIT_COUNT * sizeof(*child->limit_warned_at));
    if (rv == APR_SUCCESS && (as_srv_senders(sc) || as_srv_verifier(sc))) {
        rv = open_delivery(pchild, first, s, child);
    }
    if (rv == APR_SUCCESS) {
        rv = open_caches(pchild, first, s, child);
    }
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s, "this child cannot serve the API");
        return;
    }
    /* Hosts that merely stand beside us have no say in AuthSMSSchema. */
    if (sc->keyring) {
        open_database(pchild, first, s, child);
    }
    sc->child = child;
}

/* Why there is no database, once for the hosts that share it. */
static void explain(apr_pool_t *p, server_rec *first, server_rec *s)
{
    const as_child_t *child = as_srv(s)->child;

    if (child && child->db && !find_same(first, s, is_same_database)) {
        as_dbd_log_fault(p, s);
    }
}

/* ---- PostgreSQL's tables, before the first request needs them, while others are served ---- */

typedef struct warm_up_t {
    server_rec *first;
    apr_pool_t *pool; /* the thread's */
    apr_thread_t *thread;
} warm_up_t;

static void *APR_THREAD_FUNC see_to_tables(apr_thread_t *thread, void *data)
{
    const warm_up_t *w = data;

    (void)thread;
    for (server_rec *s = w->first; s; s = s->next) {
        if (as_dbd_is_pgsql(s)) {
            as_child_get_db(s, w->pool);
        }
    }
    return NULL;
}

static apr_status_t end_warm_up(void *data)
{
    warm_up_t *w = data;
    apr_status_t rv;

    if (w->thread) {
        apr_thread_join(&rv, w->thread);
    }
    apr_pool_destroy(w->pool);
    return APR_SUCCESS;
}

static void start_warm_up(warm_up_t *w)
{
    sigset_t all, old;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &old);
    if (apr_thread_create(&w->thread, NULL, see_to_tables, w, w->pool) != APR_SUCCESS) {
        w->thread = NULL;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
}

static int has_pgsql(server_rec *s)
{
    while (s && !(as_srv(s)->child && as_srv(s)->child->db && as_dbd_is_pgsql(s))) {
        s = s->next;
    }
    return s != NULL;
}

static _Atomic int initialized;

int as_child_is_ready(void)
{
    return atomic_load(&initialized);
}

void as_child_init(apr_pool_t *pchild, server_rec *s)
{
    warm_up_t *w = apr_pcalloc(pchild, sizeof(*w));
    int complete = apr_pool_create_unmanaged_ex(&w->pool, NULL, NULL) == APR_SUCCESS;

    if (!complete) {
        return;
    }
    w->first = s;
    /* Before the databases: their end, which comes first, ends what the thread waits for. */
    apr_pool_pre_cleanup_register(pchild, w, end_warm_up);
    as_dbd_child_init();
    for (server_rec *each = s; each; each = each->next) {
        init_server(pchild, s, each);
        if (!as_dbd_is_pgsql(each) && !as_child_get_db(each, pchild)) {
            explain(pchild, s, each);
        }
        complete = complete && as_srv(each)->child;
    }
    atomic_store(&initialized, complete);
    if (has_pgsql(s)) {
        start_warm_up(w);
    }
}
