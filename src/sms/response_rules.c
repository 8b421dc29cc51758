/* SPDX-License-Identifier: Apache-2.0 */
#include "sms/response_rules.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <string.h>

enum {
    STATUS_DIGITS = 3,
    STATUS_FINAL_MIN = 200,
    STATUS_FAILURE_MIN = 400,
    STATUS_MAX = 599,
    REF_BYTES_MAX = 128,
    SHOWN_BYTES_MAX = 48,
    SHOWN_DIGITS_MAX = 5, /* a code of the module has 6 or more */
};

/* ---- parse ---- */

/* A list such as 200,202. NULL: a status is not from `min` to 599. */
static const apr_array_header_t *parse_statuses(apr_pool_t *p, const char *text, int min)
{
    apr_array_header_t *statuses = apr_array_make(p, 4, sizeof(int));

    for (;;) {
        int status = 0;

        for (int i = 0; i < STATUS_DIGITS; i++, text++) {
            if (!apr_isdigit(*text)) {
                return NULL;
            }
            status = status * 10 + (*text - '0');
        }
        if (status < min || status > STATUS_MAX || (*text && *text != ',')) {
            return NULL;
        }
        APR_ARRAY_PUSH(statuses, int) = status;
        if (!*text) {
            return statuses;
        }
        text++;
    }
}

static int has_status(const apr_array_header_t *statuses, int status)
{
    for (int i = 0; i < statuses->nelts; i++) {
        if (APR_ARRAY_IDX(statuses, i, int) == status) {
            return 1;
        }
    }
    return 0;
}

static int have_common_status(const apr_array_header_t *a, const apr_array_header_t *b)
{
    for (int i = 0; a && i < a->nelts; i++) {
        if (has_status(b, APR_ARRAY_IDX(a, i, int))) {
            return 1;
        }
    }
    return 0;
}

static int parse_pointer(apr_pool_t *p, const char *text, as_json_path_t *pointer)
{
    return *text == '/' && as_json_path_parse(p, text, pointer) == APR_SUCCESS;
}

/* /POINTER=V1,V2; NULL: another form. */
static const as_response_match_t *parse_match(apr_pool_t *p, const char *text)
{
    as_response_match_t *match = apr_pcalloc(p, sizeof(*match));
    apr_array_header_t *values = apr_array_make(p, 4, sizeof(const char *));
    apr_size_t len = strcspn(text, "=");

    if (!text[len] || !parse_pointer(p, apr_pstrmemdup(p, text, len), &match->pointer)) {
        return NULL;
    }
    match->values = values;
    do {
        text += len + 1;
        len = strcspn(text, ",");
        if (!len) {
            return NULL;
        }
        APR_ARRAY_PUSH(values, const char *) = apr_pstrmemdup(p, text, len);
    } while (text[len]);
    return match;
}

apr_status_t as_response_rules_parse(apr_pool_t *p, const apr_table_t *values,
                                     as_response_rules_t *rules, const char **error)
{
    const char *ok = apr_table_get(values, "ok");
    const char *retry = apr_table_get(values, "retry");
    const char *success = apr_table_get(values, "success");
    const char *rejected = apr_table_get(values, "rejected");
    const char *ref = apr_table_get(values, "ref");
    as_json_path_t *pointer = apr_pcalloc(p, sizeof(*pointer));

    rules->ok = ok ? parse_statuses(p, ok, STATUS_FINAL_MIN) : NULL;
    rules->retry = parse_statuses(p, retry ? retry : "429,500,503", STATUS_FAILURE_MIN);
    rules->success = success ? parse_match(p, success) : NULL;
    rules->rejected = rejected ? parse_match(p, rejected) : NULL;
    rules->ref = ref ? pointer : NULL;
    if (ok && !rules->ok) {
        *error = "ok= must be HTTP statuses from 200 to 599, such as 200,202";
    } else if (!rules->retry) {
        *error = "retry= must be HTTP statuses from 400 to 599, such as 429,500,503";
    } else if (have_common_status(rules->ok, rules->retry)) {
        *error = "ok= and retry= must not have a status in common (retry= is 429,500,503 by "
                 "default)";
    } else if (success && !rules->success) {
        *error = "success= must be a JSON pointer and its value, such as /status=accepted";
    } else if (rejected && !rules->rejected) {
        *error = "rejected= must be a JSON pointer and its values, such as /error/code=21,22";
    } else if (ref && !parse_pointer(p, ref, pointer)) {
        *error = "ref= must be a JSON pointer such as /messages/0/id";
    } else {
        return APR_SUCCESS;
    }
    return APR_EINVAL;
}

/* ---- apply ---- */

/* The text of the value at the pointer; NULL: none, an array or an object. */
static const char *find_text(apr_pool_t *p, const as_json_view_value_t *root,
                             const as_json_path_t *pointer)
{
    as_json_view_value_t value;

    if (!root || !as_json_path_find_from(p, root, pointer, &value) ||
        value.kind == AS_JSON_VIEW_ARRAY || value.kind == AS_JSON_VIEW_OBJECT) {
        return NULL;
    }
    return value.kind == AS_JSON_VIEW_STRING ? as_json_view_get_string(p, &value)
                                             : apr_pstrmemdup(p, value.text.data, value.text.len);
}

static int is_one_of(const apr_array_header_t *values, const char *text)
{
    for (int i = 0; text && i < values->nelts; i++) {
        if (strcmp(APR_ARRAY_IDX(values, i, const char *), text) == 0) {
            return 1;
        }
    }
    return 0;
}

/* May the log show the value? It could be any text: no code and no number of ours is shown. */
static int is_error_code(const char *text)
{
    int digits = 0;
    apr_size_t len = strlen(text);

    for (const char *c = text; *c; c++) {
        digits = apr_isdigit(*c) ? digits + 1 : 0;
        if (digits > SHOWN_DIGITS_MAX || !(apr_isalnum(*c) || strchr("._-", *c))) {
            return 0;
        }
    }
    return len > 0 && len <= SHOWN_BYTES_MAX;
}

static void add_detail(as_sms_call_t *call, const char *key, const char *text)
{
    const char *shown = !text ? "no value" : is_error_code(text) ? text : "another value";

    call->detail = apr_psprintf(call->pool, "%s: %s, %s", key, shown, call->detail);
}

static as_sms_result_t result_of_failure(const as_response_rules_t *rules, int status,
                                         int has_reason)
{
    as_sms_result_t result = as_http_api_result_of_refusal(status, has_reason);

    if (has_status(rules->retry, status)) {
        return result == AS_SMS_RATE_LIMITED ? result : AS_SMS_TEMPORARY;
    }
    switch (result) {
    case AS_SMS_RATE_LIMITED:
        return AS_SMS_UNREACHABLE;
    case AS_SMS_TEMPORARY:
        return AS_SMS_UNKNOWN;
    default:
        return result;
    }
}

static int is_ok(const as_response_rules_t *rules, int status)
{
    return rules->ok ? has_status(rules->ok, status)
                     : status >= STATUS_FINAL_MIN && status < STATUS_FINAL_MIN + 100;
}

static const char *find_ref(apr_pool_t *p, const as_json_view_value_t *root,
                            const as_json_path_t *pointer)
{
    const char *ref = pointer ? find_text(p, root, pointer) : NULL;
    apr_size_t len = ref ? strlen(ref) : 0;

    for (apr_size_t i = 0; i < len; i++) {
        if (!apr_isgraph(ref[i])) {
            return NULL;
        }
    }
    return len && len <= REF_BYTES_MAX ? ref : NULL;
}

as_sms_result_t as_response_rules_apply(const as_response_rules_t *rules, as_sms_call_t *call,
                                        const as_http_api_response_t *response, const char **ref)
{
    apr_pool_t *p = call->pool;
    as_json_view_value_t value;
    const as_json_view_value_t *root =
        as_json_view_parse_value(response->body.data, response->body.len, &value) == APR_SUCCESS
            ? &value
            : NULL;
    const char *text = rules->rejected ? find_text(p, root, &rules->rejected->pointer) : NULL;

    *ref = NULL;
    if (rules->rejected && is_one_of(rules->rejected->values, text)) {
        add_detail(call, "rejected", text);
        return AS_SMS_REJECTED;
    }
    if (!is_ok(rules, response->status)) {
        if (text) {
            add_detail(call, "rejected", text);
        }
        return result_of_failure(rules, response->status, root != NULL);
    }
    text = rules->success ? find_text(p, root, &rules->success->pointer) : NULL;
    if (rules->success && !is_one_of(rules->success->values, text)) {
        add_detail(call, "success", text);
        return text ? AS_SMS_UNREACHABLE : AS_SMS_UNKNOWN;
    }
    *ref = find_ref(p, root, rules->ref);
    return AS_SMS_OK;
}
