/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Texts to any provider with an HTTP API. The administrator describes request and response:
 * templates for URL, body and header fields (request_template.h), and rules for the response
 * (response_rules.h).
 */
#include <apr_strings.h>

#include <string.h>

#include "base/uuid.h"
#include "sms/http_api.h"
#include "sms/request_auth.h"
#include "sms/request_template.h"
#include "sms/response_rules.h"
#include "sms/sender.h"

static const as_provider_param_t params[] = {
    {"url", AS_PROVIDER_PARAM_REQUIRED},     {"method", AS_PROVIDER_PARAM_LITERAL},
    {"type", AS_PROVIDER_PARAM_LITERAL},     {"body", AS_PROVIDER_PARAM_OPTIONAL},
    {"header", AS_PROVIDER_PARAM_REPEATED},  {"auth", AS_PROVIDER_PARAM_CREDENTIALS},
    {"from", AS_PROVIDER_PARAM_OPTIONAL},    {"ok", AS_PROVIDER_PARAM_LITERAL},
    {"success", AS_PROVIDER_PARAM_LITERAL},  {"ref", AS_PROVIDER_PARAM_LITERAL},
    {"rejected", AS_PROVIDER_PARAM_LITERAL}, {"retry", AS_PROVIDER_PARAM_LITERAL},
    {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

typedef struct http_sender_t {
    const char *method;
    const char *content_type; /* NULL: no body, or a header field has it */
    const char *from;         /* NULL: none */
    as_request_template_t *url;
    as_request_template_t *body; /* NULL: none (GET) */
    apr_array_header_t *headers; /* as_request_template_t * */
    as_request_auth_t auth;
    as_response_rules_t rules;
} http_sender_t;

/* ---- configuration ---- */

static apr_status_t read_method(http_sender_t *sender, const apr_table_t *values,
                                const char **error)
{
    const char *method = apr_table_get(values, "method");
    const char *body = apr_table_get(values, "body");

    sender->method = method ? method : "POST";
    if (strcmp(sender->method, "GET") == 0) {
        *error =
            body || apr_table_get(values, "type") ? "method=GET takes no body= and no type=" : NULL;
    } else if (strcmp(sender->method, "POST") == 0 || strcmp(sender->method, "PUT") == 0) {
        *error = body ? NULL : "body= is missing";
    } else {
        *error = "method= must be POST, PUT or GET";
    }
    return *error ? APR_EINVAL : APR_SUCCESS;
}

static apr_status_t compile_body(apr_pool_t *p, http_sender_t *sender, const apr_table_t *values,
                                 const char **error)
{
    const char *body = apr_table_get(values, "body");
    const char *type = apr_table_get(values, "type");
    int is_form = type && strcmp(type, "form") == 0;

    if (!body) {
        return APR_SUCCESS;
    }
    if (type && !is_form && strcmp(type, "json") != 0) {
        *error = "type= must be json or form";
        return APR_EINVAL;
    }
    sender->content_type = is_form ? "application/x-www-form-urlencoded" : "application/json";
    return as_request_template_compile(p, body,
                                       is_form ? AS_REQUEST_PLACE_FORM : AS_REQUEST_PLACE_JSON,
                                       sender->from, &sender->body, error);
}

static apr_status_t compile_headers(apr_pool_t *p, http_sender_t *sender, const apr_table_t *values,
                                    const char **error)
{
    const apr_array_header_t *all = apr_table_elts(values);

    sender->headers = apr_array_make(p, 2, sizeof(as_request_template_t *));
    for (int i = 0; i < all->nelts; i++) {
        const apr_table_entry_t *entry = &APR_ARRAY_IDX(all, i, apr_table_entry_t);
        as_request_template_t *header;
        apr_status_t rv;

        if (strcmp(entry->key, "header") != 0) {
            continue;
        }
        rv = as_request_template_compile(p, entry->val, AS_REQUEST_PLACE_HEADER, sender->from,
                                         &header, error);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (as_request_template_sets(header, "Authorization") && apr_table_get(values, "auth")) {
            *error = "auth= cannot be combined with a header= that sets Authorization";
            return APR_EINVAL;
        }
        if (as_request_template_sets(header, "Content-Type")) {
            sender->content_type = NULL;
        }
        APR_ARRAY_PUSH(sender->headers, as_request_template_t *) = header;
    }
    return APR_SUCCESS;
}

/* The request must have recipient and text, and a use for `from=`. */
static apr_status_t check_uses(const http_sender_t *sender, const char **error)
{
    int sent = as_request_template_uses(sender->url) |
               (sender->body ? as_request_template_uses(sender->body) : 0);
    int all = sent;

    for (int i = 0; i < sender->headers->nelts; i++) {
        all |= as_request_template_uses(APR_ARRAY_IDX(sender->headers, i, as_request_template_t *));
    }
    if (!(sent & AS_REQUEST_USES_TO) || !(sent & AS_REQUEST_USES_TEXT)) {
        *error = "url= and body= must have {to} or {to_digits}, and {text}";
    } else if (sender->from && !(all & AS_REQUEST_USES_FROM)) {
        *error = "from= is not used: url=, body= or header= must have {from}";
    } else {
        return APR_SUCCESS;
    }
    return APR_EINVAL;
}

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    http_sender_t *sender = apr_pcalloc(p, sizeof(*sender));
    apr_status_t rv;

    *self = sender;
    sender->from = apr_table_get(values, "from");
    if ((rv = read_method(sender, values, error)) ||
        (rv = as_request_template_compile(p, apr_table_get(values, "url"), AS_REQUEST_PLACE_URL,
                                          sender->from, &sender->url, error)) ||
        (rv = compile_body(p, sender, values, error)) ||
        (rv = compile_headers(p, sender, values, error)) || (rv = check_uses(sender, error)) ||
        (rv = as_response_rules_parse(p, values, &sender->rules, error))) {
        return rv;
    }
    if (as_request_auth_parse(p, apr_table_get(values, "auth"), &sender->auth) != APR_SUCCESS) {
        *error = "auth= must be " AS_REQUEST_AUTH_FORMS;
        return APR_EINVAL;
    }
    if (sender->auth.sigv4 && !as_http_client_has_sigv4()) {
        *error = apr_pstrcat(p, "auth=sigv4 needs a libcurl with AWS Signature Version 4, which ",
                             as_http_client_libcurl_version(),
                             " was built without: install another libcurl, or use basic: or "
                             "bearer:",
                             NULL);
        return APR_EINVAL;
    }
    return APR_SUCCESS;
}

/* ---- send ---- */

static const apr_array_header_t *make_headers(apr_pool_t *p, const http_sender_t *sender,
                                              const as_request_values_t *values)
{
    apr_array_header_t *headers =
        apr_array_make(p, sender->headers->nelts + 1, sizeof(const char *));

    for (int i = 0; i < sender->headers->nelts; i++) {
        APR_ARRAY_PUSH(headers, const char *) = as_request_template_render(
            p, APR_ARRAY_IDX(sender->headers, i, as_request_template_t *), values);
    }
    if (sender->auth.header) {
        APR_ARRAY_PUSH(headers, const char *) = sender->auth.header;
    }
    return headers;
}

static as_sms_result_t send_text(void *self, as_sms_call_t *call, const as_sms_text_t *text,
                                 const char **ref)
{
    const http_sender_t *sender = self;
    apr_pool_t *p = call->pool;
    as_request_values_t values = {
        .to = text->to, .text = text->body, .id = text->id, .from = sender->from};
    as_http_client_request_t request = {
        .method = sender->method,
        .user = sender->auth.user,
        .password = sender->auth.password,
        .sigv4 = sender->auth.sigv4,
        .content_type = sender->content_type,
    };
    as_http_api_response_t response;
    as_sms_result_t result;

    *ref = NULL;
    if (!values.id && as_uuid_generate(p, &values.id) != APR_SUCCESS) {
        call->detail = "no id: the random generator failed";
        return AS_SMS_TEMPORARY;
    }
    request.url = as_request_template_render(p, sender->url, &values);
    request.headers = make_headers(p, sender, &values);
    if (sender->body) {
        request.body.data = as_request_template_render(p, sender->body, &values);
        request.body.len = strlen(request.body.data);
    }
    result = as_http_api_call(call, &request, &response);
    return result == AS_SMS_OK ? as_response_rules_apply(&sender->rules, call, &response, ref)
                               : result;
}

const as_sender_type_t as_sender_http = {"http", params, make, send_text, NULL, NULL};
