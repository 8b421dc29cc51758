/* SPDX-License-Identifier: Apache-2.0 */
/* Codes for a new password: requests of /password/forgot (store/resets.h) are processed in the
 * background, so that their responses cannot tell which accounts exist. */
#ifndef AS_OPS_RESET_CODES_H
#define AS_OPS_RESET_CODES_H

#include <httpd.h>

#include "db/unit.h"

/* Process the waiting requests of one host, at most 50: find the account, and queue a text with a
 * code to its proven number, or have the remote verifier send one. p: used during the call only. */
void as_reset_codes_process(server_rec *s, as_db_t *db, apr_pool_t *p, int (*stop)(void));

#endif
