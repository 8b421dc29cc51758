/* SPDX-License-Identifier: Apache-2.0 */
#include "api/notice.h"

#include "account/phone.h"
#include "api/limit.h"
#include "auth/client.h"

static int is_welcome(const as_notice_t *notice)
{
    return notice->kind == AS_TEXT_WELCOME;
}

static int is_enabled(const as_call_t *call, const as_notice_t *notice)
{
    const as_user_t *user = notice->user;

    if (!as_srv_senders(call->sc) || !as_text_template_is_sent(call->sc, notice->kind)) {
        return 0;
    }
    return is_welcome(notice) || (user->proved_at && *user->mobile &&
                                  as_phone_is_allowed(as_srv_countries(call->sc), user->mobile));
}

as_error_t as_notice_create(as_call_t *call, const as_user_t *user, as_text_kind_t kind,
                            const char *event, as_notice_t *notice)
{
    *notice = (as_notice_t){.user = user, .kind = kind};
    notice->is_enabled = is_enabled(call, notice);
    if (!notice->is_enabled) {
        return AS_OK;
    }
    return is_welcome(notice)
               ? as_message_create(call, user, kind, NULL, NULL, &notice->message)
               : as_message_create_queued(call, user, kind, event, NULL, &notice->message);
}

apr_status_t as_notice_reserve(as_tx_t *tx, const as_call_t *call, const char *attempt_key,
                               as_notice_t *notice)
{
    const as_user_t *user = notice->user;
    const as_limit_use_t use = is_welcome(notice)
                                   ? (as_limit_use_t){AS_LIMIT_SMS_NUMBER, NULL, user->mobile}
                                   : (as_limit_use_t){AS_LIMIT_SMS_LOGIN, NULL, user->id};
    apr_interval_time_t wait = 0;
    apr_status_t rv;

    notice->is_due = notice->is_enabled;
    if (!notice->is_due || notice->message.is_test_number) {
        return attempt_key ? as_limit_clear_count(tx, call, AS_LIMIT_VERIFY_USER, attempt_key)
                           : APR_SUCCESS;
    }
    rv = attempt_key
             ? as_limit_clear_and_count(tx, call, AS_LIMIT_VERIFY_USER, attempt_key, &use, &wait)
             : as_limit_count_use(tx, call, use.limit, use.key, &wait);
    if (wait) {
        notice->is_due = 0;
    }
    return rv;
}

apr_status_t as_notice_count_shared(as_tx_t *tx, const as_call_t *call, as_notice_t *notice)
{
    const char *network = as_client_get_network(call->r);
    const as_limit_use_t uses[] = {
        {AS_LIMIT_SMS_IP, NULL, network},
        {AS_LIMIT_SMS_TOTAL, NULL, AS_LIMIT_KEY_GLOBAL},
    };
    apr_interval_time_t wait;
    apr_status_t rv;
    int refused;

    if (!is_welcome(notice) || !notice->is_due || notice->message.is_test_number) {
        return APR_SUCCESS;
    }
    rv = as_limit_count_uses(tx, call, uses, 2, &refused, &wait);
    if (rv != APR_SUCCESS || !wait) {
        return rv;
    }
    notice->is_due = 0;
    rv = as_limit_undo_use(tx, call, AS_LIMIT_SMS_NUMBER, notice->user->mobile);
    if (rv != APR_SUCCESS || refused == 0) {
        return rv;
    }
    return as_limit_undo_use(tx, call, AS_LIMIT_SMS_IP, network);
}

apr_status_t as_notice_store(as_tx_t *tx, const as_call_t *call, const as_notice_t *notice)
{
    return notice->is_due ? as_message_store(tx, call, &notice->message) : APR_SUCCESS;
}

int as_notice_send(as_call_t *call, const as_notice_t *notice)
{
    apr_interval_time_t retry_after;

    return !notice->is_due || as_message_send(call, &notice->message, &retry_after) == AS_SMS_OK;
}
