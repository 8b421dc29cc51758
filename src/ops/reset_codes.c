/* SPDX-License-Identifier: Apache-2.0 */
#include "ops/reset_codes.h"

#include <http_log.h>

#include "account/code.h"
#include "account/phone.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/metric.h"
#include "base/seal.h"
#include "base/uuid.h"
#include "config/config.h"
#include "config/text_template.h"
#include "server/child.h"
#include "server/limit_key.h"
#include "server/recipient.h"
#include "store/codes.h"
#include "store/limits.h"
#include "store/outbox.h"
#include "store/resets.h"
#include "store/users.h"

APLOG_USE_MODULE(authsms);

enum { REQUESTS_MAX = 50 };

/* One request. */
typedef struct task_t {
    server_rec *s;
    const as_srv_t *sc;
    apr_pool_t *pool;
    apr_time_t now;
    as_user_t *user;    /* NULL: no code is sent */
    as_codes_row_t row; /* of the code */
    const char *code;   /* NULL: a remote verifier makes it */
    int is_due;         /* no limit forbids the text */
    as_sms_result_t result;
    const char *remote_id; /* what the verifier returned; NULL: nothing */
    const char *ref;
} task_t;

/* ---- the account ---- */

static int is_test_number(const task_t *task)
{
    const apr_array_header_t *tests = as_srv_test_numbers(task->sc);

    for (int i = 0; tests && i < tests->nelts; i++) {
        const as_test_number_t *test = &APR_ARRAY_IDX(tests, i, as_test_number_t);

        if (strcmp(test->number, task->user->mobile) == 0) {
            return 1;
        }
    }
    return 0;
}

/* Only a number that was proven may replace the password. */
static int may_reset(const task_t *task)
{
    const as_user_t *user = task->user;

    return (as_srv_login_methods(task->sc) & AS_LOGIN_PASSWORD) && !user->locked &&
           user->verified && user->proved_at && *user->mobile &&
           as_phone_is_allowed(as_srv_countries(task->sc), user->mobile) && !is_test_number(task);
}

/* task->user NULL: the request has expired, or nobody who may reset a password has the name. */
static apr_status_t find_account(as_tx_t *tx, task_t *task, const as_reset_t *reset)
{
    const char *name;
    apr_status_t rv;

    task->user = NULL;
    if (reset->created_at + AS_RESETS_TTL <= task->now) {
        return APR_SUCCESS;
    }
    if (as_seal_decrypt(task->pool, as_srv_secrets(task->sc), reset->id, reset->name, &name) !=
        APR_SUCCESS) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, task->s,
                     AS_TAG(0603) "a code for a new password is not sent: its "
                                  "request was sealed under another AuthSMSSecret. Keep the old "
                                  "secret as a further AuthSMSSecret for a while");
        return APR_SUCCESS;
    }
    rv = as_users_find_by_name(tx, name, task->now, &task->user);
    if (rv == APR_SUCCESS && !may_reset(task)) {
        task->user = NULL;
    }
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

/* ---- limits ---- */

/* If the limit is exceeded, the text is not due. */
static apr_status_t count_text(as_tx_t *tx, task_t *task, as_limit_t limit, const char *key)
{
    as_limit_rule_t rule = as_srv_limit(task->sc, limit);
    apr_interval_time_t wait = 0;
    const char *digest;
    apr_status_t rv;

    if (!rule.count) {
        return APR_SUCCESS;
    }
    rv = as_limit_key_hash(task->pool, task->sc, rule.name, key, &digest);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_limits_add_hit(tx, rule.name, digest, rule.count, rule.window, task->now, &wait);
    if (rv == APR_SUCCESS && wait) {
        task->is_due = 0;
        AS_METRIC_INCREMENT(LIMIT_HITS, (int)limit + 1, AS_METRIC_ONLY);
        ap_log_error(
            APLOG_MARK, APLOG_INFO, 0, task->s,
            AS_TAG(0604) "AuthSMSLimit %s is exceeded: a code for a new password is not sent",
            rule.name);
    }
    return rv;
}

/* ---- the code ---- */

static apr_status_t make_code(task_t *task)
{
    const as_srv_t *sc = task->sc;
    as_codes_row_t *row = &task->row;
    apr_status_t rv = as_uuid_generate(task->pool, &row->id);

    task->code = NULL;
    if (rv != APR_SUCCESS || as_srv_verifier(sc)) {
        return rv;
    }
    rv = as_code_generate(task->pool, as_srv_code_length(sc), &task->code);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_code_digest(task->pool, APR_ARRAY_IDX(sc->secrets, 0, as_span_t), row->id, task->code,
                          &row->digest);
}

/* The resend wait of an older code has not passed: the text is not due. */
static apr_status_t replace_code(as_tx_t *tx, task_t *task)
{
    apr_interval_time_t wait;
    apr_status_t rv = as_users_prevent_deletion(tx, task->user->id);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_replace(tx, &task->row, as_srv_code_resend(task->sc), &wait);
    if (rv == APR_EEXIST) {
        task->is_due = 0;
        return APR_SUCCESS;
    }
    return rv != APR_SUCCESS || task->code ? rv : as_codes_expire_others(tx, &task->row);
}

static apr_status_t queue_text(as_tx_t *tx, const task_t *task)
{
    const as_srv_t *sc = task->sc;
    as_outbox_text_t text = {
        .user_id = task->user->id,
        .site = sc->site,
        .kind = as_text_template_name(AS_TEXT_RESET),
        .code_id = task->row.id,
        .mobile = task->user->mobile,
        .created_at = task->now,
        .expires_at = task->row.expires_at,
    };
    const char *body = as_text_template_render(task->pool, task->s, AS_TEXT_RESET, task->code);
    apr_status_t rv = as_uuid_generate(task->pool, &text.id);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_seal_encrypt(task->pool, APR_ARRAY_IDX(sc->secrets, 0, as_span_t), text.id, body,
                         &text.body);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_outbox_cancel(tx, text.user_id, text.kind, task->now);
    return rv == APR_SUCCESS ? as_outbox_insert(tx, &text, AS_OUTBOX_QUEUED) : rv;
}

static apr_status_t store_code(as_tx_t *tx, task_t *task)
{
    const as_user_t *user = task->user;
    apr_status_t rv;

    task->is_due = 1;
    task->row = (as_codes_row_t){
        .user_id = user->id,
        .purpose = AS_PURPOSE_RESET,
        .mobile = user->mobile,
        .created_at = task->now,
        .expires_at = task->now + as_srv_code_ttl(task->sc),
    };
    rv = make_code(task);
    if (rv == APR_SUCCESS && !task->code) {
        rv = as_codes_lock_number(tx, user->mobile);
    }
    if (rv == APR_SUCCESS) {
        rv = count_text(tx, task, AS_LIMIT_SMS_NUMBER, user->mobile);
    }
    if (rv == APR_SUCCESS && task->is_due) {
        rv = replace_code(tx, task);
    }
    if (rv != APR_SUCCESS || !task->is_due) {
        return rv;
    }
    rv = count_text(tx, task, AS_LIMIT_SMS_TOTAL, AS_LIMIT_KEY_GLOBAL);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    if (!task->is_due) {
        return as_codes_mark_unsent(tx, task->row.id);
    }
    return task->code ? queue_text(tx, task) : APR_SUCCESS;
}

static apr_status_t process_request(as_tx_t *tx, void *baton)
{
    task_t *task = baton;
    as_reset_t *reset;
    apr_status_t rv = as_resets_take(tx, task->sc->site, &reset);

    task->is_due = 0;
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = find_account(tx, task, reset);
    return rv == APR_SUCCESS && task->user ? store_code(tx, task) : rv;
}

/* ---- a remote verifier ---- */

static apr_status_t record_ids(as_tx_t *tx, void *baton)
{
    const task_t *task = baton;
    apr_status_t rv = APR_SUCCESS;

    if (task->remote_id) {
        rv = as_users_set_remote_id(tx, task->user->id, task->user->mobile, task->remote_id);
    }
    if (rv == APR_SUCCESS && task->ref) {
        rv = as_codes_set_ref(tx, task->row.id, task->ref);
    }
    if (rv != APR_SUCCESS || task->result == AS_SMS_OK) {
        return rv;
    }
    return as_codes_mark_unsent(tx, task->row.id);
}

static void start_verification(task_t *task, as_db_t *db)
{
    as_delivery_t *delivery = task->sc->child->delivery;
    as_sms_recipient_t person = as_recipient_of(task->user);
    apr_interval_time_t later;

    task->remote_id = task->ref = NULL;
    task->result = delivery ? as_delivery_start_verification(delivery, task->pool, &person,
                                                             &task->remote_id, &task->ref, &later)
                            : AS_SMS_TEMPORARY;
    as_db_write(db, task->pool, record_ids, task);
}

static void count_code(const task_t *task)
{
    if (task->code || task->result == AS_SMS_OK) {
        AS_METRIC_INCREMENT(CODES, AS_METRIC_PURPOSE_RESET, AS_METRIC_CODE_ISSUED);
    }
}

/* ---- all requests ---- */

typedef struct search_t {
    const char *site;
    int found;
} search_t;

static apr_status_t find_requests(as_tx_t *tx, void *baton)
{
    search_t *search = baton;

    return as_resets_exist(tx, search->site, &search->found);
}

void as_reset_codes_process(server_rec *s, as_db_t *db, apr_pool_t *p, int (*stop)(void))
{
    task_t task = {.s = s, .sc = as_srv(s)};
    search_t search = {.site = task.sc->site};
    apr_status_t rv;

    if (as_db_read(db, p, find_requests, &search) != APR_SUCCESS || !search.found ||
        apr_pool_create(&task.pool, p) != APR_SUCCESS) {
        return;
    }
    rv = APR_SUCCESS;
    for (int i = 0; rv == APR_SUCCESS && i < REQUESTS_MAX && !stop(); i++) {
        apr_pool_clear(task.pool);
        task.now = as_clock_now();
        rv = as_db_write(db, task.pool, process_request, &task);
        if (rv != APR_SUCCESS || !task.is_due) {
            continue;
        }
        if (!task.code) {
            start_verification(&task, db);
        }
        count_code(&task);
    }
    apr_pool_destroy(task.pool);
}
