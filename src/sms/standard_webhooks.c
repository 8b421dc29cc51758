/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/standard_webhooks.h"

#include <apr_strings.h>

#include <string.h>

#include "base/base64.h"
#include "base/mac.h"
#include "sms/receipt.h"

enum { KEY_MIN = 24, KEY_MAX = 64 };

static const char PREFIX[] = "whsec_";
static const char VERSION[] = "v1,";

apr_status_t as_standard_webhooks_read_key(apr_pool_t *p, const char *secret, as_span_t *key,
                                           const char **error)
{
    /* Some services, e.g. Supabase, write the version before the secret. */
    const char *prefixed =
        secret + (strncmp(secret, VERSION, sizeof(VERSION) - 1) == 0 ? sizeof(VERSION) - 1 : 0);

    if (strncmp(prefixed, PREFIX, sizeof(PREFIX) - 1) == 0) {
        prefixed += sizeof(PREFIX) - 1;
        if (as_base64_decode(p, prefixed, strlen(prefixed), key) != APR_SUCCESS ||
            key->len < KEY_MIN || key->len > KEY_MAX) {
            *error = "secret= must be whsec_ and base64 of 24 to 64 bytes";
            return APR_EINVAL;
        }
        return APR_SUCCESS;
    }
    *key = (as_span_t){secret, strlen(secret)};
    if (key->len < KEY_MIN) {
        *error = "secret= must be whsec_ and base64, or at least 24 bytes";
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

static apr_status_t compute_mac(apr_pool_t *p, as_span_t key,
                                const as_standard_webhooks_message_t *message, as_span_t *mac)
{
    const as_span_t parts[] = {
        {message->id, strlen(message->id)},
        {".", 1},
        {message->timestamp, strlen(message->timestamp)},
        {".", 1},
        message->body,
    };

    return *message->id && !strchr(message->id, '.')
               ? as_mac_compute(p, AS_MAC_SHA256, key, parts, sizeof(parts) / sizeof(parts[0]), mac)
               : APR_EINVAL;
}

apr_status_t as_standard_webhooks_sign(apr_pool_t *p, as_span_t key,
                                       const as_standard_webhooks_message_t *message,
                                       const char **signature)
{
    as_span_t mac;
    apr_status_t rv = compute_mac(p, key, message, &mac);

    if (rv == APR_SUCCESS) {
        *signature = apr_pstrcat(p, VERSION, as_base64_encode(p, mac.data, mac.len), NULL);
    }
    return rv;
}

int as_standard_webhooks_verify(apr_pool_t *p, as_span_t key,
                                const as_standard_webhooks_message_t *message,
                                const char *signatures, apr_time_t now)
{
    as_span_t mac, given;
    char *word, *last;
    int valid = 0;

    if (!message->id || !signatures || !as_receipt_is_recent(message->timestamp, now) ||
        compute_mac(p, key, message, &mac) != APR_SUCCESS) {
        return 0;
    }
    word = apr_strtok(apr_pstrdup(p, signatures), " ", &last);
    for (; word; word = apr_strtok(NULL, " ", &last)) {
        apr_size_t len = strlen(word);

        /* Some senders separate them by ", ". */
        len -= word[len - 1] == ',';
        if (len > sizeof(VERSION) - 1 && strncmp(word, VERSION, sizeof(VERSION) - 1) == 0 &&
            as_base64_decode(p, word + sizeof(VERSION) - 1, len - (sizeof(VERSION) - 1), &given) ==
                APR_SUCCESS) {
            valid |= as_mac_equal(mac, given);
        }
    }
    return valid;
}
