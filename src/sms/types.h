/* SPDX-License-Identifier: Apache-2.0 */
/* The provider types, for the registry. */
#ifndef AS_SMS_TYPES_H
#define AS_SMS_TYPES_H

#include "sms/provider.h"

/* Writes each text into the error log, number and all, as one line: for development. */
extern const as_sender_type_t as_sender_log;

/* Twilio Programmable Messaging. */
extern const as_sender_type_t as_sender_twilio;

/* Vonage's SMS API. */
extern const as_sender_type_t as_sender_vonage;

/* Standard Webhooks to a receiver of one's own. */
extern const as_sender_type_t as_sender_webhook;

/* Authy API v1. */
extern const as_verifier_type_t as_verifier_authy;

/* Twilio Verify v2. */
extern const as_verifier_type_t as_verifier_twilio;

#endif
