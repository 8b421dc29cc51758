/* SPDX-License-Identifier: Apache-2.0 */
#include "server/dbd.h"

#include <ap_mpm.h>
#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <mod_dbd.h>

#include <stdatomic.h>
#include <string.h>

#include "config/config.h"
#include "config/parse.h"
#include "server/sqlite_access.h"
#include "db/conn.h"
#include "db/sqlite_file.h"
#include "db/source.h"
#include "db/writer_lock.h"

APLOG_USE_MODULE(authsms);

static const char RETAINED[] = "authsms:writers";
enum { OPEN_AGAIN = 10, OPEN_PAUSE = 50 * 1000 /* µs */ };
/* Writers are done in milliseconds. */
#define WRITER_WAIT apr_time_from_sec(2)

static as_writer_lock_t *writers;
static APR_OPTIONAL_FN_TYPE(ap_dbd_open) * dbd_open;
static APR_OPTIONAL_FN_TYPE(ap_dbd_close) * dbd_close;

/*
 * When root's shell is the first to open the database, the files beside it are root's for a moment:
 * a child that opens them just then could only read for as long as it lives. A handle that was not
 * used yet has opened nothing, so the older one is the last to let them go.
 */
static apr_status_t open_again(ap_dbd_t *rec, const dbd_cfg_t *cfg)
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

static void see_that_it_writes(apr_pool_t *p, const dbd_cfg_t *cfg, ap_dbd_t *rec,
                               const as_log_t *log)
{
    static _Atomic int given_up;
    int reads = as_conn_is_read_only(p, rec->driver, rec->handle);

    if (!reads || atomic_load(&given_up)) {
        return;
    }
    for (int i = 0; reads && i < OPEN_AGAIN; i++) {
        apr_sleep(OPEN_PAUSE);
        reads = open_again(rec, cfg) != APR_SUCCESS ||
                as_conn_is_read_only(p, rec->driver, rec->handle);
    }
    if (reads) {
        atomic_store(&given_up, 1);
        as_log(log, AS_LOG_WARNING, 0,
               "SQLite can only read: let the user httpd runs as own the database file, those "
               "beside it (-wal, -shm) and their directory");
    } else {
        as_log(log, AS_LOG_INFO, 0, "SQLite could only read, and was opened again");
    }
}

apr_status_t as_dbd_post_connect(apr_pool_t *p, dbd_cfg_t *cfg, ap_dbd_t *rec)
{
    const as_log_t *log = &as_srv(cfg->server ? cfg->server : ap_server_conf)->log;

    see_that_it_writes(p, cfg, rec, log);
    return as_conn_prepare(rec->pool, rec->driver, rec->handle, log);
}

void as_dbd_child_init(void)
{
    dbd_open = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_open);
    dbd_close = APR_RETRIEVE_OPTIONAL_FN(ap_dbd_close);
}

/*
 * mod_dbd's settings of a server. Its own record is private; the public dbd_cfg_t has been its
 * first member in all of httpd 2.4, and nothing else tells DBDMax before a connection is made.
 */
static dbd_cfg_t *dbd_config(server_rec *s)
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
    const dbd_cfg_t *cfg = dbd_config(s);

    return cfg ? cfg->name : NULL;
}

/* The file of an SQLite database; NULL: there is none. */
static const char *sqlite_file(server_rec *s)
{
    const dbd_cfg_t *cfg = dbd_config(s);

    return cfg && strcmp(cfg->name, "sqlite3") == 0 ? cfg->params : NULL;
}

static const char *place_fault(apr_pool_t *p, server_rec *s)
{
    const char *file = sqlite_file(s);

    return file ? as_sqlite_access_find_fault(p, file) : NULL;
}

static void warn_of_readers(apr_pool_t *p, server_rec *s)
{
    const char *file =
        as_srv(s)->needs_database && !as_parse_is_second_pass() ? sqlite_file(s) : NULL;
    const char *warning = file ? as_sqlite_file_warning(p, file) : NULL;

    if (warning) {
        ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s, "%s", warning);
    }
}

void as_dbd_create_sqlite_files(apr_pool_t *pchild, server_rec *s)
{
    for (; s; s = s->next) {
        const char *file = as_srv(s)->needs_database ? sqlite_file(s) : NULL;

        if (file) {
            as_sqlite_file_create(pchild, file);
        }
    }
}

int as_dbd_check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp, server_rec *s)
{
    const char *fault = NULL;

    (void)pconf, (void)plog;
    warn_of_readers(ptemp, s);
    /* The first host with a fault will do: the others mostly share it. */
    for (; s && !fault; s = s->next) {
        fault = as_srv(s)->needs_database ? place_fault(ptemp, s) : NULL;
        if (fault) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_ERR, 0, s, "%s", fault);
        }
    }
    return fault ? HTTP_INTERNAL_SERVER_ERROR : OK;
}

void as_dbd_log_fault(apr_pool_t *p, server_rec *s)
{
    const char *fault = place_fault(p, s);

    if (fault) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, s, "%s", fault);
    }
}

int as_dbd_share_pool(server_rec *a, server_rec *b)
{
    const dbd_cfg_t *x = dbd_config(a);
    const dbd_cfg_t *y = dbd_config(b);

    return x && y && !strcmp(x->name, y->name) && !strcmp(x->params, y->params) &&
           as_srv(a)->database_min == as_srv(b)->database_min && x->nkeep == y->nkeep &&
           x->nmax == y->nmax && x->exptime == y->exptime;
}

int as_dbd_is_pgsql(server_rec *s)
{
    const dbd_cfg_t *cfg = dbd_config(s);

    return cfg && cfg->name && !strcmp(cfg->name, "pgsql");
}

/*
 * On PostgreSQL the connections are our own (db_source_direct.h). mod_dbd would open its DBDMin
 * before a child serves anything: its pool, for other modules, begins empty instead. All hosts, as
 * hosts with the same settings share a pool.
 */
static void take_over_connections(server_rec *first)
{
    int is_used = 0;

    for (server_rec *s = first; s; s = s->next) {
        is_used |= as_srv(s)->keyring != NULL;
    }
    for (server_rec *s = first; s && is_used; s = s->next) {
        dbd_cfg_t *cfg = as_dbd_is_pgsql(s) ? dbd_config(s) : NULL;

        if (cfg && cfg->nmin) {
            as_srv(s)->database_min = cfg->nmin;
            cfg->nmin = 0;
        }
    }
}

apr_status_t as_dbd_post_config(server_rec *s)
{
    as_writer_lock_t **kept = ap_retained_data_get(RETAINED);
    apr_status_t rv = APR_SUCCESS;

    /* One for all generations: those before a graceful restart go on writing. */
    if (!kept) {
        kept = ap_retained_data_create(RETAINED, sizeof(*kept));
        rv = as_writer_lock_create(kept);
    }
    writers = *kept;
    take_over_connections(s);
    return rv;
}

static apr_status_t borrow(void *ctx, apr_pool_t *p, apr_time_t since, as_source_lease_t *h)
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

static void give_back(void *ctx, as_source_lease_t *h, as_source_return_t what)
{
    (void)what;
    dbd_close(ctx, h->record);
}

/* A child that is stopped, or a shell that holds the file, holds up no thread for longer. */
static apr_status_t lock_writers(void *ctx)
{
    return as_writer_lock_take(ctx, WRITER_WAIT);
}

static void unlock_writers(void *ctx)
{
    as_writer_lock_release(ctx);
}

apr_status_t as_dbd_open(apr_pool_t *pchild, server_rec *s, const as_log_t *log, as_db_t **db)
{
    const dbd_cfg_t *cfg = dbd_open && dbd_close ? dbd_config(s) : NULL;
    int threaded = AP_MPMQ_NOT_SUPPORTED;
    as_db_options_t options = {
        .source = {borrow, give_back, NULL, s},
        .slots = cfg ? cfg->nmax : 0,
        .writer_lock = lock_writers,
        .writer_unlock = unlock_writers,
        .writer_ctx = writers,
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
