/* SPDX-License-Identifier: Apache-2.0 */
/* What a delivery receipt says about a text. Audit log, metrics, outbox and the receipts of the
 * sender `webhook` use these words. */
#ifndef AS_BASE_RECEIPT_STATE_H
#define AS_BASE_RECEIPT_STATE_H

/*
 * Enum, word.
 * QUEUED: still with the provider, or an unknown status. SENT: with the network.
 */
#define AS_RECEIPT_STATES(X)                                                                       \
    X(QUEUED, "queued")                                                                            \
    X(SENT, "sent")                                                                                \
    X(DELIVERED, "delivered")                                                                      \
    X(FAILED, "failed")

typedef enum as_receipt_state_t {
#define AS_RECEIPT_STATE_ENUM(state, word) AS_RECEIPT_##state,
    AS_RECEIPT_STATES(AS_RECEIPT_STATE_ENUM)
#undef AS_RECEIPT_STATE_ENUM
} as_receipt_state_t;

#endif
