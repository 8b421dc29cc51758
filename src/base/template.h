/* SPDX-License-Identifier: Apache-2.0 */
/* Message templates with the placeholders {code}, {app} and {minutes}. */
#ifndef AS_BASE_TEMPLATE_H
#define AS_BASE_TEMPLATE_H

#include <apr_pools.h>

typedef struct as_template_values_t {
    const char *app;
    const char *code; /* NULL: the template has no {code} and no {minutes} */
    int minutes;
} as_template_values_t;

/*
 * NULL: the template is valid. Else a sentence: it has an unknown placeholder or an open brace;
 * with with_code, {code} is missing; without with_code, it has {code} or {minutes}.
 */
const char *as_template_check(apr_pool_t *p, const char *text, int with_code);

/* Replace the placeholders of a valid template. Placeholders inside a value are not replaced. */
const char *as_template_render(apr_pool_t *p, const char *text, const as_template_values_t *values);

#endif
