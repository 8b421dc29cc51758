/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text without a code, beside what the client asked for: the welcome after a registration, the
 * alert after a change of the password, the word to the older number after a change of number. It
 * never makes a request fail: without a sender, without its template or above a limit it is left
 * out.
 */
#ifndef AS_API_NOTICE_H
#define AS_API_NOTICE_H

#include "api/call.h"
#include "api/message.h"

typedef struct as_notice_t {
    as_message_t message;
    const as_user_t *user;
    as_text_kind_t kind;
    int is_enabled; /* texts of this kind can be sent to the account */
    int is_due;     /* and no limit forbids this one */
} as_notice_t;

/*
 * Outside of any unit: render the text to the number of an account. WELCOME counts under
 * sms/number, sms/ip and sms/total. MOVED and ALERT count under sms/login alone, so that strangers
 * cannot suppress them; they are sent to proven numbers only, and always queued: the change that
 * they are about and the text are committed together. event: of ALERT ("your password was
 * changed"), else NULL. AS_OK or UNAVAILABLE.
 */
as_error_t as_notice_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                            const char *event, as_notice_t *notice);

/* Inside the write unit, before it touches the account: clear the count of guesses (verify/user by
 * attempt_key; NULL: none), and count the text under sms/number or sms/login. */
apr_status_t as_notice_reserve(as_tx_t *tx, const as_call_t *call, const char *attempt_key,
                               as_notice_t *notice);

/* Later in the same unit: count the text under the limits that many accounts share. If a limit is
 * exceeded, none has counted the text. */
apr_status_t as_notice_count_shared(as_tx_t *tx, const as_call_t *call, as_notice_t *notice);

/* Last in the same unit: as_message_store. */
apr_status_t as_notice_store(as_tx_t *tx, const as_call_t *call, const as_notice_t *notice);

/* After the commit. Returns false if the text is due and could not be sent. */
int as_notice_send(as_call_t *call, const as_notice_t *notice);

#endif
