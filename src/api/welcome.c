/* SPDX-License-Identifier: Apache-2.0 */
#include "api/welcome.h"

#include "api/limit.h"
#include "auth/client.h"

/* One use of a limit. */
typedef struct use_t {
    as_limit_t limit;
    const char *key;
} use_t;

/* In the order of all units: the number's limit before the account, shared limits last. */
enum { USE_NUMBER, USE_IP, USE_TOTAL, USE_COUNT };

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

static apr_status_t undo_uses(as_tx_t *tx, const as_call_t *call, const use_t *uses, int count)
{
    for (int i = 0; i < count; i++) {
        apr_status_t rv = as_limit_undo_use(tx, call, uses[i].limit, uses[i].key);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

/* Count the uses from `first` up to `end`. If a limit is exceeded, the text is not due, and also
 * the uses before `first` are undone. */
static apr_status_t count_uses(as_tx_t *tx, const as_call_t *call, as_welcome_t *welcome, int first,
                               int end)
{
    const use_t uses[USE_COUNT] = {
        [USE_NUMBER] = {AS_LIMIT_SMS_NUMBER, welcome->mobile},
        [USE_IP] = {AS_LIMIT_SMS_IP, as_client_get_network(call->r)},
        [USE_TOTAL] = {AS_LIMIT_SMS_TOTAL, AS_LIMIT_KEY_GLOBAL},
    };

    if (!welcome->is_due || welcome->message.is_test_number) {
        return APR_SUCCESS;
    }
    for (int i = first; i < end; i++) {
        apr_interval_time_t wait;
        apr_status_t rv = as_limit_count_use(tx, call, uses[i].limit, uses[i].key, &wait);

        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (wait) {
            welcome->is_due = 0;
            return undo_uses(tx, call, uses, i);
        }
    }
    return APR_SUCCESS;
}

apr_status_t as_welcome_reserve(as_tx_t *tx, const as_call_t *call, as_welcome_t *welcome)
{
    welcome->is_due = is_enabled(call);
    return count_uses(tx, call, welcome, USE_NUMBER, USE_IP);
}

apr_status_t as_welcome_count_shared(as_tx_t *tx, const as_call_t *call, as_welcome_t *welcome)
{
    return count_uses(tx, call, welcome, USE_IP, USE_COUNT);
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
