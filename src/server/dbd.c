/* SPDX-License-Identifier: Apache-2.0 */
#include "server/dbd.h"

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <mod_dbd.h>

#include <stdatomic.h>
#include <string.h>

#include "base/log.h"
#include "config/config.h"
#include "config/startup_log.h"
#include "db/conn.h"
#include "db/source.h"
#include "db/sqlite_file.h"
#include "db/writer_lock.h"
#include "server/sqlite_access.h"

APLOG_USE_MODULE(authsms);

static const char RETAINED[] = "authsms:sqlite_writer_lock";
enum { REOPEN_MAX = 10, REOPEN_PAUSE = 50 * 1000 /* µs */ };
/* Writers usually finish in milliseconds. */
#define WRITER_WAIT apr_time_from_sec(2)

static as_writer_lock_t *writer_lock;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/*
 * A root shell that opens the database first owns -wal and -shm for a moment. A child that opens
 * them meanwhile could only read, until its last handle is closed. The new handle has not opened
 * them yet, so closing the old one is enough.
 */
static apr_status_t reopen(ap_dbd_t *rec, const dbd_cfg_t *cfg)
{
    apr_dbd_t *handle = NULL;
    const char *error;
    apr_status_t rv = apr_dbd_open_ex(rec->driver, rec->pool, cfg->params, &handle, &error);

    if (rv == APR_SUCCESS) {
        apr_dbd_close(rec->driver, rec->handle);
        rec->handle = handle;
    }
    return rv;
}

static void ensure_writable(apr_pool_t *p, const dbd_cfg_t *cfg, ap_dbd_t *rec, const as_log_t *log)
{
    static _Atomic int has_given_up;
    int is_read_only = as_conn_is_read_only(p, rec->driver, rec->handle);

    if (!is_read_only || atomic_load(&has_given_up)) {
        return;
    }
    for (int i = 0; is_read_only && i < REOPEN_MAX; i++) {
        apr_sleep(REOPEN_PAUSE);
        is_read_only =
            reopen(rec, cfg) != APR_SUCCESS || as_conn_is_read_only(p, rec->driver, rec->handle);
    }
    if (is_read_only) {
        atomic_store(&has_given_up, 1);
        as_log(log, AS_LOG_WARNING, 0,
               AS_TAG(0206) "SQLite can only read, so the API returns 503 for changes: make "
                            "httpd's user the owner of the database file, of -wal and -shm beside "
                            "it, and of their directory");
    } else {
        as_log(log, AS_LOG_INFO, 0,
               AS_TAG(0207) "SQLite could only read: the database was reopened and is writable");
    }
}

apr_status_t as_dbd_post_connect(apr_pool_t *p, dbd_cfg_t *cfg, ap_dbd_t *rec)
{
    const as_log_t *log = &as_srv(cfg->server ? cfg->server : ap_server_conf)->log;

    ensure_writable(p, cfg, rec, log);
    return as_conn_prepare(rec->pool, rec->driver, rec->handle, log);
}

void as_dbd_child_init(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

/*
 * mod_dbd's settings of a server; NULL: it has no DBDParams. mod_dbd's record is private, but the
 * public dbd_cfg_t is its first member in all of httpd 2.4. No other way to read DBDMax exists
 * before a connection is opened.
 */
static dbd_cfg_t *get_config(server_rec *s)
{
#if MODULE_MAGIC_NUMBER_MAJOR != 20120211
#error "mod_dbd's record is known for httpd 2.4 only"
#endif
    module *dbd = ap_find_linked_module("mod_dbd.c");
    dbd_cfg_t **record = dbd ? ap_get_module_config(s->module_config, dbd) : NULL;

    return record && (*record)->params && *(*record)->params ? *record : NULL;
}

const char *as_dbd_get_driver(server_rec *s)
{
    const dbd_cfg_t *cfg = get_config(s);

    return cfg ? cfg->name : NULL;
}

/* NULL: the database is not SQLite. */
static const char *get_sqlite_file(server_rec *s)
{
    const dbd_cfg_t *cfg = get_config(s);

    return cfg && strcmp(cfg->name, "sqlite3") == 0 ? cfg->params : NULL;
}

static const char *find_fault(apr_pool_t *p, server_rec *s)
{
    const char *file = get_sqlite_file(s);

    return file ? as_sqlite_access_find_fault(p, file) : NULL;
}

static void warn_if_readable(apr_pool_t *p, server_rec *s)
{
    for (; s; s = s->next) {
        const char *file = as_srv(s)->needs_database ? get_sqlite_file(s) : NULL;
        const char *warning = file ? as_sqlite_file_check_directory(p, file) : NULL;

        if (warning) {
            as_startup_log_once(s, APLOG_WARNING, warning);
        }
    }
}

void as_dbd_create_sqlite_files(apr_pool_t *pchild, server_rec *s)
{
    for (; s; s = s->next) {
        const char *file = as_srv(s)->needs_database ? get_sqlite_file(s) : NULL;

        if (file) {
            as_sqlite_file_create(pchild, file);
        }
    }
}

int as_dbd_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const char *fault = NULL;

    (void)pconf, (void)plog;
    warn_if_readable(ptemp, s);
    /* One line is enough: hosts usually share a database. */
    for (; s && !fault; s = s->next) {
        fault = as_srv(s)->needs_database ? find_fault(ptemp, s) : NULL;
        if (fault) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s", fault);
        }
    }
    return fault ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

void as_dbd_log_fault(apr_pool_t *p, server_rec *s)
{
    const char *fault = find_fault(p, s);

    if (fault) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "%s", fault);
    }
}

int as_dbd_share_pool(server_rec *a, server_rec *b)
{
    const dbd_cfg_t *x = get_config(a);
    const dbd_cfg_t *y = get_config(b);

    return x && y && !strcmp(x->name, y->name) && !strcmp(x->params, y->params) &&
           as_srv(a)->database_min == as_srv(b)->database_min && x->nkeep == y->nkeep &&
           x->nmax == y->nmax && x->exptime == y->exptime;
}

int as_dbd_is_pgsql(server_rec *s)
{
    const dbd_cfg_t *cfg = get_config(s);

    return cfg && cfg->name && !strcmp(cfg->name, "pgsql");
}

/*
 * This module opens its own PostgreSQL connections (as_source_create_direct). mod_dbd would open
 * DBDMin connections before a child serves its first request: its pool starts empty instead. In all
 * hosts, since hosts with the same settings share a pool.
 */
static void take_over_connections(server_rec *first)
{
    int is_used = 0;

    for (server_rec *s = first; s; s = s->next) {
        is_used |= as_srv(s)->keyring != NULL;
    }
    for (server_rec *s = first; s && is_used; s = s->next) {
        dbd_cfg_t *cfg = as_dbd_is_pgsql(s) ? get_config(s) : NULL;

        if (cfg && cfg->nmin) {
            as_srv(s)->database_min = cfg->nmin;
            cfg->nmin = 0;
        }
    }
}

apr_status_t as_dbd_post_config(server_rec *s)
{
    as_writer_lock_t **retained = ap_retained_data_get(RETAINED);
    apr_status_t rv = APR_SUCCESS;

    /* For the life of the server: children from before a graceful restart still write. */
    if (!retained) {
        retained = ap_retained_data_create(RETAINED, sizeof(*retained));
        rv = as_writer_lock_create(retained);
    }
    writer_lock = *retained;
    take_over_connections(s);
    return rv;
}

static apr_status_t borrow(void *ctx, apr_pool_t *p, apr_time_t since, as_source_loan_t *h)
{
    ap_dbd_t *rec = dbd_open(p, ctx);

    (void)since;
    if (!rec) {
        return APR_EAGAIN;
    }
    h->driver = rec->driver;
    h->handle = rec->handle;
    h->pool = rec->pool;
    h->record = rec;
    return APR_SUCCESS;
}

static void give_back(void *ctx, as_source_loan_t *h, as_source_disposition_t disposition)
{
    (void)disposition;
    dbd_close(ctx, h->record);
}

/* A stopped child, or a shell that has locked the file, must not block threads longer. */
static apr_status_t lock_writers(void *ctx)
{
    return as_writer_lock_acquire(ctx, WRITER_WAIT);
}

static void unlock_writers(void *ctx)
{
    as_writer_lock_release(ctx);
}

apr_status_t as_dbd_open(apr_pool_t *pchild, server_rec *s, const as_log_t *log, as_db_t **db)
{
    const dbd_cfg_t *cfg = dbd_open && dbd_close ? get_config(s) : NULL;
    int threaded = AP_MPMQ_NOT_SUPPORTED;
    as_db_options_t options = {
        .source = {borrow, give_back, NULL, s},
        .slots = cfg ? cfg->nmax : 0,
        .writer_lock = lock_writers,
        .writer_unlock = unlock_writers,
        .writer_ctx = writer_lock,
        .log = log,
    };

    ap_mpm_query(AP_MPMQ_IS_THREADED, &threaded);
    options.defer_signals = threaded == AP_MPMQ_NOT_SUPPORTED;
    if (!cfg) {
        return APR_ENOENT;
    }
    if (as_dbd_is_pgsql(s)) {
        const as_source_direct_options_t direct = {
            .driver = cfg->name,
            .params = cfg->params,
            .init = cfg->init_queries,
            .min = as_srv(s)->database_min,
            .max = cfg->nmax,
            .max_age = as_srv_database_max_age(as_srv(s)),
            .background = 1,
            .log = log,
        };
        apr_status_t rv = as_source_create_direct(pchild, &direct, &options.source);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return as_db_create(pchild, &options, db);
}
