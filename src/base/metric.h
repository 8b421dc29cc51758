/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Metrics of all processes of this server, in memory that they share. Every metric and label is
 * declared here, once. To count is one atomic addition: it neither blocks nor fails. Label values
 * are words of this server, never text of a client.
 */
#ifndef AS_BASE_METRIC_H
#define AS_BASE_METRIC_H

#include <apr_pools.h>
#include <apr_time.h>

#include <stdatomic.h>

#include "base/receipt_state.h"

/*
 * Metrics: enum, type, name, help, first and second label.
 * - COUNTER, HISTOGRAM: as Prometheus defines them. A HISTOGRAM has one label at most.
 * - DEADLINE: a gauge, 1 until each of several times has passed.
 * - GAUGE: not in shared memory. Its value is found when it is read.
 * CACHE and GUARD are first: what the guard counts in each request is in one cache line.
 */
#define AS_METRICS(X)                                                                              \
    X(CACHE, COUNTER, "authsms_cache_total",                                                       \
      "Lookups in the caches of verified tokens and "                                              \
      "accounts.",                                                                                 \
      CACHE, RESULT)                                                                               \
    X(GUARD, COUNTER, "authsms_guard_total", "Requests to guarded Locations by verdict.", VERDICT, \
      NONE)                                                                                        \
    X(REQUESTS, COUNTER, "authsms_requests_total", "Requests to the API by route and status.",     \
      ROUTE, STATUS)                                                                               \
    X(REGISTRATIONS, COUNTER, "authsms_registrations_total", "Registrations by outcome.",          \
      REGISTRATION, NONE)                                                                          \
    X(LOGINS, COUNTER, "authsms_logins_total", "Login steps by outcome and factor.", LOGIN,        \
      FACTOR)                                                                                      \
    X(CODES, COUNTER, "authsms_codes_total",                                                       \
      "Codes by purpose: issued, or entered with a result.", PURPOSE, CODE)                        \
    X(TEXTS, COUNTER, "authsms_texts_total",                                                       \
      "Attempts to send a text, by sender or verifier and outcome.", SENDER, TEXT)                 \
    X(RECEIPTS, COUNTER, "authsms_receipts_total", "Delivery receipts by sender and state.",       \
      SENDER, RECEIPT)                                                                             \
    X(LIMIT_HITS, COUNTER, "authsms_limit_hits_total",                                             \
      "Requests and texts that a limit of AuthSMSLimit refused.", LIMIT, NONE)                     \
    X(DB_ERRORS, COUNTER, "authsms_db_errors_total",                                               \
      "Failures of the database by kind, including those that a retry mended.", FAULT, NONE)       \
    X(DB_SECONDS, HISTOGRAM, "authsms_db_seconds",                                                 \
      "Duration of a unit of database work, including the wait for a connection.", NONE, NONE)     \
    X(PROVIDER_SECONDS, HISTOGRAM, "authsms_provider_seconds",                                     \
      "Duration of a call to a sender or verifier.", SENDER, NONE)                                 \
    X(HASH_SECONDS, HISTOGRAM, "authsms_hash_seconds", "Duration of hashing a password.", NONE,    \
      NONE)                                                                                        \
    X(BREAKER_OPEN, DEADLINE, "authsms_breaker_open",                                              \
      "1 while calls to a sender or verifier are suspended after repeated failures.", SENDER,      \
      NONE)                                                                                        \
    X(OUTBOX_WAITING, GAUGE, "authsms_outbox_waiting",                                             \
      "Queued texts that are not sent yet, at most 10000 per database.", NONE, NONE)               \
    X(DATABASE_UP, GAUGE, "authsms_database_up", "1 if every database responds.", NONE, NONE)      \
    X(BUILD_INFO, GAUGE, "authsms_build_info", "Version of the module; the value is 1.", VERSION,  \
      NONE)

/* ---- labels whose values are listed here: enum, name, list of values (enum, text) ---- */

#define AS_METRIC_LISTED_LABELS(X)                                                                 \
    X(NONE, "", AS_METRIC_NONE)                                                                    \
    X(VERDICT, "verdict", AS_METRIC_VERDICTS)                                                      \
    X(CACHE, "cache", AS_METRIC_CACHES)                                                            \
    X(RESULT, "result", AS_METRIC_RESULTS)                                                         \
    X(STATUS, "status", AS_METRIC_STATUSES)                                                        \
    X(REGISTRATION, "outcome", AS_METRIC_REGISTRATIONS)                                            \
    X(LOGIN, "outcome", AS_METRIC_LOGINS)                                                          \
    X(FACTOR, "factor", AS_METRIC_FACTORS)                                                         \
    X(PURPOSE, "purpose", AS_METRIC_PURPOSES)                                                      \
    X(CODE, "outcome", AS_METRIC_CODES)                                                            \
    X(TEXT, "outcome", AS_METRIC_TEXTS)                                                            \
    X(RECEIPT, "state", AS_RECEIPT_STATES) /* in the order of as_receipt_state_t */                \
    X(FAULT, "kind", AS_METRIC_FAULTS)

#define AS_METRIC_NONE(X) X(ONLY, "")
/* Error codes of the API where the guard refuses a request. */
#define AS_METRIC_VERDICTS(X)                                                                      \
    X(VERDICT_GRANTED, "granted")                                                                  \
    X(VERDICT_NO_TOKEN, "no_token")                                                                \
    X(VERDICT_INVALID_TOKEN, "invalid_token")                                                      \
    X(VERDICT_EXPIRED_TOKEN, "expired_token")                                                      \
    X(VERDICT_CROSS_ORIGIN, "cross_origin")                                                        \
    X(VERDICT_UNAVAILABLE, "unavailable")                                                          \
    X(VERDICT_DENIED, "denied") /* by a Require of this module */                                  \
    X(VERDICT_MISCONFIGURED, "misconfigured")
#define AS_METRIC_CACHES(X) X(CACHE_TOKEN, "token") X(CACHE_ACCOUNT, "account")
#define AS_METRIC_RESULTS(X) X(HIT, "hit") X(MISS, "miss")
#define AS_METRIC_STATUSES(X)                                                                      \
    X(STATUS_OTHER, "other")                                                                       \
    X(STATUS_200, "200")                                                                           \
    X(STATUS_201, "201")                                                                           \
    X(STATUS_202, "202")                                                                           \
    X(STATUS_204, "204")                                                                           \
    X(STATUS_400, "400")                                                                           \
    X(STATUS_401, "401")                                                                           \
    X(STATUS_403, "403")                                                                           \
    X(STATUS_404, "404")                                                                           \
    X(STATUS_405, "405")                                                                           \
    X(STATUS_408, "408")                                                                           \
    X(STATUS_409, "409")                                                                           \
    X(STATUS_410, "410")                                                                           \
    X(STATUS_413, "413")                                                                           \
    X(STATUS_415, "415")                                                                           \
    X(STATUS_422, "422")                                                                           \
    X(STATUS_429, "429")                                                                           \
    X(STATUS_500, "500")                                                                           \
    X(STATUS_502, "502")                                                                           \
    X(STATUS_503, "503")
#define AS_METRIC_REGISTRATIONS(X)                                                                 \
    X(REGISTRATION_SUCCESS, "success")                                                             \
    X(REGISTRATION_INVALID, "invalid")                                                             \
    X(REGISTRATION_REFUSED, "refused")                                                             \
    X(REGISTRATION_TAKEN, "username_taken")                                                        \
    X(REGISTRATION_LIMITED, "limited")                                                             \
    X(REGISTRATION_SMS_FAILED, "sms_failed")                                                       \
    X(REGISTRATION_UNAVAILABLE, "unavailable")
#define AS_METRIC_LOGINS(X)                                                                        \
    X(LOGIN_SUCCESS, "success")                                                                    \
    X(LOGIN_CHALLENGE, "challenge")                                                                \
    X(LOGIN_WRONG, "wrong")                                                                        \
    X(LOGIN_INVALID, "invalid")                                                                    \
    X(LOGIN_REFUSED, "refused")                                                                    \
    X(LOGIN_LIMITED, "limited")                                                                    \
    X(LOGIN_UNAVAILABLE, "unavailable")
#define AS_METRIC_FACTORS(X) X(FACTOR_PASSWORD, "password") X(FACTOR_SMS, "sms")
/* In the order of as_purpose_t, which begins with 1. */
#define AS_METRIC_PURPOSES(X)                                                                      \
    X(PURPOSE_REGISTER, "register")                                                                \
    X(PURPOSE_LOGIN, "login")                                                                      \
    X(PURPOSE_RESET, "reset")                                                                      \
    X(PURPOSE_MOBILE, "mobile")                                                                    \
    X(PURPOSE_CONFIRM, "confirm")
#define AS_METRIC_CODES(X)                                                                         \
    X(CODE_ISSUED, "issued")                                                                       \
    X(CODE_CORRECT, "correct")                                                                     \
    X(CODE_WRONG, "wrong")                                                                         \
    X(CODE_EXPIRED, "expired")                                                                     \
    X(CODE_EXHAUSTED, "exhausted")
#define AS_METRIC_TEXTS(X)                                                                         \
    X(TEXT_ACCEPTED, "accepted")                                                                   \
    X(TEXT_REJECTED, "rejected")                                                                   \
    X(TEXT_FRAUD, "fraud")                                                                         \
    X(TEXT_RATE_LIMITED, "rate_limited")                                                           \
    X(TEXT_CREDENTIALS, "credentials")                                                             \
    X(TEXT_TEMPORARY, "temporary")                                                                 \
    X(TEXT_UNKNOWN, "unknown")                                                                     \
    X(TEXT_BUSY, "busy")                                                                           \
    X(TEXT_UNREACHABLE, "unreachable")                                                             \
    X(TEXT_BREAKER_OPEN, "breaker_open")
#define AS_METRIC_FAULTS(X)                                                                        \
    X(FAULT_UNREACHABLE, "unreachable")                                                            \
    X(FAULT_REFUSED, "refused") /* without a try, during an outage */                              \
    X(FAULT_BUSY, "busy")       /* all connections are in use */                                   \
    X(FAULT_WRITER_LOCK, "writer_lock")                                                            \
    X(FAULT_LOST, "lost")                                                                          \
    X(FAULT_CONFLICT, "conflict")                                                                  \
    X(FAULT_READONLY, "readonly")                                                                  \
    X(FAULT_SCHEMA, "schema")                                                                      \
    X(FAULT_OTHER, "other")

/* ---- labels whose values other rooms set: enum, name, greatest number of values ---- */

#define AS_METRIC_OPEN_LABELS(X)                                                                   \
    X(ROUTE, "route", 80)                                                                          \
    X(SENDER, "sender", 16)                                                                        \
    X(LIMIT, "limit", 24)                                                                          \
    X(VERSION, "version", 1)

/* The first value of an open label. */
#define AS_METRIC_OTHER "other"

/* Upper bounds of the buckets of a histogram: µs, seconds. */
#define AS_METRIC_BOUNDS(X)                                                                        \
    X(200, "0.0002")                                                                               \
    X(500, "0.0005")                                                                               \
    X(1000, "0.001")                                                                               \
    X(2000, "0.002")                                                                               \
    X(5000, "0.005")                                                                               \
    X(10000, "0.01")                                                                               \
    X(20000, "0.02")                                                                               \
    X(50000, "0.05")                                                                               \
    X(100000, "0.1")                                                                               \
    X(200000, "0.2")                                                                               \
    X(500000, "0.5")                                                                               \
    X(1000000, "1")                                                                                \
    X(2000000, "2")                                                                                \
    X(5000000, "5")                                                                                \
    X(10000000, "10")

/* ---- from the lists: enums and the layout of the memory ---- */

/* The values of each label, and their number. */
#define AS_METRIC_ENUM(value, text) AS_METRIC_##value,
#define AS_METRIC_LISTED_ENUM(label, name, list)                                                   \
    enum { list(AS_METRIC_ENUM) AS_METRIC_SIZE_##label };
AS_METRIC_LISTED_LABELS(AS_METRIC_LISTED_ENUM)
#undef AS_METRIC_LISTED_ENUM
#undef AS_METRIC_ENUM
enum {
#define AS_METRIC_OPEN_SIZE(label, name, size) AS_METRIC_SIZE_##label = (size),
    AS_METRIC_OPEN_LABELS(AS_METRIC_OPEN_SIZE)
#undef AS_METRIC_OPEN_SIZE
};

typedef enum as_metric_label_t {
#define AS_METRIC_LABEL_ENUM(label, name, values) AS_METRIC_LABEL_##label,
    AS_METRIC_LISTED_LABELS(AS_METRIC_LABEL_ENUM) AS_METRIC_OPEN_LABELS(AS_METRIC_LABEL_ENUM)
#undef AS_METRIC_LABEL_ENUM
        AS_METRIC_LABEL_COUNT
} as_metric_label_t;

enum {
#define AS_METRIC_BOUND_ENUM(time, seconds) AS_METRIC_BOUND_##time,
    AS_METRIC_BOUNDS(AS_METRIC_BOUND_ENUM)
#undef AS_METRIC_BOUND_ENUM
        AS_METRIC_BOUND_COUNT
};

/* Cells of one series. */
enum {
    AS_METRIC_CELLS_COUNTER = 1,
    AS_METRIC_CELLS_HISTOGRAM = AS_METRIC_BOUND_COUNT + 2, /* the buckets, +Inf, the sum in µs */
    AS_METRIC_CELLS_DEADLINE = 8,                          /* times (monotonic clock); 0: unused */
    AS_METRIC_CELLS_GAUGE = 0,
};

typedef enum as_metric_t {
#define AS_METRIC_ENUM(metric, type, name, help, first, second) AS_METRIC_##metric,
    AS_METRICS(AS_METRIC_ENUM)
#undef AS_METRIC_ENUM
        AS_METRIC_COUNT
} as_metric_t;

/* The first cell of each metric, its last one, and the number of its second label's values. */
enum {
#define AS_METRIC_OFFSET(metric, type, name, help, first, second)                                  \
    AS_METRIC_AT_##metric,                                                                         \
        AS_METRIC_LAST_##metric =                                                                  \
            AS_METRIC_AT_##metric +                                                                \
            AS_METRIC_CELLS_##type * AS_METRIC_SIZE_##first * AS_METRIC_SIZE_##second - 1,
    AS_METRICS(AS_METRIC_OFFSET)
#undef AS_METRIC_OFFSET
        AS_METRIC_CELL_COUNT
};
enum {
#define AS_METRIC_STRIDE(metric, type, name, help, first, second)                                  \
    AS_METRIC_STRIDE_##metric = AS_METRIC_CELLS_##type * AS_METRIC_SIZE_##second,
    AS_METRICS(AS_METRIC_STRIDE)
#undef AS_METRIC_STRIDE
};

typedef _Atomic apr_uint64_t as_metric_cell_t;

_Static_assert(ATOMIC_LLONG_LOCK_FREE == 2, "a lock would not work between processes");

/* ---- counting ---- */

/* The cells of this process. Private memory until as_metric_attach. */
extern as_metric_cell_t *as_metric_cells;

static inline void as_metric_add(int cell, apr_uint64_t count)
{
    atomic_fetch_add_explicit(&as_metric_cells[cell], count, memory_order_relaxed);
}

/* The cell of a series: `second` is 0 (AS_METRIC_ONLY) where the metric has one label. */
#define AS_METRIC_CELL(metric, first, second)                                                      \
    (AS_METRIC_AT_##metric + (int)(first)*AS_METRIC_STRIDE_##metric + (int)(second))

/* Count one event: AS_METRIC_INCREMENT(GUARD, AS_METRIC_VERDICT_GRANTED, AS_METRIC_ONLY). */
#define AS_METRIC_INCREMENT(metric, first, second)                                                 \
    as_metric_add(AS_METRIC_CELL(metric, first, second), 1)

/* Add a duration (µs) to a histogram: AS_METRIC_OBSERVE(DB_SECONDS, AS_METRIC_ONLY, time). */
#define AS_METRIC_OBSERVE(metric, first, time)                                                     \
    as_metric_observe(AS_METRIC_CELL(metric, first, 0), time)

void as_metric_observe(int cell, apr_interval_time_t time);

/* Of a DEADLINE, whose first cell is given: add a time; remove one that this process has added.
 * Each stays until it has passed or is removed, whatever happens to the others: one sender that
 * recovers does not hide another. A process that is killed leaves its times to pass. */
void as_metric_add_deadline(int cell, apr_time_t until);
void as_metric_remove_deadline(int cell, apr_time_t until);

/* ---- set-up: in the parent process, before children are created ---- */

/* Set the values of an open label, after "other". `values` must live as long as the process or the
 * configuration. APR_ENOSPC: there are too many; the last ones are counted as "other". */
apr_status_t as_metric_set_values(as_metric_label_t label, const char *const *values, int count);

/* The index of a value; 0 (of an open label: "other") if it has no such value, or for NULL. */
int as_metric_find_value(as_metric_label_t label, const char *value);

/* Write series with this value of an open label also while they are 0. Others are hidden then. */
void as_metric_show_value(as_metric_label_t label, int value);

/* Bytes of the shared memory, which must be zeroed before its first use. */
apr_size_t as_metric_memory_size(void);

/* A number that differs if the meaning of the memory does: its cells, or the values of labels. */
apr_uint64_t as_metric_layout_id(void);

/* Count in this memory from now on. process: any number. Processes with equal numbers, modulo
 * 16, share their cells: others never write to the same cache line. */
void as_metric_attach(void *memory, unsigned process);

/* ---- reading ---- */

/* Any value of a label, for as_metric_sum. */
enum { AS_METRIC_ANY = -1 };

/* The sum of a COUNTER over all processes and the given label values. */
apr_uint64_t as_metric_sum(as_metric_t metric, int first, int second);

/* Is a time of a DEADLINE, of any process, in the future? */
int as_metric_is_before_deadline(as_metric_t metric, int first);

const char *as_metric_name(as_metric_t metric);

/* The text of a label's value; NULL: it has no such value (the last value was before). */
const char *as_metric_value_text(as_metric_label_t label, int value);

typedef void as_metric_write_fn(void *ctx, const char *text);

/* Write the metrics of the shared memory in Prometheus's text format 0.0.4. p: used during the call
 * only. */
void as_metric_write(apr_pool_t *p, as_metric_write_fn *write, void *ctx);

/* Write one GAUGE. label: its value; NULL: it has no label. */
void as_metric_write_gauge(apr_pool_t *p, as_metric_t metric, const char *label, apr_int64_t value,
                           as_metric_write_fn *write, void *ctx);

#endif
