/* SPDX-License-Identifier: Apache-2.0 */
/* The code of an invitation: 192 random bits, of which the database has a digest only. */
#ifndef AS_ACCOUNT_INVITATION_H
#define AS_ACCOUNT_INVITATION_H

#include <apr_pools.h>

/* Make a code: 32 characters of base64url. APR_EGENERAL: the random generator failed. */
apr_status_t as_invitation_generate(apr_pool_t *p, const char **code);

/* The digest of a code, or of any other text. It needs no key: a code cannot be guessed, and
 * authsmsctl has no secret. APR_EGENERAL: OpenSSL failed. */
apr_status_t as_invitation_hash(apr_pool_t *p, const char *code, const char **digest);

#endif
