/* SPDX-License-Identifier: Apache-2.0 */
/* Where the token of a request is. */
#ifndef AS_HTTP_CREDENTIAL_H
#define AS_HTTP_CREDENTIAL_H

#include <httpd.h>

#include "core/error.h"
#include "core/span.h"

/*
 * The token of `Authorization: JWT …` or `Bearer …` (schemes without case, RFC 9110 §11.4).
 * NO_TOKEN: no such field, another scheme, or a scheme alone. INVALID_TOKEN: more than one word
 * after the scheme. What characters a token may have is not looked at here. The bytes are the
 * field's own.
 */
as_error_t as_credential(request_rec *r, as_span_t *token);

#endif
