/* SPDX-License-Identifier: Apache-2.0 */
#include "api/welcome.h"

#include "api/limit.h"
#include "auth/client.h"

static int is_enabled(const as_call_t *call)
{
    return as_srv_senders(call->sc) && as_text_template_is_sent(call->sc, AS_TEXT_WELCOME);
}

as_error_t as_welcome_create(as_call_t *call, const as_user_t *user, const char *mobile,
                             as_welcome_t *welcome)
{
    *welcome = (as_welcome_t){.mobile = mobile};
    if (!is_enabled(call)) {
        return AS_OK;
    }
    return as_message_create(call, user, AS_TEXT_WELCOME, NULL, NULL, &welcome->message);
}

apr_status_t as_welcome_reserve(as_tx_t *tx, const as_call_t *call, const char *attempt_key,
                                as_welcome_t *welcome)
{
    const as_limit_use_t use = {AS_LIMIT_SMS_NUMBER, NULL, welcome->mobile};
    apr_interval_time_t wait;
    apr_status_t rv;

    welcome->is_due = is_enabled(call);
    if (!welcome->is_due || welcome->message.is_test_number) {
        return as_limit_clear_count(tx, call, AS_LIMIT_VERIFY_USER, attempt_key);
    }
    rv = as_limit_clear_and_count(tx, call, AS_LIMIT_VERIFY_USER, attempt_key, &use, &wait);
    if (wait) {
        welcome->is_due = 0;
    }
    return rv;
}

apr_status_t as_welcome_count_shared(as_tx_t *tx, const as_call_t *call, as_welcome_t *welcome)
{
    const char *network = as_client_get_network(call->r);
    const as_limit_use_t uses[] = {
        {AS_LIMIT_SMS_IP, NULL, network},
        {AS_LIMIT_SMS_TOTAL, NULL, AS_LIMIT_KEY_GLOBAL},
    };
    apr_interval_time_t wait;
    apr_status_t rv;
    int refused;

    if (!welcome->is_due || welcome->message.is_test_number) {
        return APR_SUCCESS;
    }
    rv = as_limit_count_uses(tx, call, uses, 2, &refused, &wait);
    if (rv != APR_SUCCESS || !wait) {
        return rv;
    }
    welcome->is_due = 0;
    rv = as_limit_undo_use(tx, call, AS_LIMIT_SMS_NUMBER, welcome->mobile);
    if (rv != APR_SUCCESS || refused == 0) {
        return rv;
    }
    return as_limit_undo_use(tx, call, AS_LIMIT_SMS_IP, network);
}

apr_status_t as_welcome_store(as_tx_t *tx, const as_call_t *call, const as_welcome_t *welcome)
{
    return welcome->is_due ? as_message_store(tx, call, &welcome->message) : APR_SUCCESS;
}

int as_welcome_send(as_call_t *call, const as_welcome_t *welcome)
{
    apr_interval_time_t retry_after;

    return !welcome->is_due || as_message_send(call, &welcome->message, &retry_after) == AS_SMS_OK;
}
