/* SPDX-License-Identifier: Apache-2.0 */
/* A server on loopback that follows a script: for each request a text, and what comes after it. */
#ifndef AS_STAND_IN_H
#define AS_STAND_IN_H

#include <apr_pools.h>

typedef enum stand_in_then_t {
    STAND_IN_KEEP,  /* wait for the next request on this connection */
    STAND_IN_CLOSE, /* end the connection */
    STAND_IN_RESET, /* end it with a TCP reset */
    STAND_IN_HANG,  /* say nothing more */
    STAND_IN_DRIP,  /* say the text again and again, a byte every 20 ms */
    STAND_IN_FLOOD  /* say the text again and again, as fast as it goes */
} stand_in_then_t;

typedef struct stand_in_step_t {
    const char *say;
    stand_in_then_t then;
} stand_in_step_t;

typedef struct stand_in_t stand_in_t;

/* Steps end with a NULL text; after the last, connections are closed unanswered. It ends with p. */
stand_in_t *stand_in_start(apr_pool_t *p, const stand_in_step_t *steps);

/* "http://127.0.0.1:PORT" */
const char *stand_in_url(const stand_in_t *s);

/* The request number i, whole; NULL: it has not come. */
const char *stand_in_request(stand_in_t *s, int i);

int stand_in_connections(stand_in_t *s);

/* "HTTP/1.1 STATUS X", headers and body, with its Content-Length. */
const char *stand_in_answer(apr_pool_t *p, int status, const char *headers, const char *body);

#endif
