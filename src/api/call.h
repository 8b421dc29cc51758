/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the API: what an endpoint receives and returns. */
#ifndef AS_API_CALL_H
#define AS_API_CALL_H

#include <httpd.h>

#include <json-c/json.h>

#include "api/body.h"
#include "auth/verdict.h"
#include "base/error.h"
#include "base/event.h"
#include "config/config.h"
#include "server/child.h"
#include "store/codes.h"

typedef struct as_reply_t {
    int status;                      /* of a success; 0: 200 */
    json_object *json;               /* members of a success; freed with r->pool */
    const char *document;            /* public and cacheable body in place of json; or NULL */
    const char *document_type;       /* its media type */
    const char *msg;                 /* of a failure; NULL: the default of the error code */
    const char *account_id;          /* member "id"; NULL: none */
    apr_interval_time_t retry_after; /* µs; 0: no Retry-After */
    int oauth;                       /* with the members and error words of RFC 6749 */
} as_reply_t;

typedef struct as_call_t {
    request_rec *r;
    apr_pool_t *pool; /* r->pool */
    const as_srv_t *sc;
    const as_dir_t *dc;
    as_db_t *db; /* NULL on offline routes */
    apr_time_t now;
    const char *route;           /* pattern of the route, for the log; NULL: no route matches */
    int route_number;            /* place in the table, from 1; 0: no route matches */
    const char *log_account;     /* id of the account, for the log; NULL: unknown */
    const char *path_id;         /* the path's :id; NULL: the route has none */
    const as_body_t *body;       /* parsed body, unless GET or raw input */
    as_span_t raw_body;          /* body with raw input, unless GET */
    const char *raw_query;       /* query string with raw input; NULL: none */
    const as_verdict_t *verdict; /* on routes that require or accept a token */
    as_reply_t reply;
    /* For the audit log: raised with the reply, if its kind is set. An endpoint may set another
     * kind, and details. Code, account and route are filled in. */
    as_event_t event;
    /* For the metrics; an endpoint may set them. */
    int login_method; /* proof of a login, AS_METHOD_* (api/second_factor.h); 0: no login */
    as_purpose_t code_purpose; /* of the code that the client has entered; 0: none */
} as_call_t;

/* An endpoint fills call->reply and returns AS_OK, or returns the error. */
typedef as_error_t as_endpoint_fn_t(as_call_t *call);

/* One file each in api/routes. */
as_endpoint_fn_t as_endpoint_index, as_endpoint_register, as_endpoint_verify, as_endpoint_resend,
    as_endpoint_authenticate, as_endpoint_authenticate_sms, as_endpoint_authenticate_verify,
    as_endpoint_factors, as_endpoint_enable_sms_factor, as_endpoint_disable_sms_factor,
    as_endpoint_confirm, as_endpoint_confirm_sms, as_endpoint_account, as_endpoint_logout,
    as_endpoint_sms_status, as_endpoint_jwks, as_endpoint_metadata, as_endpoint_token,
    as_endpoint_revoke, as_endpoint_sessions, as_endpoint_session_delete;
as_endpoint_fn_t as_endpoint_change_mobile, as_endpoint_verify_mobile, as_endpoint_change_password,
    as_endpoint_delete_account, as_endpoint_export_account, as_endpoint_forgot_password,
    as_endpoint_reset_password, as_endpoint_openapi;

/* Begin a successful reply: "success": true and "msg" (NULL: none). Returns AS_OK. */
as_error_t as_call_succeed(as_call_t *call, int status, const char *msg);

/* Returns UNAVAILABLE (503), with Retry-After: 1. */
as_error_t as_call_fail_unavailable(as_call_t *call);

/* Returns RATE_LIMITED (429), with Retry-After from `wait` (µs). */
as_error_t as_call_fail_rate_limited(as_call_t *call, apr_interval_time_t wait);

/* A time (µs) in seconds, rounded up: for the member retry_after. */
apr_int64_t as_call_count_seconds(apr_interval_time_t time);

/* Where clients find the API: AuthSMSPublicURL, else the path of its Location. Never the Host of
 * the request, which the client chooses. */
const char *as_call_get_own_url(const as_call_t *call);

/* The first AuthSMSSecret of this host: the key of tokens, codes and limits. */
as_span_t as_call_get_secret(const as_call_t *call);

#endif
