/* SPDX-License-Identifier: Apache-2.0 */
/* Texts with {code}, {app} and {minutes} in them. */
#ifndef AS_BASE_TEMPLATE_H
#define AS_BASE_TEMPLATE_H

#include <apr_pools.h>

typedef struct as_template_values_t {
    const char *app;
    const char *code; /* NULL: a text without one, which has no {minutes} either */
    int minutes;
} as_template_values_t;

/*
 * NULL: the template can be used. Else what is wrong with it, as a sentence: a name in braces that
 * there is not, a brace left open; with_code: {code} is missing; without: {code} or {minutes} is
 * there.
 */
const char *as_template_check(apr_pool_t *p, const char *text, int with_code);

/* The text of a template that has no fault. What a value holds is not looked at again. */
const char *as_template_render(apr_pool_t *p, const char *text, const as_template_values_t *values);

#endif
