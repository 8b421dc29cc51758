/* SPDX-License-Identifier: Apache-2.0 */
#include "api/reply.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "api/call_metrics.h"
#include "api/fraud_guard.h"
#include "api/limit.h"
#include "auth/cache_headers.h"
#include "auth/challenge.h"
#include "auth/cors.h"
#include "auth/request_event.h"
#include "base/log.h"
#include "base/mac.h"
#include "text/json.h"

APLOG_USE_MODULE(authsms);

/* msg: NULL: the default of the error code. */
static json_object *make_failure(apr_pool_t *p, as_error_t error, const char *msg)
{
    json_object *json = as_json_new_object(p);

    json_object_object_add(json, "success", json_object_new_boolean(0));
    json_object_object_add(json, "msg", json_object_new_string(msg ? msg : as_error_msg(error)));
    json_object_object_add(json, "code", json_object_new_string(as_error_code(error)));
    return json;
}

/* The members of an error by RFC 6749 section 5.2. */
static void add_oauth_error(json_object *json, as_error_t error)
{
    const char *word = as_error_code(error == AS_E_BAD_REQUEST ? AS_E_INVALID_REQUEST : error);

    json_object_object_add(json, "error", json_object_new_string(word));
    json_object_object_add(json, "error_description", json_object_new_string(as_error_msg(error)));
}

static int is_document(const as_call_t *call, as_error_t error)
{
    return error == AS_OK && call->reply.document;
}

void as_reply_set_nosniff(request_rec *r)
{
    apr_table_unset(r->err_headers_out, "X-Content-Type-Options");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
}

apr_status_t as_reply_set_late_headers(ap_filter_t *f, apr_bucket_brigade *bb)
{
    int is_cacheable = f->ctx != NULL;

    if (!is_cacheable) {
        as_cache_headers_forbid(f->r);
    }
    as_reply_set_nosniff(f->r);
    ap_remove_output_filter(f);
    return ap_pass_brigade(f->next, bb);
}

static void set_headers(as_call_t *call, as_error_t error)
{
    request_rec *r = call->r;
    apr_interval_time_t wait = call->reply.retry_after;
    int is_cacheable = is_document(call, error);

    if (is_cacheable) {
        apr_table_setn(r->headers_out, "Cache-Control", "public, max-age=300");
    }
    ap_add_output_filter(AS_REPLY_FILTER, is_cacheable ? call : NULL, r, r->connection);
    if (wait > 0) {
        apr_table_setn(r->headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, as_call_count_seconds(wait)));
    }
    if (as_error_status(error) == HTTP_UNAUTHORIZED) {
        as_challenge_set_headers(r, error == AS_E_BAD_CREDENTIALS ? AS_E_NO_TOKEN : error);
    }
    as_cors_set_headers(r, call->dc);
}

static int is_read_only(const request_rec *r)
{
    return r->method_number == M_GET || r->method_number == M_OPTIONS;
}

/* A login that needs another proof, or that was refused, has an event of its own. */
static as_event_kind_t kind_of_login(int status, as_error_t error)
{
    if (error != AS_OK) {
        return AS_EVENT_LOGIN_FAILED;
    }
    return status == HTTP_ACCEPTED ? AS_EVENT_LOGIN_CHALLENGE : AS_EVENT_LOGIN;
}

static void raise_event(as_call_t *call, int status, as_error_t error)
{
    as_event_t event = call->event;
    const char *fraud = apr_table_get(call->r->notes, AS_FRAUD_GUARD_NOTE);

    event.code = as_error_code(error);
    event.account = call->log_account;
    event.route = call->route;
    if (fraud) {
        as_request_event_raise(call->r, (as_event_t){.kind = AS_EVENT_FRAUD,
                                                     .code = event.code,
                                                     .account = event.account,
                                                     .route = event.route,
                                                     .country = *fraud ? fraud : NULL});
    }
    if (error == AS_E_CROSS_ORIGIN) {
        return; /* auth/origin.c has raised it */
    }
    if (as_error_status(error) == HTTP_TOO_MANY_REQUESTS) {
        event.kind = AS_EVENT_LIMIT;
        event.limit = apr_table_get(call->r->notes, AS_LIMIT_NOTE);
    } else if (event.kind == AS_EVENT_LOGIN) {
        event.kind = kind_of_login(status, error);
    }
    as_request_event_raise(call->r, event);
}

/* The pattern of the route, not the path: a path could hold any text of the client. */
static void log_reply(const as_call_t *call, int status, as_error_t error)
{
    int level = is_read_only(call->r) ? APLOG_DEBUG : APLOG_INFO;
    const char *account = call->log_account ? call->log_account : "-";

    if (!call->route) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, call->r,
                      AS_TAG(0502) "%.*s: %d %s: the API has no such route", AS_LOG_CLIENT_TEXT_MAX,
                      call->r->uri, status, as_error_code(error));
    } else if (error == AS_OK) {
        ap_log_rerror(APLOG_MARK, level, 0, call->r, AS_TAG(0500) "/%s: %d ok, account %s",
                      call->route, status, account);
    } else {
        ap_log_rerror(APLOG_MARK, level, 0, call->r, AS_TAG(0501) "/%s: %d %s, account %s",
                      call->route, status, as_error_code(error), account);
    }
}

static void log_outcome(as_call_t *call, int status, as_error_t error)
{
    apr_table_setn(call->r->subprocess_env, "AUTHSMS_STATUS", apr_itoa(call->pool, status));
    if (error != AS_OK) {
        apr_table_setn(call->r->subprocess_env, "AUTHSMS_CODE", as_error_code(error));
    }
    log_reply(call, status, error);
    as_call_metrics_count(call, status, error);
    raise_event(call, status, error);
}

static as_span_t make_body(as_call_t *call, as_error_t error)
{
    const as_reply_t *reply = &call->reply;
    json_object *json;

    if (is_document(call, error)) {
        return (as_span_t){reply->document, strlen(reply->document)};
    }
    json = error == AS_OK ? reply->json : make_failure(call->pool, error, reply->msg);
    if (error != AS_OK && reply->oauth) {
        add_oauth_error(json, error);
    }
    if (reply->account_id) {
        json_object_object_add(json, "id", json_object_new_string(reply->account_id));
    }
    return as_json_serialize(json);
}

/* A document is sent only to a client that does not have it. Returns OK, 304 or 412. The HMAC is a
 * mere hash here. */
static int check_conditions(as_call_t *call, const char *document)
{
    static const as_span_t key = {"ETag", 4};
    const char *hash;

    if (as_mac_sha256_base64url(call->pool, key, document, &hash) != APR_SUCCESS) {
        return OK;
    }
    apr_table_setn(call->r->headers_out, "ETag", apr_pstrcat(call->pool, "\"", hash, "\"", NULL));
    return ap_meets_conditions(call->r);
}

int as_reply_send(as_call_t *call, as_error_t error, int always200)
{
    request_rec *r = call->r;
    int success = call->reply.status ? call->reply.status : HTTP_OK;
    int status = error == AS_OK ? success : as_error_status(error);
    as_span_t body = make_body(call, error);
    int unmet = is_document(call, error) ? check_conditions(call, body.data) : OK;

    log_outcome(call, unmet == OK ? status : unmet, error);
    set_headers(call, error);
    if (unmet != OK) {
        return unmet;
    }
    r->status = always200 ? HTTP_OK : status;
    ap_set_content_type(r, is_document(call, error) ? call->reply.document_type
                                                    : "application/json; charset=utf-8");
    ap_set_content_length(r, (apr_off_t)body.len + 1);
    ap_rwrite(body.data, (int)body.len, r);
    ap_rputs("\n", r);
    return OK;
}

const char *as_reply_make_error_body(apr_pool_t *p, int status)
{
    as_span_t text = as_json_serialize(make_failure(p, as_error_from_status(status), NULL));

    return apr_pstrcat(p, apr_pstrmemdup(p, text.data, text.len), "\n", NULL);
}

int as_reply_send_empty(as_call_t *call)
{
    log_outcome(call, HTTP_NO_CONTENT, AS_OK);
    set_headers(call, AS_OK);
    call->r->status = HTTP_NO_CONTENT;
    return OK;
}
