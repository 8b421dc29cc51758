/* SPDX-License-Identifier: Apache-2.0 */
/* Mistakes in secrets that are written into the configuration: a forgotten file:, an undefined
 * variable, a placeholder. */
#ifndef AS_BASE_SECRET_LITERAL_H
#define AS_BASE_SECRET_LITERAL_H

#include <apr_pools.h>

#include "base/span.h"

/*
 * NULL: this literal may be a secret. Else a sentence with the correct spelling: it is a path, an
 * undefined variable, or a misspelt env:, file: or exec:. The sentence never shows the literal,
 * except a path whose file or directory exists and the name in "${NAME}". Relative paths start at
 * `root`.
 */
const char *as_secret_literal_check(apr_pool_t *p, const char *literal, const char *root);

/* Is this the path of an existing regular file? */
int as_secret_literal_is_file(apr_pool_t *p, const char *path, const char *root);

/* Is this a placeholder, such as "change me" or "your-secret-here"? */
int as_secret_literal_is_placeholder(as_span_t text);

#endif
