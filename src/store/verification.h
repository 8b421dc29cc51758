/* SPDX-License-Identifier: Apache-2.0 */
/* The end of a registration, over three tables in one round trip. */
#ifndef AS_STORE_VERIFICATION_H
#define AS_STORE_VERIFICATION_H

#include "db/unit.h"

/*
 * Set the account verified (as_users_verify), use up its code (as_codes_consume) and cancel its
 * queued text of this kind (as_outbox_cancel). APR_ENOENT: the account or the code is not as
 * expected; the unit must be rolled back.
 */
apr_status_t as_verification_complete(as_tx_t *tx, const char *user_id, const char *mobile,
                                      const char *code_id, const char *text_kind, apr_time_t now);

#endif
