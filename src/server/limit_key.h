/* SPDX-License-Identifier: Apache-2.0 */
/* The keys under which the counters of AuthSMSLimit are stored. */
#ifndef AS_SERVER_LIMIT_KEY_H
#define AS_SERVER_LIMIT_KEY_H

#include <apr_pools.h>

#include "config/config.h"

/* The key of a limit that has one count for all clients (sms/total). */
#define AS_LIMIT_KEY_GLOBAL "*"

/* The digest of a key of a counter: HMAC-SHA-256 in base64url, with the first AuthSMSSecret. A name
 * or number cannot be read from it. */
apr_status_t as_limit_key_hash(apr_pool_t *p, const as_srv_t *sc, const char *counter,
                               const char *key, const char **digest);

#endif
