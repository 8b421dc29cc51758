/* SPDX-License-Identifier: Apache-2.0 */
/* Message templates with the placeholders {app}, {code}, {minutes} and {event}. */
#ifndef AS_BASE_TEMPLATE_H
#define AS_BASE_TEMPLATE_H

#include <apr_pools.h>

/* What a text reports, besides {app}. */
typedef enum as_template_content_t {
    AS_TEMPLATE_PLAIN, /* nothing */
    AS_TEMPLATE_CODE,  /* {code}, and perhaps {minutes} */
    AS_TEMPLATE_EVENT, /* {event} */
} as_template_content_t;

typedef struct as_template_values_t {
    const char *app;
    const char *code;  /* NULL: the template has no {code} */
    const char *event; /* NULL: the template has no {event} */
    int minutes;
} as_template_values_t;

/* NULL: the template is valid. Else a sentence: it has an unknown placeholder or an open brace, it
 * lacks the placeholder of its content, or it has one of another content. */
const char *as_template_check(apr_pool_t *p, const char *text, as_template_content_t content);

/* Replace the placeholders of a valid template. Placeholders inside a value are not replaced. */
const char *as_template_render(apr_pool_t *p, const char *text, const as_template_values_t *values);

#endif
