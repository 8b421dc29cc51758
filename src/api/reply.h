/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the reply of a call as JSON with its headers (api.md, "Conventions"). */
#ifndef AS_API_REPLY_H
#define AS_API_REPLY_H

#include <util_filter.h>

#include "api/call.h"

#define AS_REPLY_FILTER "AUTHSMS_REPLY"

/*
 * Send the reply: status, headers, CORS, body. always200: the status line is 200 (AuthSMSStatus
 * always200). AUTHSMS_STATUS and AUTHSMS_CODE hold the real status and error code in both cases.
 * A document has an ETag. Returns OK for the content handler, or 304 or 412 for httpd to respond
 * with.
 */
int as_reply_send(as_call_t *call, as_error_t error, int always200);

/*
 * AS_REPLY_FILTER, of each reply. It runs after mod_headers, which could let caches store a token
 * or an account. Only a document may be cached.
 */
apr_status_t as_reply_set_late_headers(ap_filter_t *f, apr_bucket_brigade *bb);

/* X-Content-Type-Options: nosniff, once, also where `Header always set` has it. */
void as_reply_set_nosniff(request_rec *r);

/* Send 204 without a body. Returns OK. */
int as_reply_send_empty(as_call_t *call);

/* The JSON body of an error response that httpd itself sends with this status. */
const char *as_reply_make_error_body(apr_pool_t *p, int status);

#endif
