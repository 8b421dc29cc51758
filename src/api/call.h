/* SPDX-License-Identifier: Apache-2.0 */
/* One call of the API: what an endpoint gets, and what it answers. */
#ifndef AS_API_CALL_H
#define AS_API_CALL_H

#include <httpd.h>

#include <json-c/json.h>

#include "api/body.h"
#include "config/config.h"
#include "base/error.h"
#include "server/child.h"
#include "auth/verdict.h"

typedef struct as_reply_t {
    int status;           /* of a success; 0: 200 */
    json_object *json;    /* a success's members; put with r->pool */
    const char *document; /* a success that is no object of ours: public, for 5 minutes */
    const char *type;     /* with document: its media type */
    const char *msg;      /* of a failure; NULL: the error's own */
    const char *id;       /* the account that the answer names; NULL: none */
    apr_interval_time_t retry_after; /* µs; 0: none */
} as_reply_t;

typedef struct as_call_t {
    request_rec *r;
    apr_pool_t *pool; /* r->pool */
    const as_srv_t *sc;
    const as_dir_t *dc;
    as_db_t *db;
    apr_time_t now;
    const char *route;           /* its pattern, for the log; NULL: none fits */
    const char *account;         /* whom it is about, for the log; NULL: not known */
    const char *id;              /* the path's :id; NULL: it has none */
    const as_body_t *body;       /* with POST */
    as_span_t raw;               /* with POST, on routes that take a body as it is */
    const char *query;           /* on the same routes; NULL: none */
    const as_verdict_t *verdict; /* on routes that need or take a token */
    as_reply_t reply;
} as_call_t;

/* Fill call->reply and return AS_OK, or say what failed. */
typedef as_error_t as_endpoint_fn_t(as_call_t *call);

as_endpoint_fn_t as_endpoint_index, as_endpoint_register, as_endpoint_verify, as_endpoint_resend,
    as_endpoint_authenticate, as_endpoint_account, as_endpoint_logout, as_endpoint_sms_status,
    as_endpoint_jwks;

/* A success with "msg": TEXT (NULL: none), of this status. Returns AS_OK. */
as_error_t as_call_succeed(as_call_t *call, int status, const char *msg);

/* What a store or core call that failed means to the client: 503. */
as_error_t as_call_fail_unavailable(as_call_t *call);

/* Where tokens, codes and limits get their key from: the first secret of this host. */
as_span_t as_call_get_secret(const as_call_t *call);

#endif
