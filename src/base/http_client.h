/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing HTTP/1.1 by libcurl, with a bounded set of reused handles in each child. TLS is
 * verified, redirects are not followed, time and response size are bounded, and proxy variables of
 * the environment are ignored.
 *
 * A request is written at most once. libcurl would repeat it if a reused connection ends without a
 * response; here the call ends with MAYBE_SENT instead. (An idle connection that the server closed
 * is detected before anything is written, and replaced.)
 */
#ifndef AS_BASE_HTTP_CLIENT_H
#define AS_BASE_HTTP_CLIENT_H

#include <apr_pools.h>
#include <apr_tables.h>
#include <apr_time.h>

#include "base/span.h"

#define AS_HTTP_CLIENT_BODY_MAX 65536 /* bytes */

typedef struct as_http_client_t as_http_client_t;

typedef struct as_http_client_options_t {
    int parallel;                        /* concurrent calls */
    apr_interval_time_t connect_timeout; /* µs */
} as_http_client_options_t;

typedef struct as_http_client_request_t {
    const char *method; /* "GET", "POST" or "PUT", nothing else */
    const char *url;    /* https://…; http:// only to a loopback address */
    const char *user;   /* Basic credentials, or the key id of sigv4; NULL: none */
    const char *password;
    const char *sigv4; /* "aws:amz:REGION:SERVICE": sign by AWS Signature 4 instead of Basic */
    const apr_array_header_t *headers; /* const char * "Name: value"; NULL: none */
    const char *content_type;          /* with body */
    as_span_t body;
    /* Times of the monotonic clock: */
    apr_time_t deadline;   /* of the call */
    apr_time_t connect_by; /* deadline of the connection; 0: none */
} as_http_client_request_t;

/* How far a call got. Only after NOT_SENT may it be repeated elsewhere. */
typedef enum as_http_client_outcome_t {
    AS_HTTP_CLIENT_ANSWERED,   /* an HTTP status arrived */
    AS_HTTP_CLIENT_NOT_SENT,   /* no byte was sent: DNS, connection or TLS failed */
    AS_HTTP_CLIENT_MAYBE_SENT, /* sent, but no response */
} as_http_client_outcome_t;

typedef struct as_http_client_response_t {
    as_http_client_outcome_t outcome;
    int status;     /* of ANSWERED */
    as_span_t body; /* at most AS_HTTP_CLIENT_BODY_MAX; NUL-terminated, not counted */
    int truncated;  /* the response was too large or incomplete: do not use body */
    apr_interval_time_t retry_after; /* from Retry-After, at most one day; 0: none */
    apr_time_t date;                 /* the server's clock, from Date (whole seconds); 0: none */
    const char *error;               /* curl's message, without the URL; NULL: complete response */
} as_http_client_response_t;

/* curl_global_init. Call it once in the parent, before any thread starts. It is never undone,
 * because other modules share libcurl. */
apr_status_t as_http_client_global_init(void);

/* A client for one child; its handles are closed with p. Create it after the fork. */
apr_status_t as_http_client_create(apr_pool_t *p, const as_http_client_options_t *options,
                                   as_http_client_t **client);

/*
 * Make one call. APR_SUCCESS: `response` is filled (see outcome). APR_EINVAL: the method or the URL
 * is not allowed, or a header has CR or LF. APR_EAGAIN: `parallel` calls are active, and none ended
 * within 100 ms. APR_ENOMEM.
 */
apr_status_t as_http_client_send(as_http_client_t *client, apr_pool_t *p,
                                 const as_http_client_request_t *request,
                                 as_http_client_response_t *response);

/* Was the libcurl in use built with AWS Signature 4 (`sigv4`)? */
int as_http_client_has_sigv4(void);

/* "8.5.0" */
const char *as_http_client_libcurl_version(void);

/* May this URL be called? https, or http to 127.0.0.0/8, [::1] or localhost (which must resolve to
 * a loopback address), without user information, blanks and control characters. */
int as_http_client_allows_url(const char *url);

#endif
