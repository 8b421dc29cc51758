/* SPDX-License-Identifier: Apache-2.0 */
#include "server/child.h"

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>

#include <stdatomic.h>
#include <unistd.h>

#include "base/log.h"
#include "base/thread.h"
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

    if (!child || !child->db || !as_schema_check_passes(child->schema_check, child->db, p)) {
        return NULL;
    }
    return child->db;
}

/* ---- state of a host, created for it or shared with an earlier host ---- */

/* The first host before s whose state s can share; NULL: none. */
static const as_child_t *find_shareable(server_rec *first, server_rec *s,
                                        int (*is_same)(server_rec *other, server_rec *s))
{
    for (server_rec *other = first; other != s; other = other->next) {
        if (as_srv(other)->child && is_same(other, s)) {
            return as_srv(other)->child;
        }
    }
    return NULL;
}

/* Hosts that share a pool of mod_dbd share one as_db_t, whose slots are the pool's connections. */
static int has_same_database(server_rec *other, server_rec *s)
{
    return as_srv(other)->keyring && as_dbd_share_pool(other, s);
}

static apr_status_t open_database(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                  as_child_t *child)
{
    const as_child_t *shared = find_shareable(first, s, has_same_database);
    apr_status_t rv;

    if (shared) {
        child->db = shared->db;
        child->schema_check = shared->schema_check;
        return APR_SUCCESS;
    }
    rv = as_schema_check_create(pchild, s, &child->schema_check);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_dbd_open(pchild, s, &as_srv(s)->log, &child->db);
}

/* Without parallel= of AuthSMSTimeout: half of the threads. */
static int get_sms_parallel(const as_srv_t *sc)
{
    int parallel = as_srv_sms_parallel(sc);
    int threads = 0;

    if (!parallel && ap_mpm_query(AP_MPMQ_MAX_THREADS, &threads) == APR_SUCCESS) {
        parallel = threads / 2;
    }
    return parallel > 0 ? parallel : 1;
}

/* Hosts that inherit the same providers share a client: the bound of concurrent calls is theirs
 * together. */
static int has_same_providers(server_rec *other, server_rec *s)
{
    const as_srv_t *a = as_srv(other);
    const as_srv_t *b = as_srv(s);

    return as_srv_senders(a) == as_srv_senders(b) && as_srv_verifier(a) == as_srv_verifier(b) &&
           as_srv_sms_parallel(a) == as_srv_sms_parallel(b) &&
           as_srv_sms_connect(a) == as_srv_sms_connect(b);
}

static apr_status_t create_client(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                  as_child_t *child)
{
    const as_child_t *shared = find_shareable(first, s, has_same_providers);
    as_http_client_options_t options = {child->sms_parallel, as_srv_sms_connect(as_srv(s))};

    if (shared) {
        child->http = shared->http;
        return APR_SUCCESS;
    }
    return as_http_client_create(pchild, &options, &child->http);
}

static apr_status_t create_delivery(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                    as_child_t *child)
{
    const as_srv_t *sc = as_srv(s);
    apr_status_t rv;

    if (!as_srv_senders(sc) && !as_srv_verifier(sc)) {
        return APR_SUCCESS;
    }
    rv = create_client(pchild, first, s, child);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_delivery_create(pchild, as_srv_senders(sc), as_srv_verifier(sc), child->http,
                              as_srv_sms_total(sc), &sc->log, &child->delivery);
}

static int get_hash_parallel(const as_srv_t *sc)
{
    int parallel = as_srv_hash_parallel(sc);

    if (!parallel) {
        parallel = (int)sysconf(_SC_NPROCESSORS_ONLN);
    }
    return parallel > 0 ? parallel : 1;
}

static int has_same_hash_parallel(server_rec *other, server_rec *s)
{
    return get_hash_parallel(as_srv(other)) == get_hash_parallel(as_srv(s));
}

static apr_status_t create_hashing_slots(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                         as_child_t *child)
{
    const as_child_t *shared = find_shareable(first, s, has_same_hash_parallel);

    if (shared) {
        child->hashing_slots = shared->hashing_slots;
        return APR_SUCCESS;
    }
    return as_semaphore_create(pchild, get_hash_parallel(as_srv(s)), &child->hashing_slots);
}

/* A usual token with its claims takes 1 KiB. Larger entries are not cached. */
enum { CACHE_ENTRIES = 4096, TOKEN_BYTES = 4096, ACCOUNT_BYTES = 1024 };

static int is_any_host(server_rec *other, server_rec *s)
{
    (void)other;
    (void)s;
    return 1;
}

/* All hosts share the caches: each keyring has its own space in them. */
static apr_status_t create_caches(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                  as_child_t *child)
{
    const as_child_t *shared = find_shareable(first, s, is_any_host);
    apr_status_t rv;

    if (shared) {
        child->tokens = shared->tokens;
        child->accounts = shared->accounts;
        return APR_SUCCESS;
    }
    rv = as_cache_create(pchild, CACHE_ENTRIES, TOKEN_BYTES, &child->tokens);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_cache_create(pchild, CACHE_ENTRIES, ACCOUNT_BYTES, &child->accounts);
}

static apr_status_t create_state(apr_pool_t *pchild, server_rec *first, server_rec *s,
                                 as_child_t *child)
{
    apr_status_t rv = create_hashing_slots(pchild, first, s, child);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    child->sms_parallel = get_sms_parallel(as_srv(s));
    child->limit_warned_at = apr_pcalloc(pchild, AS_LIMIT_COUNT * sizeof(*child->limit_warned_at));
    rv = create_delivery(pchild, first, s, child);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return create_caches(pchild, first, s, child);
}

static void init_server(apr_pool_t *pchild, server_rec *first, server_rec *s)
{
    as_srv_t *sc = as_srv(s);
    as_child_t *child = apr_pcalloc(pchild, sizeof(*child));
    apr_status_t rv = create_state(pchild, first, s, child);

    if (rv != APR_SUCCESS) {
        ap_log_error(
            APLOG_MARK, APLOG_CRIT, rv, s,
            AS_TAG(0102) "this child returns errors for the API: its state could not be created");
        return;
    }
    /* Without AuthSMSKey a host has neither API nor guard: its AuthSMSSchema must not count. */
    if (sc->keyring) {
        rv = open_database(pchild, first, s, child);
        if (rv != APR_SUCCESS && rv != APR_ENOENT) {
            ap_log_error(APLOG_MARK, APLOG_CRIT, rv, s,
                         AS_TAG(0200) "this child returns 503: its database could not be opened");
        }
    }
    sc->child = child;
}

/* Log why the database is not available, once for the hosts that share it. */
static void log_database_fault(apr_pool_t *p, server_rec *first, server_rec *s)
{
    const as_child_t *child = as_srv(s)->child;

    if (child && child->db && !find_shareable(first, s, has_same_database)) {
        as_dbd_log_fault(p, s);
    }
}

/* ---- PostgreSQL: connect and check the schema in the background, before requests need it ---- */

typedef struct warm_up_t {
    server_rec *first;
    apr_pool_t *pool; /* the thread's */
    apr_thread_t *thread;
} warm_up_t;

static void *APR_THREAD_FUNC warm_up(apr_thread_t *thread, void *data)
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

static int has_pgsql(server_rec *s)
{
    while (s && !(as_srv(s)->child && as_srv(s)->child->db && as_dbd_is_pgsql(s))) {
        s = s->next;
    }
    return s != NULL;
}

static _Atomic int is_ready;

int as_child_is_ready(void)
{
    return atomic_load(&is_ready);
}

void as_child_init(apr_pool_t *pchild, server_rec *s)
{
    warm_up_t *w = apr_pcalloc(pchild, sizeof(*w));
    int complete = apr_pool_create_unmanaged_ex(&w->pool, NULL, NULL) == APR_SUCCESS;

    if (!complete) {
        return;
    }
    w->first = s;
    /* Before the databases: cleanups run in reverse, and theirs ends the thread's waits. */
    apr_pool_pre_cleanup_register(pchild, w, end_warm_up);
    as_dbd_child_init();
    for (server_rec *each = s; each; each = each->next) {
        init_server(pchild, s, each);
        if (!as_dbd_is_pgsql(each) && !as_child_get_db(each, pchild)) {
            log_database_fault(pchild, s, each);
        }
        complete = complete && as_srv(each)->child;
    }
    atomic_store(&is_ready, complete);
    if (has_pgsql(s)) {
        as_thread_start(&w->thread, warm_up, w, w->pool);
    }
}
