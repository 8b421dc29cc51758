/* SPDX-License-Identifier: Apache-2.0 */
/* One text to one account's number: sent when the unit that caused it is committed, or put into the
 * outbox within that unit (AuthSMSDelivery queued). */
#ifndef AS_API_MESSAGE_H
#define AS_API_MESSAGE_H

#include "api/call.h"
#include "config/text_template.h"
#include "store/outbox.h"
#include "store/users.h"

typedef struct as_message_t {
    as_outbox_text_t row;
    const char *body;
    int silent; /* AuthSMSTestNumber: never texted */
} as_message_t;

/* The fixed code of this account's number (AuthSMSTestNumber); NULL: it has none. *is_test: the
 * number is never texted, whoever's account it is. */
const char *as_message_find_fixed_code(const as_call_t *call, const as_user_t *user, int *is_test);

/* Word it. code and code_id: NULL where the kind has none. AS_OK or UNAVAILABLE. */
as_error_t as_message_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                             const char *code, const char *code_id, as_message_t *sending);

/* Inside the write unit: what the outbox is to know of it. */
apr_status_t as_message_store(as_tx_t *tx, const as_call_t *call, const as_message_t *sending);

/* After the commit: send it, unless it is queued. *later: see as_delivery_send. */
as_sms_result_t as_message_send(as_call_t *call, const as_message_t *sending,
                                apr_interval_time_t *later);

/* Inside a write unit: its code was used, so that it need not go out any more. */
apr_status_t as_message_cancel(as_tx_t *tx, const as_call_t *call, const char *user_id,
                               as_text_kind_t kind);

#endif
