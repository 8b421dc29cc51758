/* SPDX-License-Identifier: Apache-2.0 */
/* Refresh tokens: each is exchanged once. A spent one that is presented again ends its session. */
#ifndef AS_API_REFRESH_H
#define AS_API_REFRESH_H

#include "api/call.h"
#include "api/session_token.h"

typedef struct as_refresh_credential_t {
    const char *text; /* NULL: none */
    int is_cookie;    /* it is from the refresh token's cookie */
    int is_ambiguous; /* there are several cookies of that name */
} as_refresh_credential_t;

/* The member refresh_token of the body, else the cookie. AS_OK, also without one; BAD_REQUEST: the
 * member is not a string. */
as_error_t as_refresh_find_credential(const as_call_t *call, as_refresh_credential_t *credential);

/*
 * Exchange a refresh token for a new pair. INVALID_TOKEN: not a token of this API, its session has
 * ended, it was spent (then its session ends now), or its account may not log in; RATE_LIMITED or
 * UNAVAILABLE. A token that was spent in the last 10 s gets its successor once more, while that is
 * unused: its client may not have received the response.
 */
as_error_t as_refresh_exchange(as_call_t *call, const char *text,
                               as_session_token_t *session_token);

#endif
