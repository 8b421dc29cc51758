/* SPDX-License-Identifier: Apache-2.0 */
/* What an answer that needed a token says to caches. */
#ifndef AS_GUARD_ANSWER_H
#define AS_GUARD_ANSWER_H

#include <httpd.h>

/* For register_hooks. */
void as_answer_register(void);

/*
 * insert_filter: where a token let the request through, its answer gets `Cache-Control: private`
 * (unless it is private or no-store by itself) and `Vary: Authorization`, whatever made it: without
 * these a browser or proxy may give it to whoever asks next. Where AuthSMSAllowOrigin is set, the
 * module's CORS headers replace those of a back end.
 */
void as_answer_insert_filter(request_rec *r);

#endif
