/* SPDX-License-Identifier: Apache-2.0 */
/* Twilio's status callbacks: HMAC-SHA-1 under the AuthToken over the URL and the sorted fields. */
#include <apr_strings.h>
#include <openssl/evp.h>

#include <stdlib.h>
#include <string.h>

#include "base/base64.h"
#include "base/mac.h"
#include "sms/receipt.h"
#include "sms/twilio_api.h"
#include "text/form.h"

static const as_receipt_status_t statuses[] = {
    {"queued", AS_RECEIPT_QUEUED},       {"accepted", AS_RECEIPT_QUEUED},
    {"scheduled", AS_RECEIPT_QUEUED},    {"sending", AS_RECEIPT_QUEUED},
    {"sent", AS_RECEIPT_SENT},           {"partially_delivered", AS_RECEIPT_SENT},
    {"delivered", AS_RECEIPT_DELIVERED}, {"read", AS_RECEIPT_DELIVERED},
    {"undelivered", AS_RECEIPT_FAILED},  {"failed", AS_RECEIPT_FAILED},
    {"canceled", AS_RECEIPT_FAILED},     {NULL, AS_RECEIPT_QUEUED},
};

static int compare_fields(const void *a, const void *b)
{
    const as_form_field_t *left = a, *right = b;
    int order = strcmp(left->name, right->name);

    return order ? order : strcmp(left->value, right->value);
}

/* All names and values, sorted, without duplicates. */
static const char *join_sorted(apr_pool_t *p, const apr_array_header_t *fields)
{
    apr_array_header_t *copy = apr_array_copy(p, fields);
    apr_array_header_t *words = apr_array_make(p, 2 * fields->nelts, sizeof(const char *));

    qsort(copy->elts, (size_t)copy->nelts, sizeof(as_form_field_t), compare_fields);
    for (int i = 0; i < copy->nelts; i++) {
        const as_form_field_t *field = &APR_ARRAY_IDX(copy, i, as_form_field_t);

        if (i == 0 || compare_fields(field - 1, field) != 0) {
            APR_ARRAY_PUSH(words, const char *) = field->name;
            APR_ARRAY_PUSH(words, const char *) = field->value;
        }
    }
    return apr_array_pstrcat(p, words, '\0');
}

static int has_signature(apr_pool_t *p, const char *token, const char *url, const char *text,
                         as_span_t signature)
{
    const as_span_t parts[] = {{url, strlen(url)}, {text, strlen(text)}};
    as_span_t mac;

    return as_mac_compute(p, AS_MAC_SHA1, (as_span_t){token, strlen(token)}, parts, 2, &mac) ==
               APR_SUCCESS &&
           as_mac_equal(mac, signature);
}

/* Remove the port of the URL, or add the scheme's default port. */
static const char *toggle_port(apr_pool_t *p, const char *url)
{
    const char *host = strstr(url, "://");
    const char *end, *port;

    if (!host) {
        return url;
    }
    host += 3;
    end = host + strcspn(host, "/?#");
    for (port = end; port > host && port[-1] != ':' && port[-1] != ']'; port--) {
    }
    if (port > host && port[-1] == ':') {
        return apr_pstrcat(p, apr_pstrmemdup(p, url, (apr_size_t)(port - 1 - url)), end, NULL);
    }
    return apr_pstrcat(p, apr_pstrmemdup(p, url, (apr_size_t)(end - url)),
                       strncmp(url, "https:", 6) == 0 ? ":443" : ":80", end, NULL);
}

/* The value of a query parameter; NULL: none. */
static const char *query_value(apr_pool_t *p, const char *url, const char *name)
{
    const char *query = strchr(url, '?');
    apr_array_header_t *fields;

    return query && as_form_parse(p, query + 1, strlen(query + 1), 1, &fields) == APR_SUCCESS
               ? as_form_get(fields, name)
               : NULL;
}

static int has_sha256(apr_pool_t *p, as_span_t body, const char *hash)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    size_t len = 0;

    return EVP_Q_digest(NULL, "SHA256", NULL, body.data, body.len, digest, &len) == 1 &&
           as_mac_equal_hex(p, (as_span_t){(const char *)digest, len}, hash);
}

int as_receipt_twilio_is_signed(apr_pool_t *p, const char *token, const char *url,
                                const apr_array_header_t *fields, as_span_t body,
                                const char *signature)
{
    const char *hash = query_value(p, url, "bodySHA256");
    const char *text = hash ? "" : join_sorted(p, fields);
    as_span_t given;

    if (!signature || as_base64_decode(p, signature, strlen(signature), &given) != APR_SUCCESS ||
        (hash && !has_sha256(p, body, hash))) {
        return 0;
    }
    return has_signature(p, token, url, text, given) ||
           has_signature(p, token, toggle_port(p, url), text, given);
}

apr_status_t as_receipt_twilio_read(apr_pool_t *p, const char *token,
                                    const as_receipt_request_t *request, as_receipt_t *receipt)
{
    apr_array_header_t *fields = NULL;
    const char *sid;

    if (!as_receipt_has_content_type(request, "application/x-www-form-urlencoded") ||
        as_form_parse(p, request->body.data, request->body.len, 1, &fields) != APR_SUCCESS ||
        !as_receipt_twilio_is_signed(p, token, request->url, fields, request->body,
                                     apr_table_get(request->headers, "X-Twilio-Signature"))) {
        return APR_EACCES;
    }
    sid = as_form_get(fields, "MessageSid");
    if (!sid || !(as_twilio_api_is_sid(sid, "SM") || as_twilio_api_is_sid(sid, "MM"))) {
        return APR_EINVAL;
    }
    return as_receipt_make(p, statuses, sid, query_value(p, request->url, AS_TWILIO_API_TEXT_ID),
                           as_form_get(fields, "MessageStatus"), as_form_get(fields, "ErrorCode"),
                           receipt);
}
