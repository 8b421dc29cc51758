/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Outgoing HTTP/1.1 over libcurl: a bounded set of reused handles of one child, TLS verified,
 * redirects off, time and answer size bounded, no proxy, whatever the environment says. A request
 * is written at most once: where libcurl would repeat it, because a kept connection ended without
 * an answer, the call ends with MAYBE_SENT. (An idle connection that the server has closed is
 * noticed before anything is written, and replaced.)
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
    int parallel;                        /* calls at once */
    apr_interval_time_t connect_timeout; /* µs */
} as_http_client_options_t;

typedef struct as_http_client_request_t {
    const char *method; /* "GET" or "POST", nothing else */
    const char *url;    /* https://…; http:// only to a loopback address */
    const char *user;   /* Basic credentials; NULL: none */
    const char *password;
    const apr_array_header_t *headers; /* const char * "Name: value"; NULL: none */
    const char *content_type;          /* with body */
    as_span_t body;
    /* Times of as_clock_monotonic. */
    apr_time_t deadline;   /* the call ends by then */
    apr_time_t connect_by; /* nothing is sent unless connected by then; 0: no such bound */
} as_http_client_request_t;

/* How far a failed call got: decides whether it may be made again elsewhere. */
typedef enum as_http_client_outcome_t {
    AS_HTTP_CLIENT_ANSWERED,   /* an HTTP status came */
    AS_HTTP_CLIENT_NOT_SENT,   /* refused, no DNS, TLS refused, no place free: nothing was taken */
    AS_HTTP_CLIENT_MAYBE_SENT, /* the request went out; what became of it is not known */
} as_http_client_outcome_t;

typedef struct as_http_client_response_t {
    as_http_client_outcome_t outcome;
    int status;     /* with ANSWERED */
    as_span_t body; /* at most AS_HTTP_CLIENT_BODY_MAX; NUL-terminated, not counted */
    int truncated;  /* the answer was larger or broke off: body must not be believed */
    apr_interval_time_t retry_after; /* from Retry-After, at most one day; 0: none */
    const char *error; /* what curl says, without the URL; NULL: the whole answer came */
} as_http_client_response_t;

/* Once in the parent, before any thread: curl_global_init (never undone: curl is shared by others).
 */
apr_status_t as_http_client_global_init(void);

/* A client for one child; its handles end with p. Make it after the fork. */
apr_status_t as_http_client_create(apr_pool_t *p, const as_http_client_options_t *options,
                                   as_http_client_t **client);

/*
 * Make one call. APR_SUCCESS: `answer` is filled (see outcome). APR_EINVAL: a header, the URL or
 * the method is another or holds CR, LF or NUL, or the URL may not be called. APR_EAGAIN:
 * `parallel` calls are under way and none ended within the wait of 100 ms. APR_ENOMEM: curl had
 * none.
 */
apr_status_t as_http_client_send(as_http_client_t *client, apr_pool_t *p,
                                 const as_http_client_request_t *request,
                                 as_http_client_response_t *answer);

/* Is this URL one that may be called: https, or http to 127.0.0.0/8, [::1] or localhost (which must
 * then resolve to a loopback address)? Without user information, blanks and control characters. */
int as_http_client_allows_url(const char *url);

#endif
