/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/sender_pool.h"

#include <apr_strings.h>
#include <http_log.h>

#include <pthread.h>
#include <stdatomic.h>

#include "config/config.h"
#include "base/clock.h"
#include "base/random.h"
#include "base/seal.h"
#include "server/child.h"
#include "store/codes.h"
#include "store/jobs.h"
#include "store/outbox.h"

APLOG_USE_MODULE(authsms);

enum { PARALLEL_MAX = 16, BACKOFF_MAX = 60 /* s */, LAST_TRIES = 5, PAUSE = 200 * 1000 /* µs */ };
#define LEASE apr_time_from_sec(15)
/* What a claim outlasts the sending by: the time to write down what became of it. */
#define MARGIN apr_time_from_sec(5)

typedef struct crew_t crew_t;

/* One thread, and the text it is at. */
typedef struct carrier_t {
    const crew_t *crew;
    apr_pool_t *pool; /* cleared after each text */
    pthread_t thread;
    int started;      /* crew->lock */
    _Atomic int done; /* the thread is at its end */
    apr_time_t until; /* of the claim: as_clock_monotonic's */
    const char *claim;
    as_outbox_text_t *text;
    as_sms_result_t result;
    as_sms_submission_t receipt;
    const char *error; /* it cannot be sent; NULL: result tells */
} carrier_t;

/* Who sends the texts of one host in this child. */
struct crew_t {
    crew_t *next;
    server_rec *s;
    const char *holder;
    int (*stop)(void);
    pthread_mutex_t lock;
    carrier_t carriers[PARALLEL_MAX];
};

static crew_t *crews;

/* How long a claim lasts. */
static apr_interval_time_t claim_ttl(const as_srv_t *sc)
{
    return as_srv_sms_total(sc) + 2 * MARGIN;
}

/*
 * After an outage of the database, the servers that sent texts meanwhile need time to record that.
 * So claims count from the later of the claim and the end of the outage: the server's start, or
 * this process's last failure to use it (failover, pooler, read-only, disk full).
 */
static apr_status_t read_times(as_tx_t *tx, const as_srv_t *sc, as_outbox_times_t *times)
{
    apr_interval_time_t ttl = claim_ttl(sc);
    apr_time_t failed = as_db_failed_at(sc->child->db);
    apr_time_t started;
    apr_status_t rv = as_jobs_read_clock(tx, &times->now, &started);
    /* A clock that was set back says nothing. */
    int is_new = times->now >= started && times->now - started < ttl;

    times->wall = as_clock_now();
    times->claims_end = is_new || (failed && as_clock_monotonic() - failed < ttl) ? 0 : times->now;
    return rv;
}

static apr_status_t claim(as_tx_t *tx, void *baton)
{
    carrier_t *c = baton;
    const as_srv_t *sc = as_srv(c->crew->s);
    apr_interval_time_t ttl = claim_ttl(sc);
    as_outbox_times_t times;
    int held = 0;
    apr_status_t rv;

    c->until = as_clock_monotonic() + ttl;
    rv = read_times(tx, sc, &times);
    if (rv == APR_SUCCESS) {
        rv = as_jobs_acquire_lease(tx, apr_pstrcat(c->pool, "outbox ", sc->site, NULL),
                                   c->crew->holder, times.now, LEASE + ttl, &held);
    }
    if (rv == APR_SUCCESS && held) {
        rv = as_outbox_claim(tx, sc->site, &times, times.now + ttl, c->claim, &c->text);
    }
    return rv == APR_SUCCESS && !held ? APR_ENOENT : rv;
}

static apr_interval_time_t backoff(const carrier_t *c)
{
    int seconds = c->text->attempts > 6 ? BACKOFF_MAX : 1 << (c->text->attempts - 1);

    return apr_time_from_sec(seconds > BACKOFF_MAX ? BACKOFF_MAX : seconds);
}

static apr_status_t retry(as_tx_t *tx, const carrier_t *c)
{
    apr_time_t now, started;
    apr_status_t rv = as_jobs_read_clock(tx, &now, &started);

    return rv == APR_SUCCESS ? as_outbox_schedule_retry(tx, c->text->id, c->claim, now + backoff(c))
                             : rv;
}

static apr_status_t settle(as_tx_t *tx, void *baton)
{
    const carrier_t *c = baton;
    const as_outbox_text_t *text = c->text;
    apr_time_t now = as_clock_now();
    apr_status_t rv;

    if (c->result == AS_SMS_OK) {
        return as_outbox_mark_sent(tx, text->id, c->claim, c->receipt.sender, c->receipt.ref, now);
    }
    if (!c->error && as_sms_is_retryable(c->result) && now + backoff(c) < text->expires_at) {
        return retry(tx, c);
    }
    /* Its owner may ask for another at once. */
    rv = text->code_id ? as_codes_mark_unsent(tx, text->code_id) : APR_SUCCESS;
    return rv == APR_SUCCESS
               ? as_outbox_mark_failed(tx, text->id, c->claim,
                                       c->error ? c->error : as_sms_result_name(c->result), now)
               : rv;
}

static void carry(carrier_t *c)
{
    const as_srv_t *sc = as_srv(c->crew->s);
    as_sms_text_t text = {
        .to = c->text->mobile,
        .id = c->text->id,
        .receipt_url = as_srv_receipt_url(c->pool, sc),
        .expires_at = c->text->expires_at,
    };
    apr_interval_time_t later;
    apr_status_t rv =
        as_seal_decrypt(c->pool, as_srv_secrets(sc), c->text->id, c->text->body, &text.body);

    c->error = NULL;
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, c->crew->s,
                     "a text in the outbox was sealed under another AuthSMSSecret: it is not sent");
        c->result = AS_SMS_TEMPORARY;
        c->error = "sealed under another secret";
    } else if (as_clock_monotonic() + as_srv_sms_total(sc) + MARGIN > c->until) {
        /* Claiming took so long that the claim could end before the result is recorded. */
        c->result = AS_SMS_BUSY;
    } else {
        c->result = as_delivery_send_text(sc->child->delivery, c->pool, &text, &c->receipt, &later);
    }
}

/* What became of a text must be known before anything else is done: if it is not written down, it
 * is sent again. */
static void write_down(carrier_t *c)
{
    int last_tries = 0;

    while (as_db_write(as_srv(c->crew->s)->child->db, c->pool, settle, c) != APR_SUCCESS &&
           last_tries < LAST_TRIES) {
        last_tries += c->crew->stop() ? 1 : 0;
        apr_sleep(PAUSE);
    }
}

/* Anything but APR_SUCCESS: there is no more to do. */
static apr_status_t carry_next(carrier_t *c)
{
    const as_srv_t *sc = as_srv(c->crew->s);
    apr_status_t rv;

    apr_pool_clear(c->pool);
    rv = as_uuid_generate(c->pool, &c->claim);
    if (rv == APR_SUCCESS) {
        rv = as_db_write(sc->child->db, c->pool, claim, c);
    }
    if (rv == APR_SUCCESS) {
        carry(c);
        write_down(c);
    }
    return rv;
}

static void *run(void *data)
{
    carrier_t *c = data;

    if (apr_pool_create_unmanaged_ex(&c->pool, NULL, NULL) == APR_SUCCESS) {
        while (!c->crew->stop() && carry_next(c) == APR_SUCCESS) {
        }
        apr_pool_destroy(c->pool);
    }
    atomic_store(&c->done, 1);
    return NULL;
}

static void join(carrier_t *c)
{
    pthread_join(c->thread, NULL);
    c->started = 0;
}

/* By now stop() says so: who has no text in hand takes none, and nobody else is started. */
static apr_status_t wait_for_texts(void *data)
{
    crew_t *crew = data;

    pthread_mutex_lock(&crew->lock);
    for (int i = 0; i < PARALLEL_MAX; i++) {
        if (crew->carriers[i].started) {
            join(&crew->carriers[i]);
        }
    }
    pthread_mutex_unlock(&crew->lock);
    return APR_SUCCESS;
}

void as_sender_pool_init(apr_pool_t *pchild, server_rec *s, const char *holder, int (*stop)(void))
{
    crew_t *crew = apr_pcalloc(pchild, sizeof(*crew));

    crew->next = crews;
    crew->s = s;
    crew->holder = holder;
    crew->stop = stop;
    pthread_mutex_init(&crew->lock, NULL);
    for (int i = 0; i < PARALLEL_MAX; i++) {
        crew->carriers[i].crew = crew;
    }
    crews = crew;
    apr_pool_pre_cleanup_register(pchild, crew, wait_for_texts);
}

static int parallel_of(const as_srv_t *sc)
{
    int parallel = sc->child->sms_parallel;

    return parallel < PARALLEL_MAX ? parallel : PARALLEL_MAX;
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
               ? as_outbox_count_due(tx, sc->site, &times, parallel_of(sc), &due->count)
               : rv;
}

/* One carrier more: 1, or 0 if this one is at work, or cannot be started. */
static int start(carrier_t *c)
{
    if (c->started && atomic_load(&c->done)) {
        join(c);
    }
    if (c->started || c->crew->stop()) {
        return 0;
    }
    atomic_store(&c->done, 0);
    c->started = pthread_create(&c->thread, NULL, run, c) == 0;
    return c->started;
}

void as_sender_pool_poll(server_rec *s, as_db_t *db, apr_pool_t *p)
{
    due_t due = {s, 0};
    crew_t *crew = crews;

    while (crew && crew->s != s) {
        crew = crew->next;
    }
    if (!crew || as_db_read(db, p, count_due, &due) != APR_SUCCESS) {
        return;
    }
    pthread_mutex_lock(&crew->lock);
    for (int i = 0; i < parallel_of(as_srv(s)) && due.count > 0; i++) {
        due.count -= start(&crew->carriers[i]);
    }
    pthread_mutex_unlock(&crew->lock);
}
