/* SPDX-License-Identifier: Apache-2.0 */
#include "api/otp.h"

#include <apr_strings.h>

#include "account/code.h"
#include "account/phone.h"
#include "api/fraud_guard.h"
#include "api/limit.h"
#include "auth/client.h"
#include "auth/request_event.h"
#include "base/metric.h"
#include "base/uuid.h"
#include "server/recipient.h"

/* What a remote verifier returned when it sent its code; NULL: nothing. */
typedef struct sent_ids_t {
    const as_call_t *call;
    const as_otp_t *otp;
    const char *remote_id;
    const char *ref;
} sent_ids_t;

/* A check whose attempt was counted. */
typedef struct attempt_t {
    const as_call_t *call;
    const as_user_t *user;
    const as_codes_row_t *row;
} attempt_t;

static as_text_kind_t text_kind_of(as_purpose_t purpose)
{
    switch (purpose) {
    case AS_PURPOSE_LOGIN:
    case AS_PURPOSE_CONFIRM:
        return AS_TEXT_LOGIN;
    case AS_PURPOSE_RESET:
        return AS_TEXT_RESET;
    case AS_PURPOSE_MOBILE:
        return AS_TEXT_MOBILE;
    case AS_PURPOSE_REGISTER:
        break;
    }
    return AS_TEXT_CODE;
}

/* The reply names the account, so that the client can request the code again. */
static as_error_t fail_sms(as_call_t *call, const as_user_t *user)
{
    call->reply.account_id = user->id;
    return AS_E_SMS_FAILED;
}

static as_error_t fail_provider_limit(as_call_t *call, const as_user_t *user,
                                      apr_interval_time_t retry_after)
{
    call->reply.account_id = user->id;
    return as_call_fail_rate_limited(call, retry_after);
}

/* ---- creating and storing ---- */

/* An imported account may have an invalid number, or one of a country refused since. */
static int may_text(const as_call_t *call, const as_user_t *user)
{
    return *user->mobile && as_phone_is_allowed(as_srv_countries(call->sc), user->mobile);
}

/* otp->code: NULL where a remote verifier makes it. */
static apr_status_t make_code(const as_call_t *call, as_otp_t *otp)
{
    const char *fixed = as_message_find_fixed_code(call, otp->user, &otp->is_test_number);

    otp->code = NULL;
    if (fixed && (otp->purpose == AS_PURPOSE_REGISTER || otp->purpose == AS_PURPOSE_LOGIN)) {
        otp->code = fixed;
        return APR_SUCCESS;
    }
    if (as_srv_verifier(call->sc) && !otp->is_test_number) {
        return APR_SUCCESS;
    }
    return as_code_generate(call->pool, as_srv_code_length(call->sc), &otp->code);
}

as_error_t as_otp_create(as_call_t *call, const as_user_t *user, as_purpose_t purpose,
                         as_otp_t *otp)
{
    *otp = (as_otp_t){.user = user, .purpose = purpose};
    if (!may_text(call, user)) {
        return fail_sms(call, user);
    }
    if (as_uuid_generate(call->pool, &otp->id) != APR_SUCCESS ||
        make_code(call, otp) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    if (!otp->code) {
        return AS_OK;
    }
    return as_message_create(call, user, text_kind_of(purpose), otp->code, otp->id, &otp->message);
}

/* Texts after a correct password have a limit of their own. */
static int is_after_password(as_purpose_t purpose)
{
    return purpose == AS_PURPOSE_LOGIN || purpose == AS_PURPOSE_MOBILE ||
           purpose == AS_PURPOSE_CONFIRM;
}

/* APR_EBUSY: the limit is exceeded. */
static apr_status_t count_text(as_tx_t *tx, const as_call_t *call, as_limit_t limit,
                               const char *key, as_otp_t *otp)
{
    apr_status_t rv = as_limit_count_use(tx, call, limit, key, &otp->retry_after);

    return rv == APR_SUCCESS && otp->retry_after ? APR_EBUSY : rv;
}

apr_status_t as_otp_reserve(as_tx_t *tx, const as_call_t *call, as_otp_t *otp)
{
    const as_user_t *user = otp->user;
    apr_status_t rv = APR_SUCCESS;

    if (is_after_password(otp->purpose) && !otp->is_test_number) {
        rv = count_text(tx, call, AS_LIMIT_SMS_LOGIN, user->id, otp);
    }
    if (rv == APR_SUCCESS && !otp->code) {
        rv = as_codes_lock_number(tx, user->mobile);
    }
    if (rv != APR_SUCCESS || otp->is_test_number || is_after_password(otp->purpose)) {
        return rv;
    }
    return count_text(tx, call, AS_LIMIT_SMS_NUMBER, user->mobile, otp);
}

/* Many accounts share these rows: they come last, so that they are locked for the shortest time.
 * APR_EBUSY: a limit is exceeded. */
static apr_status_t count_shared_limits(as_tx_t *tx, const as_call_t *call, as_otp_t *otp)
{
    const as_limit_use_t uses[] = {
        {AS_LIMIT_SMS_IP, NULL, as_client_get_network(call->r)},
        {AS_LIMIT_SMS_TOTAL, NULL, AS_LIMIT_KEY_GLOBAL},
    };
    int refused;
    apr_status_t rv = as_limit_count_uses(tx, call, uses, 2, &refused, &otp->retry_after);

    return rv == APR_SUCCESS && otp->retry_after ? APR_EBUSY : rv;
}

/* After the limits: a code that a limit refuses is not counted. */
static apr_status_t count_fraud(as_tx_t *tx, const as_call_t *call, as_otp_t *otp)
{
    apr_status_t rv = as_fraud_guard_count_sent(tx, call, &otp->row, &otp->retry_after);

    return rv == APR_SUCCESS && otp->retry_after ? APR_EBUSY : rv;
}

static apr_status_t make_row(const as_call_t *call, as_otp_t *otp)
{
    as_codes_row_t *row = &otp->row;
    apr_status_t rv = APR_SUCCESS;

    *row = (as_codes_row_t){
        .id = otp->id,
        .user_id = otp->user->id,
        .purpose = otp->purpose,
        .mobile = otp->user->mobile,
        .created_at = call->now,
        .expires_at = call->now + as_srv_code_ttl(call->sc),
    };
    if (otp->purpose == AS_PURPOSE_MOBILE) {
        row->mobile_given = otp->user->mobile_given;
        row->country = otp->user->country;
    }
    if (!otp->is_test_number) {
        rv = as_fraud_guard_hash_network(call, otp->purpose, &row->network);
    }
    if (rv != APR_SUCCESS || !otp->code) {
        return rv;
    }
    return as_code_digest(call->pool, as_call_get_secret(call), otp->id, otp->code, &row->digest);
}

/* APR_EBUSY: the resend wait has not passed. */
static apr_status_t replace_code(as_tx_t *tx, const as_call_t *call, as_otp_t *otp)
{
    apr_status_t rv = make_row(call, otp);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_replace(tx, &otp->row, as_srv_code_resend(call->sc), &otp->retry_after);
    if (rv == APR_EEXIST) {
        return APR_EBUSY;
    }
    if (rv != APR_SUCCESS || otp->code) {
        return rv;
    }
    return as_codes_expire_others(tx, &otp->row);
}

apr_status_t as_otp_store(as_tx_t *tx, const as_call_t *call, as_otp_t *otp)
{
    apr_status_t rv = replace_code(tx, call, otp);

    if (rv == APR_SUCCESS && !otp->is_test_number && !is_after_password(otp->purpose)) {
        rv = count_shared_limits(tx, call, otp);
    }
    if (rv == APR_SUCCESS) {
        rv = count_fraud(tx, call, otp);
    }
    if (rv != APR_SUCCESS || !otp->code) {
        return rv;
    }
    return as_message_store(tx, call, &otp->message);
}

/* ---- sending ---- */

static apr_status_t store_ids(as_tx_t *tx, const sent_ids_t *ids)
{
    const as_user_t *user = ids->otp->user;
    apr_status_t rv = APR_SUCCESS;

    if (ids->remote_id && ids->otp->purpose == AS_PURPOSE_MOBILE) {
        rv = as_codes_set_remote_id(tx, ids->otp->id, ids->remote_id);
    } else if (ids->remote_id) {
        rv = as_users_set_remote_id(tx, user->id, user->mobile, ids->remote_id);
    }
    if (rv != APR_SUCCESS || !ids->ref) {
        return rv;
    }
    rv = as_codes_set_ref(tx, ids->otp->id, ids->ref);
    /* A newer code has replaced it, which is sent as well. */
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

static apr_status_t record_sent(as_tx_t *tx, void *baton)
{
    return store_ids(tx, baton);
}

static apr_status_t record_failed(as_tx_t *tx, void *baton)
{
    const sent_ids_t *ids = baton;
    apr_status_t rv = store_ids(tx, ids);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_codes_mark_unsent(tx, ids->otp->id);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_fraud_guard_undo_sent(tx, ids->call, &ids->otp->row);
}

static as_sms_result_t deliver(as_call_t *call, const as_otp_t *otp, sent_ids_t *ids,
                               apr_interval_time_t *retry_after)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    as_sms_recipient_t person = as_recipient_of(otp->user);
    as_sms_result_t result;

    if (otp->code) {
        return as_message_send(call, &otp->message, retry_after);
    }
    if (!delivery) {
        return AS_SMS_TEMPORARY;
    }
    result = as_delivery_start_verification(delivery, call->pool, &person, &ids->remote_id,
                                            &ids->ref, retry_after);
    as_request_event_raise(call->r,
                           (as_event_t){
                               .kind = AS_EVENT_SMS_SEND,
                               .code = result == AS_SMS_OK ? NULL : as_sms_result_name(result),
                               .account = otp->user->id,
                               .template = as_text_template_name(text_kind_of(otp->purpose)),
                               .number = otp->user->mobile,
                               .sender = as_srv_verifier(call->sc)->type->name,
                           });
    return result;
}

as_error_t as_otp_send(as_call_t *call, const as_otp_t *otp)
{
    sent_ids_t ids = {.call = call, .otp = otp};
    apr_interval_time_t retry_after = 0;
    as_sms_result_t result = deliver(call, otp, &ids, &retry_after);
    int is_sent = result == AS_SMS_OK;
    apr_status_t rv = APR_SUCCESS;

    if (is_sent) {
        AS_METRIC_INCREMENT(CODES, (int)otp->purpose - (int)AS_PURPOSE_REGISTER,
                            AS_METRIC_CODE_ISSUED);
    }
    if (!is_sent || ids.remote_id || ids.ref) {
        rv = as_db_write(call->db, call->pool, is_sent ? record_sent : record_failed, &ids);
    }
    if (result == AS_SMS_BUSY || (is_sent && rv != APR_SUCCESS)) {
        return as_call_fail_unavailable(call);
    }
    if (retry_after) {
        return fail_provider_limit(call, otp->user, retry_after);
    }
    return is_sent ? AS_OK : fail_sms(call, otp->user);
}

/* ---- checking ---- */

const char *as_otp_make_attempt_key(apr_pool_t *p, as_purpose_t purpose, const char *id)
{
    static const char *const names[] = {
        [AS_PURPOSE_REGISTER] = "register ", [AS_PURPOSE_LOGIN] = "login ",
        [AS_PURPOSE_RESET] = "reset ",       [AS_PURPOSE_MOBILE] = "mobile ",
        [AS_PURPOSE_CONFIRM] = "confirm ",
    };

    return apr_pstrcat(p, names[purpose], id, NULL);
}

/* Locks in the order of every unit: limit, account, code. */
static apr_status_t undo_attempt(as_tx_t *tx, void *baton)
{
    const attempt_t *attempt = baton;
    const as_call_t *call = attempt->call;
    const as_user_t *user = attempt->user;
    as_purpose_t purpose = attempt->row->purpose;
    const char *key = as_otp_make_attempt_key(
        call->pool, purpose, purpose == AS_PURPOSE_RESET ? user->username_key : user->id);
    apr_status_t rv = as_limit_undo_use(tx, call, AS_LIMIT_VERIFY_USER, key);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_codes_refund_attempt(tx, attempt->row->id);
}

static as_error_t error_of_check(as_call_t *call, const as_user_t *user, as_sms_result_t result,
                                 apr_interval_time_t retry_after)
{
    switch (result) {
    case AS_SMS_OK:
        return AS_OK;
    case AS_SMS_WRONG_CODE:
        return AS_E_INVALID_CODE;
    case AS_SMS_GONE:
        return AS_E_CODE_EXPIRED;
    case AS_SMS_TOO_MANY:
        return AS_E_TOO_MANY_ATTEMPTS;
    case AS_SMS_BUSY:
        return as_call_fail_unavailable(call);
    case AS_SMS_RATE_LIMITED:
        return fail_provider_limit(call, user, retry_after);
    default:
        call->reply.msg = "We could not check your code - please try again.";
        return fail_sms(call, user);
    }
}

static as_error_t verify_remotely(as_call_t *call, const as_user_t *user, const as_codes_row_t *row,
                                  const char *code)
{
    as_delivery_t *delivery = call->sc->child->delivery;
    as_sms_recipient_t person = as_recipient_of(user);
    attempt_t attempt = {call, user, row};
    apr_interval_time_t retry_after;
    as_sms_result_t result;

    /* The code was sent with another AuthSMSVerifier. */
    if (!delivery || !as_srv_verifier(call->sc)) {
        return AS_E_CODE_EXPIRED;
    }
    /* The number has changed since the account was read: the verifier would check the older one. */
    if (strcmp(row->mobile, user->mobile) != 0) {
        return AS_E_INVALID_CODE;
    }
    result = as_delivery_check_code(delivery, call->pool, &person, row->ref, code, &retry_after);
    if (as_sms_is_code_unchecked(result)) {
        /* A failure is logged, and costs the client one attempt. */
        as_db_write(call->db, call->pool, undo_attempt, &attempt);
    }
    return error_of_check(call, user, result, retry_after);
}

as_error_t as_otp_verify(as_call_t *call, const as_user_t *user, const as_codes_row_t *row,
                         const char *code)
{
    if (!row->digest) {
        return verify_remotely(call, user, row, code);
    }
    if (!as_code_matches(call->pool, as_srv_secrets(call->sc), row->id, code, row->digest)) {
        return AS_E_INVALID_CODE;
    }
    return AS_OK;
}

void as_otp_verify_none(const as_call_t *call, const char *code)
{
    as_delivery_t *delivery = call->sc->child->delivery;

    if (as_srv_verifier(call->sc) && delivery) {
        as_delivery_check_unknown(delivery, call->pool, code);
    } else {
        as_code_matches(call->pool, as_srv_secrets(call->sc), "", code, "");
    }
}
