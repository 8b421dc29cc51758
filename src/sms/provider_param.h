/* SPDX-License-Identifier: Apache-2.0 */
/* The `key=value` words that a provider takes in its directive. */
#ifndef AS_SMS_PROVIDER_PARAM_H
#define AS_SMS_PROVIDER_PARAM_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef enum as_provider_param_need_t {
    AS_PROVIDER_PARAM_REQUIRED,
    AS_PROVIDER_PARAM_OPTIONAL,
    AS_PROVIDER_PARAM_ONE_OF,     /* exactly one of the parameters with this need */
    AS_PROVIDER_PARAM_LITERAL,    /* optional; its value is no secret source */
    AS_PROVIDER_PARAM_REPEATED,   /* optional; can be given several times */
    AS_PROVIDER_PARAM_CREDENTIALS /* optional; see request_auth.h */
} as_provider_param_need_t;

/* A parameter, e.g. `token=`. A list ends with a NULL name. */
typedef struct as_provider_param_t {
    const char *name;
    as_provider_param_need_t need;
} as_provider_param_t;

/* Read the value of a secret source (env:, file:, exec:, a literal). Fails with *error. */
typedef apr_status_t as_provider_param_read_fn(void *ctx, apr_pool_t *p, const char *source,
                                               const char **value, const char **error);

/*
 * Parse the words (const char *) by the list of parameters; *values: const char * by name, in order
 * for a repeated one. NULL, or
 * an error message: an unknown, repeated or missing key, or a value that is empty, has control
 * characters or cannot be read.
 */
const char *as_provider_param_parse(apr_pool_t *p, const as_provider_param_t *params,
                                    const apr_array_header_t *words,
                                    as_provider_param_read_fn *read, void *ctx,
                                    apr_table_t **values);

/* "LIST, NAME"; list NULL: "NAME". */
const char *as_provider_param_join(apr_pool_t *p, const char *list, const char *name);

#endif
