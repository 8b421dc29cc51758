/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One text message to the number of an account. AuthSMSDelivery direct: sent after the unit of work
 * that caused it has committed. queued: written to the outbox within that unit. A text that tells
 * by its time whether an account exists is always queued.
 */
#ifndef AS_API_MESSAGE_H
#define AS_API_MESSAGE_H

#include "api/call.h"
#include "config/text_template.h"
#include "store/outbox.h"
#include "store/users.h"

typedef struct as_message_t {
    as_outbox_text_t row;
    const char *body;
    int is_queued;      /* sent in the background */
    int is_test_number; /* AuthSMSTestNumber: the text is not sent */
    int is_first;       /* of a new account: there is no older text to cancel */
} as_message_t;

/* The fixed code of an account (AuthSMSTestNumber); NULL: none. *is_test_number: its number is
 * never texted, even where the line names another account. */
const char *as_message_find_fixed_code(const as_call_t *call, const as_user_t *user,
                                       int *is_test_number);

/* Render the text. value: the code, or the event of AS_TEXT_ALERT ("your password was changed"), or
 * NULL. code_id: NULL for kinds without a code. AS_OK or UNAVAILABLE. */
as_error_t as_message_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                             const char *value, const char *code_id, as_message_t *message);

/* The same for a text that is always queued, so that the response does not wait for it. */
as_error_t as_message_create_queued(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                                    const char *value, const char *code_id, as_message_t *message);

/* Inside the write unit: record the text in the outbox, if it is queued or receipts are expected. A
 * text with a code cancels older queued texts of its kind. */
apr_status_t as_message_store(as_tx_t *tx, const as_call_t *call, const as_message_t *message);

/* After the commit: send the text, unless it is queued. *retry_after: see as_delivery_send_text. */
as_sms_result_t as_message_send(as_call_t *call, const as_message_t *message,
                                apr_interval_time_t *retry_after);

/* Inside a write unit: cancel queued texts of a kind whose code has been used. */
apr_status_t as_message_cancel(as_tx_t *tx, const as_call_t *call, const char *user_id,
                               as_text_kind_t kind);

#endif
