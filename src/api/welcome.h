/* SPDX-License-Identifier: Apache-2.0 */
/* The text that confirms a completed registration. It is optional: without a sender, without its
 * template or above a limit it is left out, and the registration succeeds all the same. */
#ifndef AS_API_WELCOME_H
#define AS_API_WELCOME_H

#include "api/call.h"
#include "api/message.h"

typedef struct as_welcome_t {
    as_message_t message;
    const char *mobile;
    int is_due; /* it is to be sent */
} as_welcome_t;

/* Outside of any unit: render the text to a number of an account. AS_OK or UNAVAILABLE. */
as_error_t as_welcome_create(as_call_t *call, const as_user_t *user, const char *mobile,
                             as_welcome_t *welcome);

/* Inside the write unit, before it touches the account: clear the count of guesses (verify/user by
 * attempt_key), and count the text under sms/number. */
apr_status_t as_welcome_reserve(as_tx_t *tx, const as_call_t *call, const char *attempt_key,
                                as_welcome_t *welcome);

/* Later in the same unit: count the text under the limits that many accounts share. If a limit is
 * exceeded, none has counted the text. */
apr_status_t as_welcome_count_shared(as_tx_t *tx, const as_call_t *call, as_welcome_t *welcome);

/* Last in the same unit: as_message_store. */
apr_status_t as_welcome_store(as_tx_t *tx, const as_call_t *call, const as_welcome_t *welcome);

/* After the commit. Returns false if the text is due and could not be sent. */
int as_welcome_send(as_call_t *call, const as_welcome_t *welcome);

#endif
