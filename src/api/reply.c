/* SPDX-License-Identifier: Apache-2.0 */
#include "api/reply.h"

#include <apr_strings.h>
#include <http_log.h>
#include <http_protocol.h>

#include "text/json.h"
#include "auth/challenge.h"
#include "auth/cors.h"

APLOG_USE_MODULE(authsms);

as_error_t as_call_succeed(as_call_t *call, int status, const char *msg)
{
    call->reply.status = status;
    call->reply.json = as_json_new_object(call->pool);
    json_object_object_add(call->reply.json, "success", json_object_new_boolean(1));
    if (msg) {
        json_object_object_add(call->reply.json, "msg", json_object_new_string(msg));
    }
    return AS_OK;
}

as_error_t as_call_fail_unavailable(as_call_t *call)
{
    call->reply.retry_after = apr_time_from_sec(1);
    return AS_E_UNAVAILABLE;
}

as_span_t as_call_get_secret(const as_call_t *call)
{
    return APR_ARRAY_IDX(call->sc->secrets, 0, as_span_t);
}

/* msg: NULL: the error's own. */
static json_object *failure(apr_pool_t *p, as_error_t error, const char *msg)
{
    json_object *json = as_json_new_object(p);

    json_object_object_add(json, "success", json_object_new_boolean(0));
    json_object_object_add(json, "msg", json_object_new_string(msg ? msg : as_error_msg(error)));
    json_object_object_add(json, "code", json_object_new_string(as_error_code(error)));
    return json;
}

static void set_headers(as_call_t *call, as_error_t error)
{
    request_rec *r = call->r;
    apr_interval_time_t wait = call->reply.retry_after;

    apr_table_setn(r->headers_out, "Cache-Control",
                   error == AS_OK && call->reply.document ? "public, max-age=300" : "no-store");
    apr_table_setn(r->headers_out, "X-Content-Type-Options", "nosniff");
    if (wait > 0) {
        apr_int64_t seconds = (wait + APR_USEC_PER_SEC - 1) / APR_USEC_PER_SEC;

        apr_table_setn(r->headers_out, "Retry-After",
                       apr_psprintf(r->pool, "%" APR_INT64_T_FMT, seconds));
    }
    if (as_error_status(error) == HTTP_UNAUTHORIZED) {
        as_challenge_set_headers(r, error == AS_E_BAD_CREDENTIALS ? AS_E_NO_TOKEN : error);
    }
    as_cors_set_headers(r, call->dc);
}

static void tell_logs(as_call_t *call, int status, as_error_t error)
{
    apr_table_setn(call->r->subprocess_env, "AUTHSMS_STATUS", apr_itoa(call->pool, status));
    if (error != AS_OK) {
        apr_table_setn(call->r->subprocess_env, "AUTHSMS_CODE", as_error_code(error));
    }
    /* The route's pattern, not the path: a client may have put anything there. */
    ap_log_rerror(APLOG_MARK, call->r->method_number == M_POST ? APLOG_INFO : APLOG_DEBUG, 0,
                  call->r, "/%s: %d %s, account %s", call->route ? call->route : "?", status,
                  error == AS_OK ? "ok" : as_error_code(error),
                  call->account ? call->account : "-");
}

static as_span_t text_of(as_call_t *call, as_error_t error)
{
    json_object *json =
        error == AS_OK ? call->reply.json : failure(call->pool, error, call->reply.msg);

    if (error == AS_OK && call->reply.document) {
        return (as_span_t){call->reply.document, strlen(call->reply.document)};
    }
    if (call->reply.id) {
        json_object_object_add(json, "id", json_object_new_string(call->reply.id));
    }
    return as_json_serialize(json);
}

int as_reply_send(as_call_t *call, as_error_t error, int always200)
{
    request_rec *r = call->r;
    int success = call->reply.status ? call->reply.status : HTTP_OK;
    int status = error == AS_OK ? success : as_error_status(error);
    int plain = error != AS_OK || !call->reply.document;
    as_span_t text = text_of(call, error);

    tell_logs(call, status, error);
    set_headers(call, error);
    r->status = always200 ? HTTP_OK : status;
    ap_set_content_type(r, plain ? "application/json; charset=utf-8" : call->reply.type);
    ap_set_content_length(r, (apr_off_t)text.len + 1);
    ap_rwrite(text.data, (int)text.len, r);
    ap_rputs("\n", r);
    return OK;
}

const char *as_reply_make_error_body(apr_pool_t *p, int status)
{
    as_span_t text = as_json_serialize(failure(p, as_error_from_status(status), NULL));

    return apr_pstrcat(p, apr_pstrmemdup(p, text.data, text.len), "\n", NULL);
}

int as_reply_send_empty(as_call_t *call)
{
    tell_logs(call, HTTP_NO_CONTENT, AS_OK);
    set_headers(call, AS_OK);
    call->r->status = HTTP_NO_CONTENT;
    return OK;
}
