/* SPDX-License-Identifier: Apache-2.0 */
/* `auth=` of the sender `http`: basic:USER:SOURCE, bearer:SOURCE, or
 * sigv4:REGION:SERVICE:KEYID:SOURCE, where SOURCE is a secret source. */
#ifndef AS_SMS_REQUEST_AUTH_H
#define AS_SMS_REQUEST_AUTH_H

#include <apr_pools.h>

#define AS_REQUEST_AUTH_FORMS                                                                      \
    "basic:USER:SOURCE, bearer:SOURCE or sigv4:REGION:SERVICE:KEYID:SOURCE"

typedef struct as_request_auth_t {
    const char *user; /* of basic; key id of sigv4. NULL: neither */
    const char *password;
    const char *header; /* "Authorization: Bearer …"; NULL: not bearer */
    const char *sigv4;  /* for as_http_client_request_t; NULL: not sigv4 */
} as_request_auth_t;

/* SOURCE in the value; NULL: the value has none of these forms. */
const char *as_request_auth_find_source(const char *value);

/* Parse the value with its secret in the place of SOURCE; NULL: no authentication. Copies of the
 * secret are wiped with p. APR_EINVAL: another form, or an empty or invalid field. */
apr_status_t as_request_auth_parse(apr_pool_t *p, const char *value, as_request_auth_t *auth);

#endif
