/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer that needed a token says to caches. */
#ifndef AS_GUARD_ANSWER_H
#define AS_GUARD_ANSWER_H

#include <httpd.h>

/* For register_hooks. */
void as_answer_register(void);

/*
 * insert_filter and insert_error_filter, after mod_headers': where a token let the request through
 * or was wanted in vain, the answer gets `Cache-Control: private` (unless it is private or no-store
 * by itself) and `Vary: Authorization`, whatever made it, errors included: without these a browser
 * or proxy may give it to whoever asks next. Where AuthSMSAllowOrigin is set, the module's CORS
 * headers stand in the place of any others.
 */
void as_answer_insert_filter(request_rec *r);

#endif
