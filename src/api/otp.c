/* SPDX-License-Identifier: Apache-2.0 */
#include "api/otp.h"

#include "api/limit.h"
#include "account/code.h"
#include "account/phone.h"
#include "base/random.h"
#include "auth/client.h"

typedef struct note_t {
    const as_otp_t *flow;
    const char *remote_id;
    const char *ref;
} note_t;

/* A check whose attempt was counted. */
typedef struct counted_t {
    const as_call_t *call;
    const as_user_t *user;
    const as_codes_row_t *row;
} counted_t;

static as_text_kind_t text_of(as_purpose_t purpose)
{
    as_text_kind_t kind = AS_TEXT_CODE;

    switch (purpose) {
    case AS_PURPOSE_LOGIN:
        kind = AS_TEXT_LOGIN;
        break;
    case AS_PURPOSE_RESET:
        kind = AS_TEXT_RESET;
        break;
    case AS_PURPOSE_MOBILE:
        kind = AS_TEXT_MOBILE;
        break;
    case AS_PURPOSE_REGISTER:
        break;
    }
    return kind;
}

/* Nothing was sent, or the verifier cannot be asked: the answer names the account. */
static as_error_t sms_failed(as_call_t *call, const as_user_t *user)
{
    call->reply.id = user->id;
    return AS_E_SMS_FAILED;
}

/* The same where the provider asks for time. */
static as_error_t sms_later(as_call_t *call, const as_user_t *user, apr_interval_time_t later)
{
    call->reply.id = user->id;
    call->reply.retry_after = later;
    return AS_E_RATE_LIMITED;
}

as_error_t as_otp_create(as_call_t *call, const as_user_t *user, as_purpose_t purpose,
                         as_otp_t *flow)
{
    apr_status_t rv = as_uuid_generate(call->pool, &flow->id);
    const char *fixed = as_message_find_fixed_code(call, user, &flow->silent);

    /* Imported with a number that is none, or from before its country was refused. */
    if (!*user->mobile || !as_phone_is_allowed(as_srv_countries(call->sc), user->mobile)) {
        return sms_failed(call, user);
    }
    flow->user = user;
    flow->purpose = purpose;
    flow->code = NULL;
    flow->wait = 0;
    if (fixed && (purpose == AS_PURPOSE_REGISTER || purpose == AS_PURPOSE_LOGIN)) {
        flow->code = fixed;
    } else if (rv == APR_SUCCESS && (flow->silent || !as_srv_verifier(call->sc))) {
        rv = as_code_generate(call->pool, as_srv_code_length(call->sc), &flow->code);
    }
    if (rv == APR_SUCCESS && flow->code) {
        return as_message_create(call, user, text_of(purpose), flow->code, flow->id,
                                 &flow->sending);
    }
    return rv == APR_SUCCESS ? AS_OK : as_call_fail_unavailable(call);
}

static apr_status_t hit(as_tx_t *tx, const as_call_t *call, as_limit_t limit, const char *key,
                        as_otp_t *flow)
{
    apr_status_t rv = as_limit_count_use(tx, call, limit, key, &flow->wait);

    return rv == APR_SUCCESS && flow->wait ? APR_EBUSY : rv;
}

apr_status_t as_otp_reserve(as_tx_t *tx, const as_call_t *call, as_otp_t *flow)
{
    const char *mobile = flow->user->mobile;
    apr_status_t rv = flow->code ? APR_SUCCESS : as_codes_lock_number(tx, mobile);

    return rv == APR_SUCCESS && !flow->silent ? hit(tx, call, AS_LIMIT_SMS_NUMBER, mobile, flow)
                                              : rv;
}

/* Many accounts share these rows: they come last, so that each is held for the shortest time. */
static apr_status_t hit_shared_limits(as_tx_t *tx, const as_call_t *call, as_otp_t *flow)
{
    apr_status_t rv = hit(tx, call, AS_LIMIT_SMS_IP, as_client_get_network(call->r), flow);

    return rv == APR_SUCCESS ? hit(tx, call, AS_LIMIT_SMS_TOTAL, AS_LIMIT_KEY_GLOBAL, flow) : rv;
}

apr_status_t as_otp_store(as_tx_t *tx, const as_call_t *call, as_otp_t *flow)
{
    as_codes_row_t row = {
        .id = flow->id,
        .user_id = flow->user->id,
        .purpose = flow->purpose,
        .mobile = flow->user->mobile,
        .created_at = call->now,
        .expires_at = call->now + as_srv_code_ttl(call->sc),
    };
    apr_status_t rv = APR_SUCCESS;

    if (flow->code) {
        rv =
            as_code_digest(call->pool, as_call_get_secret(call), flow->id, flow->code, &row.digest);
    }
    if (rv == APR_SUCCESS) {
        rv = as_codes_replace(tx, &row, as_srv_code_resend(call->sc), &flow->wait);
    }
    if (rv == APR_EEXIST) {
        return APR_EBUSY;
    }
    if (rv == APR_SUCCESS && !flow->code) {
        rv = as_codes_expire_others(tx, &row);
    }
    if (rv == APR_SUCCESS && !flow->silent) {
        rv = hit_shared_limits(tx, call, flow);
    }
    return rv == APR_SUCCESS && flow->code ? as_message_store(tx, call, &flow->sending) : rv;
}

static as_sms_person_t person_of(const as_user_t *user)
{
    apr_size_t prefix = strlen(user->country);

    return (as_sms_person_t){
        .account = user->id,
        .e164 = user->mobile,
        .country = user->country,
        .national = user->mobile + (strncmp(user->mobile, user->country, prefix) == 0 ? prefix : 0),
        .remote_id = user->remote_id,
    };
}

static apr_status_t note_sent(as_tx_t *tx, void *baton)
{
    const note_t *note = baton;
    apr_status_t rv = APR_SUCCESS;

    if (note->remote_id) {
        rv = as_users_set_remote_id(tx, note->flow->user->id, note->flow->user->mobile,
                                    note->remote_id);
    }
    if (rv == APR_SUCCESS && note->ref) {
        rv = as_codes_set_ref(tx, note->flow->id, note->ref);
        /* A newer code has taken its place, and is sent as well. */
        rv = rv == APR_ENOENT ? APR_SUCCESS : rv;
    }
    return rv;
}

static apr_status_t note_failed(as_tx_t *tx, void *baton)
{
    const note_t *note = baton;
    apr_status_t rv = note_sent(tx, baton);

    return rv == APR_SUCCESS ? as_codes_mark_unsent(tx, note->flow->id) : rv;
}

static as_sms_result_t deliver(as_call_t *call, note_t *note, apr_interval_time_t *later)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    const as_otp_t *flow = note->flow;
    as_sms_person_t person = person_of(flow->user);

    if (flow->code) {
        return as_message_send(call, &flow->sending, later);
    }
    return delivery ? as_delivery_start(delivery, call->pool, &person, &note->remote_id, &note->ref,
                                        later)
                    : AS_SMS_TEMPORARY;
}

as_error_t as_otp_send(as_call_t *call, const as_otp_t *flow)
{
    note_t note = {.flow = flow};
    apr_interval_time_t later = 0;
    as_sms_result_t result = deliver(call, &note, &later);
    int sent = result == AS_SMS_OK;
    apr_status_t rv = APR_SUCCESS;

    if (!sent || note.remote_id || note.ref) {
        rv = as_db_write(call->db, call->pool, sent ? note_sent : note_failed, &note);
    }
    if (result == AS_SMS_BUSY || (sent && rv != APR_SUCCESS)) {
        return as_call_fail_unavailable(call);
    }
    if (later) {
        return sms_later(call, flow->user, later);
    }
    return sent ? AS_OK : sms_failed(call, flow->user);
}

/* In the order of every unit: limit, account, code. */
static apr_status_t uncount(as_tx_t *tx, void *baton)
{
    const counted_t *counted = baton;
    apr_status_t rv = as_limit_undo_use(tx, counted->call, AS_LIMIT_VERIFY_USER, counted->user->id);

    return rv == APR_SUCCESS ? as_codes_refund_attempt(tx, counted->row->id) : rv;
}

static as_error_t check_error(as_call_t *call, const as_user_t *user, as_sms_result_t result,
                              apr_interval_time_t later)
{
    as_error_t error = AS_OK;

    switch (result) {
    case AS_SMS_OK:
        break;
    case AS_SMS_WRONG_CODE:
        error = AS_E_INVALID_CODE;
        break;
    case AS_SMS_GONE:
        error = AS_E_CODE_EXPIRED;
        break;
    case AS_SMS_TOO_MANY:
        error = AS_E_TOO_MANY_ATTEMPTS;
        break;
    case AS_SMS_BUSY:
        error = as_call_fail_unavailable(call);
        break;
    case AS_SMS_RATE_LIMITED:
        error = sms_later(call, user, later);
        break;
    default:
        error = sms_failed(call, user);
        call->reply.msg = "We could not check your code - please try again.";
        break;
    }
    return error;
}

as_error_t as_otp_verify(as_call_t *call, const as_user_t *user, const as_codes_row_t *row,
                         const char *code)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    as_sms_person_t person = person_of(user);
    counted_t counted = {call, user, row};
    apr_interval_time_t later;
    as_sms_result_t result;

    if (row->digest) {
        return as_code_matches(call->pool, as_srv_secrets(call->sc), row->id, code, row->digest)
                   ? AS_OK
                   : AS_E_INVALID_CODE;
    }
    if (!delivery || !as_srv_verifier(call->sc)) {
        return AS_E_CODE_EXPIRED;
    }
    /* The account was read before its number changed: the verifier would be asked about the older
     * one. */
    if (strcmp(row->mobile, user->mobile) != 0) {
        return AS_E_INVALID_CODE;
    }
    result = as_delivery_check(delivery, call->pool, &person, row->ref, code, &later);
    if (as_sms_is_unchecked(result)) {
        /* Should this fail, which is logged, the person has one attempt less. */
        as_db_write(call->db, call->pool, uncount, &counted);
    }
    return check_error(call, user, result, later);
}
