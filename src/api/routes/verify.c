/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user/:id/verify */
#include "api/call.h"

#include "api/otp.h"
#include "api/limit.h"
#include "api/message.h"
#include "account/code.h"
#include "base/random.h"
#include "server/account_epochs.h"
#include "auth/client.h"
#include "store/codes.h"
#include "store/users.h"

typedef struct verification_t {
    as_call_t *call;
    const char *typed; /* the code, cleaned; NULL: it cannot be one */
    as_user_t *user;
    as_codes_row_t *row;
    as_message_t welcome;
    int greets; /* the welcome text is sent */
    as_error_t error;
} verification_t;

/* The limits of the welcome text, in the order in which they are counted. */
enum { NUMBER, ADDRESS, TOTAL, AFTER_TOTAL };

static as_error_t tried(as_codes_attempt_t outcome)
{
    as_error_t error = AS_OK;

    if (outcome == AS_ATTEMPT_EXHAUSTED) {
        error = AS_E_TOO_MANY_ATTEMPTS;
    } else if (outcome != AS_ATTEMPT_COUNTED) {
        error = AS_E_CODE_EXPIRED;
    }
    return error;
}

/* Count the attempt before the code is looked at. */
static apr_status_t attempt(as_tx_t *tx, verification_t *v)
{
    as_call_t *call = v->call;
    as_codes_attempt_t outcome = AS_ATTEMPT_NO_CODE;
    apr_status_t rv =
        as_limit_count_use(tx, call, AS_LIMIT_VERIFY_USER, v->user->id, &call->reply.retry_after);

    if (rv == APR_SUCCESS && call->reply.retry_after) {
        v->error = AS_E_RATE_LIMITED;
    } else if (rv == APR_SUCCESS) {
        rv = as_codes_count_attempt(tx, v->user->id, AS_PURPOSE_REGISTER,
                                    as_srv_code_attempts(call->sc), call->now, &outcome, &v->row);
        v->error = tried(outcome);
    }
    /* No code is open: it may have been spent while this request waited for its row. */
    if (rv == APR_SUCCESS && v->error == AS_E_CODE_EXPIRED) {
        rv = as_users_find_by_id(tx, call->id, &v->user);
        v->error = rv == APR_SUCCESS && v->user->verified ? AS_E_ALREADY_VERIFIED : v->error;
    }
    return rv;
}

static apr_status_t find_and_attempt(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;
    apr_status_t rv = as_users_find_by_id(tx, v->call->id, &v->user);

    v->error = AS_OK;
    v->call->account = rv == APR_SUCCESS ? v->user->id : NULL;
    if (rv == APR_ENOENT) {
        v->error = AS_E_UNKNOWN_USER;
        rv = APR_SUCCESS;
    } else if (rv == APR_SUCCESS && v->user->verified) {
        v->error = AS_E_ALREADY_VERIFIED;
    } else if (rv == APR_SUCCESS && !v->typed) {
        v->error = AS_E_INVALID_CODE;
    } else if (rv == APR_SUCCESS) {
        rv = attempt(tx, v);
    }
    return rv;
}

/* The confirmation is a courtesy: without a sender, without its template or above a limit it is
 * left out, and the signup is no less complete. */
static int has_welcome(const as_call_t *call)
{
    return as_srv_senders(call->sc) && as_text_template_is_sent(call->sc, AS_TEXT_WELCOME);
}

/* Count the welcome text under the limits from `first` up to `end`, in the order of all units: the
 * number's before the account, those that many share last. Where one is spent the text is left out,
 * and none has counted it. */
static apr_status_t count_welcome(as_tx_t *tx, verification_t *v, int first, int end)
{
    const struct {
        as_limit_t limit;
        const char *key;
    } uses[AFTER_TOTAL] = {
        [NUMBER] = {AS_LIMIT_SMS_NUMBER, v->row->mobile},
        [ADDRESS] = {AS_LIMIT_SMS_IP, as_client_get_network(v->call->r)},
        [TOTAL] = {AS_LIMIT_SMS_TOTAL, AS_LIMIT_KEY_GLOBAL},
    };
    apr_status_t rv = APR_SUCCESS;

    for (int i = first; rv == APR_SUCCESS && i < end && v->greets && !v->welcome.silent; i++) {
        apr_interval_time_t wait;

        rv = as_limit_count_use(tx, v->call, uses[i].limit, uses[i].key, &wait);
        v->greets = rv == APR_SUCCESS && !wait;
        for (int j = 0; rv == APR_SUCCESS && wait && j < i; j++) {
            rv = as_limit_undo_use(tx, v->call, uses[j].limit, uses[j].key);
        }
    }
    return rv;
}

/*
 * Of two right codes at once, one finds the account to be verified and the row: the other is rolled
 * back with APR_ENOENT, and so is one for a number that is not the account's any more.
 */
static apr_status_t spend(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;
    apr_status_t rv = as_limit_clear_count(tx, v->call, AS_LIMIT_VERIFY_USER, v->user->id);

    v->greets = has_welcome(v->call);
    if (rv == APR_SUCCESS) {
        rv = count_welcome(tx, v, NUMBER, ADDRESS);
    }
    if (rv == APR_SUCCESS) {
        rv = as_users_verify(tx, v->user->id, v->row->mobile, v->call->now);
    }
    if (rv == APR_SUCCESS) {
        rv = as_codes_consume(tx, v->row->id);
    }
    if (rv == APR_SUCCESS) {
        rv = count_welcome(tx, v, ADDRESS, AFTER_TOTAL);
    }
    if (rv == APR_SUCCESS) {
        rv = as_message_cancel(tx, v->call, v->user->id, AS_TEXT_CODE);
    }
    return rv == APR_SUCCESS && v->greets ? as_message_store(tx, v->call, &v->welcome) : rv;
}

static apr_status_t look_again(as_tx_t *tx, void *baton)
{
    verification_t *v = baton;

    return as_users_find_by_id(tx, v->call->id, &v->user);
}

static as_error_t complete(verification_t *v)
{
    as_call_t *call = v->call;
    as_error_t error = AS_OK;
    apr_status_t rv;

    if (has_welcome(call)) {
        error = as_message_create(call, v->user, AS_TEXT_WELCOME, NULL, NULL, &v->welcome);
    }

    if (error != AS_OK) {
        return error;
    }
    rv = as_db_write(call->db, call->pool, spend, v);
    if (rv == APR_ENOENT) {
        rv = as_db_read(call->db, call->pool, look_again, v);
        return rv == APR_SUCCESS && v->user->verified ? AS_E_ALREADY_VERIFIED : AS_E_INVALID_CODE;
    }
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

static as_error_t count_attempt(verification_t *v)
{
    as_call_t *call = v->call;

    return as_db_write(call->db, call->pool, find_and_attempt, v) == APR_SUCCESS
               ? v->error
               : as_call_fail_unavailable(call);
}

static as_error_t welcome(verification_t *v)
{
    as_call_t *call = v->call;
    apr_interval_time_t later;
    int done = !v->greets || as_message_send(call, &v->welcome, &later) == AS_SMS_OK;

    return as_call_succeed(
        call, HTTP_OK,
        done ? "You did it! Your signup is complete and you can now use the App :)"
             : "You are signed up, but we could not send you a text message. Our bad - try to "
               "login.");
}

as_error_t as_endpoint_verify(as_call_t *call)
{
    verification_t v = {.call = call};
    const char *code;
    as_error_t error = as_body_get_digits(call->body, "code", &code);

    if (error == AS_OK && !code) {
        error = AS_E_MISSING_CODE;
    }
    if (error == AS_OK && !as_uuid_is_valid(call->id)) {
        error = AS_E_UNKNOWN_USER;
    }
    if (error == AS_OK) {
        if (as_code_normalize(call->pool, code, &v.typed) != APR_SUCCESS) {
            v.typed = NULL;
        }
        error = count_attempt(&v);
    }
    if (error == AS_OK) {
        error = as_otp_verify(call, v.user, v.row, v.typed);
    }
    if (error == AS_OK) {
        error = complete(&v);
    }
    if (error == AS_OK) {
        as_account_epochs_raise(v.user->id);
    }
    return error == AS_OK ? welcome(&v) : error;
}
