/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs (RFC 9562): ids of accounts, sessions and messages. */
#ifndef AS_BASE_UUID_H
#define AS_BASE_UUID_H

#include <apr_pools.h>

#define AS_UUID_LEN 36 /* characters */
enum { AS_UUID_BYTES = 16 };

/* Generate a UUID version 7 (RFC 9562 §5.7) of the current time, in lower case. APR_EGENERAL: the
 * random generator failed. */
apr_status_t as_uuid_generate(apr_pool_t *p, const char **uuid);

/* Is this the text of a UUID: hex digits of either case, grouped 8-4-4-4-12? */
int as_uuid_is_valid(const char *text);

/* The 16 bytes of a valid UUID, and their text in lower case. */
void as_uuid_parse(const char *text, unsigned char bytes[AS_UUID_BYTES]);
const char *as_uuid_format(apr_pool_t *p, const unsigned char bytes[AS_UUID_BYTES]);

#endif
