/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AuthSMSFraudGuard: SMS pumping shows in codes that nobody enters. Codes to numbers that a client
 * chose (registration, change of number) are counted per calling code and per client network.
 */
#ifndef AS_API_FRAUD_GUARD_H
#define AS_API_FRAUD_GUARD_H

#include "api/call.h"
#include "db/unit.h"
#include "store/codes.h"

/* The note of a request (r->notes) that the guard suspects: the calling code, or "" for the
 * client's network. */
#define AS_FRAUD_GUARD_NOTE "authsms-fraud"

/* The keyed digest of the client's network, for as_codes_row_t.network; NULL: codes of this purpose
 * do not count, or the guard is off. */
apr_status_t as_fraud_guard_hash_network(const as_call_t *call, as_purpose_t purpose,
                                         const char **digest);

/*
 * Inside the write unit that stores a code, after all limits: count it. *wait: 0, or µs until the
 * guard may allow another code (deny); then the unit must be rolled back. Codes without a network
 * are not counted.
 */
apr_status_t as_fraud_guard_count_sent(as_tx_t *tx, const as_call_t *call,
                                       const as_codes_row_t *code, apr_interval_time_t *wait);

/* Inside a write unit: undo the count of a code whose text was not sent. */
apr_status_t as_fraud_guard_undo_sent(as_tx_t *tx, const as_call_t *call,
                                      const as_codes_row_t *code);

/* Inside the write unit that consumes a correct code, after all limits: count its entry. */
apr_status_t as_fraud_guard_count_entered(as_tx_t *tx, const as_call_t *call,
                                          const as_codes_row_t *code);

#endif
