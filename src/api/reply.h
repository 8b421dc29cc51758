/* SPDX-License-Identifier: Apache-2.0 */
/* The answer of a call, as api.md's conventions have it. */
#ifndef AS_API_REPLY_H
#define AS_API_REPLY_H

#include "api/call.h"

/*
 * Send it: JSON, status, headers, CORS. `always200`: it goes out as 200 (AuthSMSStatus); the true
 * status and code word are in AUTHSMS_STATUS and AUTHSMS_CODE either way. Returns what the
 * content handler returns.
 */
int as_reply_send(as_call_t *call, as_error_t error, int always200);

/* The body of an error that httpd answers with this status. */
const char *as_reply_make_error_body(apr_pool_t *p, int status);

/* 204 without a body. */
int as_reply_send_empty(as_call_t *call);

#endif
