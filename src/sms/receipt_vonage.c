/* SPDX-License-Identifier: Apache-2.0 */
/* Vonage's signed callbacks, as a query, a form or JSON: an HMAC over "&name=value" of the sorted
 * fields.
 */
#include <apr_strings.h>

#include <stdlib.h>
#include <string.h>

#include "base/mac.h"
#include "sms/receipt.h"
#include "text/form.h"
#include "text/json.h"

enum { SHA256_DIGITS = 64, SHA512_DIGITS = 128 };

static const as_receipt_status_t statuses[] = {
    {"accepted", AS_RECEIPT_SENT},   {"buffered", AS_RECEIPT_SENT},
    {"unknown", AS_RECEIPT_SENT},    {"delivered", AS_RECEIPT_DELIVERED},
    {"expired", AS_RECEIPT_FAILED},  {"failed", AS_RECEIPT_FAILED},
    {"rejected", AS_RECEIPT_FAILED}, {NULL, AS_RECEIPT_QUEUED},
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(((const as_form_field_t *)a)->name, ((const as_form_field_t *)b)->name);
}

/* In the signed text, `_` replaces the delimiters & and = in a value. */
static const char *replace_delimiters(apr_pool_t *p, const char *value)
{
    char *copy = apr_pstrdup(p, value);

    for (char *c = copy; *c; c++) {
        *c = *c == '&' || *c == '=' ? '_' : *c;
    }
    return copy;
}

/* The text that is signed. NULL: a name has a delimiter, which Vonage does not replace. */
static const char *make_signed_text(apr_pool_t *p, const apr_array_header_t *fields)
{
    apr_array_header_t *copy = apr_array_copy(p, fields);
    apr_array_header_t *words = apr_array_make(p, 4 * fields->nelts, sizeof(const char *));

    qsort(copy->elts, (size_t)copy->nelts, sizeof(as_form_field_t), compare_names);
    for (int i = 0; i < copy->nelts; i++) {
        const as_form_field_t *field = &APR_ARRAY_IDX(copy, i, as_form_field_t);

        if (strpbrk(field->name, "&=")) {
            return NULL;
        }
        if (strcmp(field->name, "sig") != 0) {
            APR_ARRAY_PUSH(words, const char *) = "&";
            APR_ARRAY_PUSH(words, const char *) = field->name;
            APR_ARRAY_PUSH(words, const char *) = "=";
            APR_ARRAY_PUSH(words, const char *) = replace_delimiters(p, field->value);
        }
    }
    return apr_array_pstrcat(p, words, '\0');
}

int as_receipt_vonage_is_signed(apr_pool_t *p, const char *secret, const apr_array_header_t *fields,
                                apr_time_t now)
{
    const char *sig = as_form_get(fields, "sig");
    const char *text = make_signed_text(p, fields);
    apr_size_t digits = sig ? strlen(sig) : 0;
    as_span_t part, mac;

    /* The length of the signature tells the algorithm of the account. */
    if (!text || (digits != SHA256_DIGITS && digits != SHA512_DIGITS) ||
        !as_receipt_is_recent(as_form_get(fields, "timestamp"), now)) {
        return 0;
    }
    part = (as_span_t){text, strlen(text)};
    return as_mac_compute(p, digits == SHA256_DIGITS ? AS_MAC_SHA256 : AS_MAC_SHA512,
                          (as_span_t){secret, strlen(secret)}, &part, 1, &mac) == APR_SUCCESS &&
           as_mac_equal_hex(p, mac, sig);
}

/* Convert a JSON object without nested values to fields. */
static apr_status_t parse_json_fields(apr_pool_t *p, as_span_t body, apr_array_header_t **fields)
{
    json_object *object;
    apr_status_t rv = as_json_parse_object(p, body.data, body.len, &object);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    *fields = apr_array_make(p, json_object_object_length(object), sizeof(as_form_field_t));
    json_object_object_foreach(object, name, value)
    {
        if (!json_object_is_type(value, json_type_string) &&
            !json_object_is_type(value, json_type_int)) {
            return APR_EINVAL;
        }
        APR_ARRAY_PUSH(*fields, as_form_field_t) =
            (as_form_field_t){name, json_object_get_string(value)};
    }
    return APR_SUCCESS;
}

static apr_status_t parse_fields(apr_pool_t *p, const as_receipt_request_t *request,
                                 apr_array_header_t **fields)
{
    apr_status_t rv = APR_EINVAL;

    if (request->query) {
        rv = as_form_parse(p, request->query, strlen(request->query), 0, fields);
    } else if (as_receipt_has_content_type(request, "application/json")) {
        rv = parse_json_fields(p, request->body, fields);
    } else if (as_receipt_has_content_type(request, "application/x-www-form-urlencoded")) {
        rv = as_form_parse(p, request->body.data, request->body.len, 0, fields);
    }
    return rv;
}

apr_status_t as_receipt_vonage_read(apr_pool_t *p, const char *secret,
                                    const as_receipt_request_t *request, apr_time_t now,
                                    as_receipt_t *receipt)
{
    apr_array_header_t *fields = NULL;

    if (parse_fields(p, request, &fields) != APR_SUCCESS ||
        !as_receipt_vonage_is_signed(p, secret, fields, now)) {
        return APR_EACCES;
    }
    return as_receipt_make(p, statuses, as_form_get(fields, "messageId"),
                           as_form_get(fields, "client-ref"), as_form_get(fields, "status"),
                           as_form_get(fields, "err-code"), receipt);
}
