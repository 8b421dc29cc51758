/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The id of a database row as a string for clients: "UUID.MAC". The MAC is keyed with
 * AuthSMSSecret, so the database alone holds nothing that a client could present.
 */
#ifndef AS_BASE_SIGNED_ID_H
#define AS_BASE_SIGNED_ID_H

#include <apr_pools.h>
#include <apr_tables.h>

#include "base/span.h"

/* The string of an id (AS_UUID_LEN characters). purpose: such as "challenge"; strings of one
 * purpose are invalid for another. APR_EGENERAL: OpenSSL failed. */
apr_status_t as_signed_id_create(apr_pool_t *p, as_span_t secret, const char *purpose,
                                 const char *id, const char **text);

/* The id in such a string, made with any of the secrets (as_span_t). APR_EINVAL: any other text. */
apr_status_t as_signed_id_parse(apr_pool_t *p, const apr_array_header_t *secrets,
                                const char *purpose, const char *text, const char **id);

#endif
