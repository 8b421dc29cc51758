/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/metrics_page.h"

#include <http_config.h>
#include <http_log.h>
#include <http_main.h>
#include <http_protocol.h>
#include <http_request.h>

#include "base/log.h"
#include "base/metric.h"
#include "base/version.h"
#include "config/config.h"
#include "server/child.h"
#include "server/dbd.h"
#include "store/outbox.h"

APLOG_USE_MODULE(authsms);

static const char HANDLER[] = "authsms-metrics";

/* The most texts that are counted in one database. */
enum { QUEUED_MAX = 10000 };

static void write_text(void *ctx, const char *text)
{
    ap_rputs(text, ctx);
}

/* ---- the databases ---- */

typedef struct databases_t {
    int count;
    int is_up; /* each responded */
    apr_int64_t queued;
} databases_t;

static apr_status_t count_queued(as_tx_t *tx, void *baton)
{
    return as_outbox_count_queued(tx, QUEUED_MAX, baton);
}

/* Hosts with the same pool of mod_dbd share their database. */
static int is_first_with_database(const server_rec *s)
{
    const server_rec *other = ap_server_conf;

    while (other != s && !(as_srv(other)->child && as_srv(other)->child->db &&
                           as_srv(other)->child->db == as_srv(s)->child->db)) {
        other = other->next;
    }
    return other == s;
}

/* APR_EAGAIN: it does not respond. */
static apr_status_t query_database(server_rec *s, apr_pool_t *p, databases_t *databases)
{
    as_db_t *db = as_child_get_db(s, p);
    int queued = 0;
    apr_status_t rv = db ? as_db_read(db, p, count_queued, &queued) : APR_EAGAIN;

    databases->queued += queued;
    return rv;
}

/* A query takes 5 s at most, if its server does not respond; none is made during an outage. */
static databases_t query_databases(apr_pool_t *p)
{
    databases_t databases = {0, 1, 0};

    for (server_rec *s = ap_server_conf; s; s = s->next) {
        const as_srv_t *sc = as_srv(s);

        if (!sc->keyring || !sc->child || !as_dbd_get_driver(s) ||
            (sc->child->db && !is_first_with_database(s))) {
            continue;
        }
        databases.count++;
        databases.is_up &= query_database(s, p, &databases) == APR_SUCCESS;
    }
    return databases;
}

/* ---- the page ---- */

/* Not inlined: every request runs the hook, and would save the registers of this function. */
__attribute__((noinline)) static int send_page(request_rec *r)
{
    databases_t databases;

    if (r->method_number != M_GET) {
        ap_log_rerror(
            APLOG_MARK, APLOG_DEBUG, 0, r,
            AS_TAG(0621) "%.*s: refused: SetHandler authsms-metrics answers GET and HEAD, not %.*s",
            AS_LOG_CLIENT_TEXT_MAX, r->uri, AS_LOG_CLIENT_TEXT_MAX, r->method);
        ap_allow_standard_methods(r, REPLACE_ALLOW, M_GET, -1);
        return HTTP_METHOD_NOT_ALLOWED;
    }
    if (!(as_dir(r)->auth.client_dependent & (AP_METHOD_BIT << M_GET))) {
        ap_log_rerror(APLOG_MARK, APLOG_ERR, 0, r,
                      AS_TAG(0620) "%.*s: SetHandler authsms-metrics without a Require, or with no "
                                   "other than Require all: anyone could read it. Add Require "
                                   "local, or Require ip with the addresses of Prometheus",
                      AS_LOG_CLIENT_TEXT_MAX, r->uri);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    ap_set_content_type(r, "text/plain; version=0.0.4; charset=utf-8");
    apr_table_setn(r->headers_out, "Cache-Control", "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (r->header_only) {
        return OK;
    }
    databases = query_databases(r->pool);
    as_metric_write_gauge(r->pool, AS_METRIC_BUILD_INFO, as_version(), 1, write_text, r);
    if (databases.count) {
        as_metric_write_gauge(r->pool, AS_METRIC_DATABASE_UP, NULL, databases.is_up, write_text, r);
    }
    /* A sum without one of the databases would be wrong. */
    if (databases.count && databases.is_up) {
        as_metric_write_gauge(r->pool, AS_METRIC_OUTBOX_WAITING, NULL, databases.queued, write_text,
                              r);
    }
    as_metric_write(r->pool, write_text, r);
    return OK;
}

int as_metrics_page_handler(request_rec *r)
{
    /* Every request runs this hook: most handlers differ in the first character. */
    if (!r->handler || *r->handler != *HANDLER || strcmp(r->handler, HANDLER) != 0) {
        return DECLINED;
    }
    return send_page(r);
}
