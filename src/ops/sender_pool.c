/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/sender_pool.h"

#include <apr_strings.h>
#include <http_log.h>

#include <pthread.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/seal.h"
#include "base/uuid.h"
#include "config/config.h"
#include "config/text_template.h"
#include "server/child.h"
#include "store/challenges.h"
#include "store/codes.h"
#include "store/jobs.h"
#include "store/outbox.h"
#include "store/users.h"

APLOG_USE_MODULE(authsms);

enum { THREADS_MAX = 16, BACKOFF_MAX = 60 /* s */ };
/* Texts of challenges that one poll queues. */
enum { TEXTS_MAX = 50 };
/* Attempts to record a result while the child exits, and the time between them. */
enum { RECORD_TRIES = 5, RECORD_PAUSE = 200 * 1000 /* µs */ };
/* The lease of a site's queue outlasts a claim by this. */
#define LEASE_MARGIN apr_time_from_sec(15)
/* A claim outlasts the sending by this: time to record the result. */
#define CLAIM_MARGIN apr_time_from_sec(5)

typedef struct sender_pool_t sender_pool_t;

/* One thread, and the text that it sends. */
typedef struct sender_thread_t {
    const sender_pool_t *of;
    apr_pool_t *pool; /* cleared after each text */
    pthread_t thread;
    int is_started;          /* under of->lock */
    _Atomic int is_finished; /* the thread returns */
    apr_time_t claim_ends;   /* monotonic clock */
    const char *claim;
    as_outbox_text_t *text;
    as_sms_result_t result;
    int is_retried; /* the text is queued again */
    as_sms_submission_t submission;
    const char *error; /* it cannot be sent at all; NULL: see result */
} sender_thread_t;

/* The threads that send the texts of one host in this child. */
struct sender_pool_t {
    sender_pool_t *next;
    server_rec *s;
    const char *holder;
    int (*stop)(void);
    pthread_mutex_t lock;
    sender_thread_t threads[THREADS_MAX];
};

static sender_pool_t *pools;

static apr_interval_time_t claim_ttl(const as_srv_t *sc)
{
    return as_srv_sms_total(sc) + 2 * CLAIM_MARGIN;
}

/*
 * After an outage of the database, the servers that sent texts meanwhile need time to record that.
 * So no claim ends until claim_ttl after the outage: after PostgreSQL started, or after this
 * process last failed to use it (failover, pooler, read-only, disk full).
 */
static apr_status_t read_times(as_tx_t *tx, const as_srv_t *sc, as_outbox_times_t *times)
{
    apr_interval_time_t ttl = claim_ttl(sc);
    apr_time_t failed = as_db_failed_at(sc->child->db);
    apr_time_t started;
    apr_status_t rv = as_jobs_read_clock(tx, &times->now, &started);
    /* A start in the future (a clock was set back) is ignored. */
    int is_new = times->now >= started && times->now - started < ttl;

    times->wall_now = as_clock_now();
    times->expired_before =
        is_new || (failed && as_clock_monotonic() - failed < ttl) ? 0 : times->now;
    return rv;
}

static apr_status_t claim_text(as_tx_t *tx, void *baton)
{
    sender_thread_t *t = baton;
    const as_srv_t *sc = as_srv(t->of->s);
    apr_interval_time_t ttl = claim_ttl(sc);
    as_outbox_times_t times;
    int held = 0;
    apr_status_t rv;

    t->claim_ends = as_clock_monotonic() + ttl;
    rv = read_times(tx, sc, &times);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_jobs_acquire_lease(tx, apr_pstrcat(t->pool, "outbox ", sc->site, NULL), t->of->holder,
                               times.now, LEASE_MARGIN + ttl, &held);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return held ? as_outbox_claim(tx, sc->site, &times, times.now + ttl, t->claim, &t->text)
                : APR_ENOENT;
}

static apr_interval_time_t backoff_of(const sender_thread_t *t)
{
    int seconds = t->text->attempts > 6 ? BACKOFF_MAX : 1 << (t->text->attempts - 1);

    return apr_time_from_sec(seconds > BACKOFF_MAX ? BACKOFF_MAX : seconds);
}

static apr_status_t schedule_retry(as_tx_t *tx, const sender_thread_t *t)
{
    apr_time_t now, started;
    apr_status_t rv = as_jobs_read_clock(tx, &now, &started);

    return rv == APR_SUCCESS
               ? as_outbox_schedule_retry(tx, t->text->id, t->claim, now + backoff_of(t))
               : rv;
}

static apr_status_t record_result(as_tx_t *tx, void *baton)
{
    sender_thread_t *t = baton;
    const as_outbox_text_t *text = t->text;
    apr_time_t now = as_clock_now();
    apr_status_t rv;

    if (t->result == AS_SMS_OK) {
        return as_outbox_mark_sent(tx, text->id, t->claim, t->submission.sender, t->submission.ref,
                                   now);
    }
    if (!t->error && as_sms_is_retryable(t->result) && now + backoff_of(t) < text->expires_at) {
        t->is_retried = 1;
        return schedule_retry(tx, t);
    }
    /* The owner may request another code at once. */
    rv = text->code_id ? as_codes_mark_unsent(tx, text->code_id) : APR_SUCCESS;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_outbox_mark_failed(tx, text->id, t->claim,
                                 t->error ? t->error : as_sms_result_name(t->result), now);
}

static void send_text(sender_thread_t *t)
{
    const as_srv_t *sc = as_srv(t->of->s);
    as_sms_text_t text = {
        .to = t->text->mobile,
        .id = t->text->id,
        .receipt_url = as_srv_receipt_url(t->pool, sc),
        .expires_at = t->text->expires_at,
    };
    apr_interval_time_t later;
    apr_status_t rv =
        as_seal_decrypt(t->pool, as_srv_secrets(sc), t->text->id, t->text->body, &text.body);

    t->error = NULL;
    t->is_retried = 0;
    if (rv != APR_SUCCESS) {
        ap_log_error(
            APLOG_MARK, APLOG_ERR, 0, t->of->s,
            AS_TAG(0602) "a queued text is not sent: it was sealed under another AuthSMSSecret. "
                         "Keep the old secret as a further AuthSMSSecret until the queue is empty");
        t->result = AS_SMS_TEMPORARY;
        t->error = "sealed under another secret";
    } else if (as_clock_monotonic() + as_srv_sms_total(sc) + CLAIM_MARGIN > t->claim_ends) {
        /* Claiming took so long that the claim could end before the result is recorded. */
        t->result = AS_SMS_BUSY;
    } else {
        t->result =
            as_delivery_send_text(sc->child->delivery, t->pool, &text, &t->submission, &later);
    }
}

static void raise_event(const sender_thread_t *t)
{
    const as_outbox_text_t *text = t->text;
    const as_event_t event = {
        .kind = AS_EVENT_SMS_SEND,
        .code = t->result == AS_SMS_OK ? NULL
                : t->error             ? t->error
                                       : as_sms_result_name(t->result),
        .account = text->user_id,
        .host = t->of->s->server_hostname,
        .template = text->kind,
        .number = text->mobile,
        .sender = t->submission.sender,
    };

    as_event_raise(&as_srv(t->of->s)->events, t->pool, &event);
}

/* Retried until it succeeds, before anything else is done: a text without a recorded result is sent
 * again. */
static void store_result(sender_thread_t *t)
{
    int exit_tries = 0;

    while (as_db_write(as_srv(t->of->s)->child->db, t->pool, record_result, t) != APR_SUCCESS &&
           exit_tries < RECORD_TRIES) {
        exit_tries += t->of->stop() ? 1 : 0;
        apr_sleep(RECORD_PAUSE);
    }
}

/* APR_SUCCESS: there may be more texts. */
static apr_status_t send_next(sender_thread_t *t)
{
    const as_srv_t *sc = as_srv(t->of->s);
    apr_status_t rv;

    apr_pool_clear(t->pool);
    rv = as_uuid_generate(t->pool, &t->claim);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_db_write(sc->child->db, t->pool, claim_text, t);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    send_text(t);
    store_result(t);
    if (!t->is_retried) {
        raise_event(t);
    }
    return APR_SUCCESS;
}

static void *run_thread(void *data)
{
    sender_thread_t *t = data;

    if (apr_pool_create_unmanaged_ex(&t->pool, NULL, NULL) == APR_SUCCESS) {
        while (!t->of->stop() && send_next(t) == APR_SUCCESS) {
        }
        apr_pool_destroy(t->pool);
    }
    atomic_store(&t->is_finished, 1);
    return NULL;
}

static void join_thread(sender_thread_t *t)
{
    pthread_join(t->thread, NULL);
    t->is_started = 0;
}

/* stop() is true by now, so each thread ends after its text and no other is started. */
static apr_status_t join_all(void *data)
{
    sender_pool_t *pool = data;

    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < THREADS_MAX; i++) {
        if (pool->threads[i].is_started) {
            join_thread(&pool->threads[i]);
        }
    }
    pthread_mutex_unlock(&pool->lock);
    return APR_SUCCESS;
}

void as_sender_pool_init(apr_pool_t *pchild, server_rec *s, const char *holder, int (*stop)(void))
{
    sender_pool_t *pool = apr_pcalloc(pchild, sizeof(*pool));

    pool->next = pools;
    pool->s = s;
    pool->holder = holder;
    pool->stop = stop;
    pthread_mutex_init(&pool->lock, NULL);
    for (int i = 0; i < THREADS_MAX; i++) {
        pool->threads[i].of = pool;
    }
    pools = pool;
    apr_pool_pre_cleanup_register(pchild, pool, join_all);
}

static int count_threads(const as_srv_t *sc)
{
    int threads = sc->child->sms_parallel;

    return threads < THREADS_MAX ? threads : THREADS_MAX;
}

typedef struct due_t {
    const server_rec *s;
    int count;
} due_t;

static apr_status_t count_due(as_tx_t *tx, void *baton)
{
    due_t *due = baton;
    const as_srv_t *sc = as_srv(due->s);
    as_outbox_times_t times;
    apr_status_t rv = read_times(tx, sc, &times);

    return rv == APR_SUCCESS
               ? as_outbox_count_due(tx, sc->site, &times, count_threads(sc), &due->count)
               : rv;
}

/* Threads started: 1, or 0 if this one is running or cannot be started. */
static int start_thread(sender_thread_t *t)
{
    if (t->is_started && atomic_load(&t->is_finished)) {
        join_thread(t);
    }
    if (t->is_started || t->of->stop()) {
        return 0;
    }
    atomic_store(&t->is_finished, 0);
    t->is_started = pthread_create(&t->thread, NULL, run_thread, t) == 0;
    return t->is_started;
}

static sender_pool_t *find_pool(const server_rec *s)
{
    sender_pool_t *pool = pools;

    while (pool && pool->s != s) {
        pool = pool->next;
    }
    return pool;
}

/* ---- texts of challenges ---- */

typedef struct waiting_t {
    const server_rec *s;
    as_challenge_t *challenge;
} waiting_t;

static apr_status_t find_waiting(as_tx_t *tx, void *baton)
{
    waiting_t *waiting = baton;

    return as_challenges_find_text(tx, as_srv(waiting->s)->site, &waiting->challenge);
}

static apr_status_t queue_waiting(as_tx_t *tx, void *baton)
{
    const waiting_t *waiting = baton;
    const as_challenge_t *challenge = waiting->challenge;

    if (challenge->user_id) {
        apr_status_t rv = as_users_prevent_deletion(tx, challenge->user_id);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return as_challenges_queue_text(tx, challenge, as_text_template_name(AS_TEXT_LOGIN));
}

/* Requests leave the texts of passwordless logins in their challenges, since a text needs an
 * account and the response must not tell whether there is one. */
static void queue_texts(const server_rec *s, as_db_t *db, apr_pool_t *p)
{
    waiting_t waiting = {s, NULL};

    for (int i = 0; i < TEXTS_MAX; i++) {
        apr_status_t rv = as_db_read(db, p, find_waiting, &waiting);

        if (rv == APR_SUCCESS) {
            rv = as_db_write(db, p, queue_waiting, &waiting);
        }
        if (rv != APR_SUCCESS) {
            return;
        }
        if (waiting.challenge->user_id && *waiting.challenge->mobile) {
            AS_METRIC_INCREMENT(CODES, AS_METRIC_PURPOSE_LOGIN, AS_METRIC_CODE_ISSUED);
        }
    }
}

/* ---- polling ---- */

void as_sender_pool_poll(server_rec *s, as_db_t *db, apr_pool_t *p)
{
    sender_pool_t *pool = find_pool(s);
    due_t due = {s, 0};

    if (!pool) {
        return;
    }
    queue_texts(s, db, p);
    if (as_db_read(db, p, count_due, &due) != APR_SUCCESS) {
        return;
    }
    pthread_mutex_lock(&pool->lock);
    for (int i = 0; i < count_threads(as_srv(s)) && due.count > 0; i++) {
        due.count -= start_thread(&pool->threads[i]);
    }
    pthread_mutex_unlock(&pool->lock);
}
