/* SPDX-License-Identifier: Apache-2.0 */
/* Literal secrets that are none: a forgotten file:, an undefined variable, a placeholder. */
#ifndef AS_BASE_SECRET_LITERAL_H
#define AS_BASE_SECRET_LITERAL_H

#include <apr_pools.h>

#include "base/span.h"

/*
 * Why this literal cannot be a secret, or NULL: it is a path, a variable that is not defined, or a
 * misspelt env:, file: or exec:. The sentence has the correct spelling. It shows a path only where
 * the file or its directory exists, the name only of "${NAME}", and no other part of the literal.
 * `root` is where a relative path starts.
 */
const char *as_secret_literal_check(apr_pool_t *p, const char *literal, const char *root);

/* Does an existing regular file have this path? */
int as_secret_literal_is_file(apr_pool_t *p, const char *path, const char *root);

/* Is this text a placeholder of documents, such as "change me" or "your-secret-here"? */
int as_secret_literal_is_placeholder(as_span_t text);

#endif
