/* SPDX-License-Identifier: Apache-2.0 */
/* An account as a remote verifier identifies it. */
#ifndef AS_SERVER_RECIPIENT_H
#define AS_SERVER_RECIPIENT_H

#include "sms/sms.h"
#include "store/users.h"

as_sms_recipient_t as_recipient_of(const as_user_t *user);

#endif
