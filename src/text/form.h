/* SPDX-License-Identifier: Apache-2.0 */
/* Strict application/x-www-form-urlencoded. */
#ifndef AS_TEXT_FORM_H
#define AS_TEXT_FORM_H

#include <apr_pools.h>
#include <apr_tables.h>

typedef struct as_form_field_t {
    const char *name;
    const char *value;
} as_form_field_t;

/*
 * Parse a form into as_form_field_t entries, in order. `+` is a blank. APR_EINVAL: a `%` without
 * two hex digits, U+0000 or invalid UTF-8 after decoding, more than 256 fields, or a repeated name
 * (unless allow_repeats, for receipts of providers).
 */
apr_status_t as_form_parse(apr_pool_t *p, const char *data, apr_size_t len, int allow_repeats,
                           apr_array_header_t **fields);

/* The value of a field, or NULL. */
const char *as_form_get(const apr_array_header_t *fields, const char *name);

/* Percent-encode for a form or a query (RFC 3986 unreserved characters stay). */
const char *as_form_encode(apr_pool_t *p, const char *value);

#endif
