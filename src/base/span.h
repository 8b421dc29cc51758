/* SPDX-License-Identifier: Apache-2.0 */
/* A range of bytes owned by another object. Not NUL-terminated. */
#ifndef AS_BASE_SPAN_H
#define AS_BASE_SPAN_H

#include <apr.h>

typedef struct as_span_t {
    const char *data;
    apr_size_t len; /* bytes */
} as_span_t;

#endif
