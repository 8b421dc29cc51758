/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/outbox.h"

#include <apr_allocator.h>
#include <apr_strings.h>
#include <apr_thread_proc.h>
#include <http_log.h>

#include <pthread.h>

#include "config/config.h"
#include "core/clock.h"
#include "core/random.h"
#include "core/seal.h"
#include "http/child.h"
#include "store/codes.h"
#include "store/jobs.h"
#include "store/outbox.h"

APLOG_USE_MODULE(authsms);

enum { PARALLEL_MAX = 16, BACKOFF_MAX = 60, LAST_TRIES = 5 };
#define LEASE apr_time_from_sec(15)
/* What a claim outlasts the sending by: the time to write down what became of it. */
#define MARGIN apr_time_from_sec(5)
#define PAUSE (200 * 1000)

/* Held, shared, by whoever has a text in hand: from before it is claimed until what became of it is
 * written down. */
static pthread_rwlock_t in_hand = PTHREAD_RWLOCK_INITIALIZER;

typedef struct round_t {
    server_rec *s;
    as_db_t *db;
    const char *holder;
    int (*stop)(void);
} round_t;

/* One thread of a round, and the text it is at. */
typedef struct carrier_t {
    const round_t *round;
    apr_pool_t *pool; /* cleared after each text */
    apr_thread_t *thread;
    apr_time_t now;
    apr_time_t until; /* of the claim */
    const char *claim;
    as_outbox_text_t *text;
    as_sms_result_t result;
    as_sms_receipt_t receipt;
    const char *error; /* it cannot be sent; NULL: result tells */
} carrier_t;

static apr_status_t claim(as_tx_t *tx, void *baton)
{
    carrier_t *c = baton;
    const char *site = as_srv_site(c->round->s);
    int held = 0;
    apr_status_t rv = as_jobs_lease(tx, apr_pstrcat(c->pool, "outbox ", site, NULL),
                                    c->round->holder, c->now, LEASE + c->until - c->now, &held);

    if (rv == APR_SUCCESS && held) {
        rv = as_outbox_claim(tx, site, c->now, c->until, c->claim, &c->text);
    }
    return rv == APR_SUCCESS && !held ? APR_ENOENT : rv;
}

static apr_time_t try_again_at(const carrier_t *c)
{
    int seconds = c->text->attempts > 6 ? BACKOFF_MAX : 1 << (c->text->attempts - 1);

    return as_clock_now() + apr_time_from_sec(seconds > BACKOFF_MAX ? BACKOFF_MAX : seconds);
}

static apr_status_t settle(as_tx_t *tx, void *baton)
{
    const carrier_t *c = baton;
    const as_outbox_text_t *text = c->text;
    apr_time_t now = as_clock_now();
    apr_time_t again = try_again_at(c);
    apr_status_t rv;

    if (c->result == AS_SMS_OK) {
        return as_outbox_sent(tx, text->id, c->claim, c->receipt.sender, c->receipt.ref, now);
    }
    if (!c->error && as_sms_is_passing(c->result) && again < text->expires_at) {
        return as_outbox_retry(tx, text->id, c->claim, again);
    }
    /* Its owner may ask for another at once. */
    rv = text->code_id ? as_codes_not_sent(tx, text->code_id) : APR_SUCCESS;
    return rv == APR_SUCCESS
               ? as_outbox_failed(tx, text->id, c->claim,
                                  c->error ? c->error : as_sms_result_name(c->result), now)
               : rv;
}

static void carry(carrier_t *c)
{
    const as_srv_t *sc = as_srv(c->round->s);
    as_text_t text = {
        .to = c->text->mobile,
        .id = c->text->id,
        .receipts = as_srv_receipt_url(c->pool, sc),
        .good_until = c->text->expires_at,
    };
    apr_status_t rv =
        as_unseal(c->pool, as_srv_secrets(sc), c->text->id, c->text->sealed, &text.body);

    c->error = NULL;
    if (rv != APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, c->round->s,
                     "a text in the outbox was sealed under another AuthSMSSecret: it is not sent");
        c->result = AS_SMS_TEMPORARY;
        c->error = "sealed under another secret";
    } else if (as_clock_now() + MARGIN > c->until) {
        /* The database took so long that somebody else may have it by now. */
        c->result = AS_SMS_BUSY;
    } else {
        c->result = as_delivery_send(sc->child->delivery, c->pool, &text, &c->receipt);
    }
}

/* What became of a text must be known before anything else is done: if it is not written down, it
 * is sent again. */
static void write_down(carrier_t *c)
{
    int last_tries = 0;

    while (as_db_write(c->round->db, c->pool, settle, c) != APR_SUCCESS &&
           last_tries < LAST_TRIES) {
        last_tries += c->round->stop() ? 1 : 0;
        apr_sleep(PAUSE);
    }
}

/* Anything but APR_SUCCESS: there is no more to do. */
static apr_status_t carry_next(carrier_t *c)
{
    const as_srv_t *sc = as_srv(c->round->s);
    apr_status_t rv;

    apr_pool_clear(c->pool);
    c->now = as_clock_now();
    c->until = c->now + as_srv_sms_total(sc) + 2 * MARGIN;
    rv = as_random_uuid7(c->pool, &c->claim);
    if (rv == APR_SUCCESS) {
        rv = as_db_write(c->round->db, c->pool, claim, c);
    }
    if (rv == APR_SUCCESS) {
        carry(c);
        write_down(c);
    }
    return rv;
}

static void work(carrier_t *c)
{
    apr_status_t rv = APR_SUCCESS;

    while (rv == APR_SUCCESS) {
        pthread_rwlock_rdlock(&in_hand);
        rv = c->round->stop() ? APR_EOF : carry_next(c);
        pthread_rwlock_unlock(&in_hand);
    }
}

/* By now stop() says so: who has no text in hand takes none. */
static apr_status_t wait_for_texts(void *data)
{
    (void)data;
    pthread_rwlock_wrlock(&in_hand);
    pthread_rwlock_unlock(&in_hand);
    return APR_SUCCESS;
}

void as_outbox_wait_at_end(apr_pool_t *pchild)
{
    apr_pool_pre_cleanup_register(pchild, NULL, wait_for_texts);
}

static void *APR_THREAD_FUNC run(apr_thread_t *thread, void *data)
{
    (void)thread;
    work(data);
    return NULL;
}

static int parallel_of(const as_srv_t *sc)
{
    int parallel = sc->child->sms_parallel;

    return parallel < PARALLEL_MAX ? parallel : PARALLEL_MAX;
}

typedef struct due_t {
    const server_rec *s;
    apr_time_t now;
    int count;
} due_t;

static apr_status_t count_due(as_tx_t *tx, void *baton)
{
    due_t *due = baton;

    return as_outbox_due(tx, as_srv_site(due->s), due->now, parallel_of(as_srv(due->s)),
                         &due->count);
}

/* A thread of its own has an allocator of its own. */
static apr_status_t make_pool(apr_pool_t *p, apr_pool_t **pool)
{
    apr_allocator_t *allocator = NULL;
    apr_status_t rv = apr_allocator_create(&allocator);

    if (rv == APR_SUCCESS) {
        rv = apr_pool_create_ex(pool, p, NULL, allocator);
    }
    if (rv == APR_SUCCESS) {
        apr_allocator_owner_set(allocator, *pool);
    } else if (allocator) {
        apr_allocator_destroy(allocator);
    }
    return rv;
}

void as_outbox_work(server_rec *s, as_db_t *db, apr_pool_t *p, const char *holder,
                    int (*stop)(void))
{
    round_t round = {s, db, holder, stop};
    due_t due = {s, as_clock_now(), 0};
    carrier_t carriers[PARALLEL_MAX] = {{NULL}};
    int made = 0;
    apr_status_t ignored;

    if (as_db_read(db, p, count_due, &due) != APR_SUCCESS) {
        return;
    }
    while (made < due.count && make_pool(p, &carriers[made].pool) == APR_SUCCESS) {
        carriers[made++].round = &round;
    }
    /* This thread is the first of them. */
    for (int i = 1; i < made; i++) {
        apr_thread_create(&carriers[i].thread, NULL, run, &carriers[i], p);
    }
    if (made) {
        work(&carriers[0]);
    }
    for (int i = 0; i < made; i++) {
        if (carriers[i].thread) {
            apr_thread_join(&ignored, carriers[i].thread);
        }
        apr_pool_destroy(carriers[i].pool);
    }
}
