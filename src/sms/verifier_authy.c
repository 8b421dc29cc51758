/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authy API v1, and services compatible with it. Every call has force=true: otherwise Authy sends
 * nothing to users of its app, and accepts any code for them. A response is a success only if each
 * of its members is.
 */
#include <apr_strings.h>

#include <string.h>

#include "sms/http_api.h"
#include "sms/verifier.h"
#include "text/form.h"

static const as_provider_param_t params[] = {
    {"key", AS_PROVIDER_PARAM_REQUIRED},
    {"email", AS_PROVIDER_PARAM_OPTIONAL},
    {"url", AS_PROVIDER_PARAM_OPTIONAL},
    {NULL, AS_PROVIDER_PARAM_OPTIONAL},
};

enum { CODE_MIN = 6, CODE_MAX = 12, USER_ID_DIGITS_MAX = 19, INVALID_USER = 60027 };

static const char ID_PLACEHOLDER[] = "{id}";

/* Codes: the error enumeration of Twilio's public Authy clients (authy-java and others). The
 * results are our choice. A code that depends on the number or its user must not count as a failure
 * of the provider: see twilio_errors.c. */
static const as_http_api_error_t error_codes[] = {
    {60001, AS_SMS_CREDENTIALS},  /* invalid API key */
    {60002, AS_SMS_REJECTED},     /* invalid request */
    {60003, AS_SMS_RATE_LIMITED}, /* protection against floods */
    {60004, AS_SMS_REJECTED},     /* invalid parameter */
    {60007, AS_SMS_CREDENTIALS},  /* SMS is off for the application */
    {60008, AS_SMS_CREDENTIALS},  /* account suspended */
    {60009, AS_SMS_RATE_LIMITED}, /* monthly limit */
    {60010, AS_SMS_RATE_LIMITED}, /* daily limit */
    {60013, AS_SMS_UNREACHABLE},  /* banned country */
    {60015, AS_SMS_UNREACHABLE},  /* SMS not sent */
    {60016, AS_SMS_GONE},         /* user does not exist */
    {60017, AS_SMS_FRAUD},        /* user suspended */
    {60018, AS_SMS_FRAUD},        /* user disabled */
    {60019, AS_SMS_WRONG_CODE},   /* token used before */
    {60020, AS_SMS_WRONG_CODE},   /* token invalid */
    {60026, AS_SMS_GONE},         /* user not found */
    {60033, AS_SMS_REJECTED},     /* phone invalid */
    {60038, AS_SMS_CREDENTIALS},  /* e-mail invalid: our template */
    {60047, AS_SMS_CREDENTIALS},  /* a Twilio key in place of an Authy key */
    {60056, AS_SMS_CREDENTIALS},  /* must use HTTPS */
    {60057, AS_SMS_CREDENTIALS},  /* account suspended */
    {60060, AS_SMS_CREDENTIALS},  /* Twilio account suspended */
    {60061, AS_SMS_CREDENTIALS},  /* application suspended */
    {60063, AS_SMS_CREDENTIALS},  /* address not allowed */
    {60073, AS_SMS_CREDENTIALS},  /* invalid application key */
    {60078, AS_SMS_REJECTED},     /* country code invalid */
    {60082, AS_SMS_REJECTED},     /* landline */
    {60083, AS_SMS_UNREACHABLE},  /* number not provisioned */
    {60106, AS_SMS_FRAUD},        /* user suspended from the application */
    {60107, AS_SMS_FRAUD},        /* user blocked */
    {60115, AS_SMS_REJECTED},     /* number opted out */
    {60120, AS_SMS_RATE_LIMITED}, /* overall limit */
    {60121, AS_SMS_REJECTED},     /* SMS invalid */
    {60127, AS_SMS_GONE},         /* user pending deletion */
    {60128, AS_SMS_GONE},         /* user deleted */
    {0, AS_SMS_UNKNOWN},
};

typedef struct authy_verifier_t {
    const char *key_header;
    const char *email; /* with {id} */
    const char *base;
} authy_verifier_t;

static int is_email(const char *text)
{
    const char *at = strchr(text, '@');

    return at && at != text && at[1] && !strchr(at + 1, '@') && !strpbrk(text, " <>,;\"\\");
}

static apr_status_t make(apr_pool_t *p, const apr_table_t *values, void **self, const char **error)
{
    authy_verifier_t *v = apr_pcalloc(p, sizeof(*v));
    const char *email = apr_table_get(values, "email");

    v->email = email ? email : "{id}@users.invalid";
    v->key_header = apr_pstrcat(p, "X-Authy-API-Key: ", apr_table_get(values, "key"), NULL);
    *self = v;
    if (!is_email(v->email)) {
        *error =
            "email= must be an address such as {id}@users.invalid, where {id} is the account's id";
        return APR_EINVAL;
    }
    return as_http_api_parse_base_url(p, values, "https://api.authy.com", &v->base, error);
}

static int is_digits(const char *text, apr_size_t min, apr_size_t max)
{
    apr_size_t len = text ? strlen(text) : 0;

    return len >= min && len <= max && strspn(text, "0123456789") == len;
}

static int is_user_id(const char *text)
{
    return is_digits(text, 1, USER_ID_DIGITS_MAX);
}

/* Authy writes true or "true". */
static int is_true(json_object *object, const char *name)
{
    return json_object_get_boolean(json_object_object_get(object, name)) &&
           (json_object_is_type(json_object_object_get(object, name), json_type_boolean) ||
            as_http_api_member_equals(object, name, "true"));
}

static int is_success(const as_http_api_response_t *response)
{
    return response->status == 200 && response->object && is_true(response->object, "success");
}

static as_sms_result_t call_authy(const authy_verifier_t *v, as_sms_call_t *call, const char *path,
                                  const char *form, as_http_api_response_t *response)
{
    apr_array_header_t *headers = apr_array_make(call->pool, 1, sizeof(const char *));
    as_http_client_request_t request = {
        .method = form ? "POST" : "GET",
        .url = apr_pstrcat(call->pool, v->base, "/protected/json", path, NULL),
        .headers = headers,
        .content_type = form ? "application/x-www-form-urlencoded" : NULL,
        .body = {form, form ? strlen(form) : 0},
    };

    APR_ARRAY_PUSH(headers, const char *) = v->key_header;
    return as_http_api_call(call, &request, response);
}

static json_object *find_errors(const as_http_api_response_t *response)
{
    json_object *errors = json_object_object_get(response->object, "errors");

    return json_object_is_type(errors, json_type_object) ? errors : NULL;
}

/* Some failures have a message and no code. */
static as_sms_result_t result_of_message(const as_http_api_response_t *response)
{
    static const struct {
        const char *begin;
        as_sms_result_t result;
    } messages[] = {
        {"User has been suspended", AS_SMS_FRAUD},
        {"Rate limit exceeded", AS_SMS_RATE_LIMITED},
        {"User not found", AS_SMS_GONE},
        {"User doesn't exist", AS_SMS_GONE},
        {"SMS token was not sent", AS_SMS_UNREACHABLE},
    };
    const char *message = as_json_get_string(response->object, "message");
    int has_reason = message || as_http_api_member_code(response->object, "error_code");

    for (apr_size_t i = 0; message && i < sizeof(messages) / sizeof(messages[0]); i++) {
        if (strncmp(message, messages[i].begin, strlen(messages[i].begin)) == 0) {
            return messages[i].result;
        }
    }
    return as_http_api_result_of_refusal(response->status, has_reason);
}

/* Code 60027: `errors` has the invalid fields as members. */
static as_sms_result_t result_of_invalid_user(const as_http_api_response_t *response)
{
    json_object *errors = find_errors(response);
    int number = errors && (json_object_object_get_ex(errors, "cellphone", NULL) ||
                            json_object_object_get_ex(errors, "country_code", NULL));

    return !number && errors && json_object_object_get_ex(errors, "email", NULL)
               ? AS_SMS_CREDENTIALS
               : AS_SMS_REJECTED;
}

static as_sms_result_t result_of_failure(as_sms_call_t *call,
                                         const as_http_api_response_t *response)
{
    int code = response->object ? as_http_api_member_code(response->object, "error_code") : 0;
    as_sms_result_t result;

    if (!response->object) {
        return as_http_api_result_of_status(response->status);
    }
    if (code) {
        call->detail = apr_psprintf(call->pool, "code %d, %s", code, call->detail);
    }
    if (code == INVALID_USER) {
        return result_of_invalid_user(response);
    }
    return as_http_api_result_of_code(error_codes, code, &result) == APR_SUCCESS
               ? result
               : result_of_message(response);
}

static const char *make_email(const authy_verifier_t *v, apr_pool_t *p, const char *account)
{
    const char *placeholder = strstr(v->email, ID_PLACEHOLDER);

    return placeholder
               ? apr_pstrcat(p, apr_pstrmemdup(p, v->email, (apr_size_t)(placeholder - v->email)),
                             account, placeholder + sizeof(ID_PLACEHOLDER) - 1, NULL)
               : v->email;
}

static const char *find_user_id(apr_pool_t *p, const as_http_api_response_t *response)
{
    json_object *user = json_object_object_get(response->object, "user");
    json_object *id =
        json_object_is_type(user, json_type_object) ? json_object_object_get(user, "id") : NULL;
    const char *text =
        json_object_is_type(id, json_type_int) || json_object_is_type(id, json_type_string)
            ? json_object_get_string(id)
            : NULL;

    return is_user_id(text) ? apr_pstrdup(p, text) : NULL;
}

/* Authy returns the same id for the same number, so this can be repeated. It sends no text. */
static as_sms_result_t add_user(const authy_verifier_t *v, as_sms_call_t *call,
                                const as_sms_recipient_t *recipient, const char **id)
{
    apr_pool_t *p = call->pool;
    const char *country = recipient->country + (*recipient->country == '+');
    const char *form =
        apr_pstrcat(p, "user%5Bemail%5D=", as_form_encode(p, make_email(v, p, recipient->account)),
                    "&user%5Bcellphone%5D=", as_form_encode(p, recipient->national),
                    "&user%5Bcountry_code%5D=", as_form_encode(p, country),
                    "&send_install_link_via_sms=false", NULL);
    as_http_api_response_t response;
    as_sms_result_t result = call_authy(v, call, "/users/new", form, &response);

    if (result == AS_SMS_OK) {
        *id = is_success(&response) ? find_user_id(p, &response) : NULL;
        result = *id ? AS_SMS_OK : result_of_failure(call, &response);
    }
    /* A user pending deletion (GONE) is no failure of Authy. */
    return result == AS_SMS_UNKNOWN ? AS_SMS_TEMPORARY
           : result == AS_SMS_GONE  ? AS_SMS_UNREACHABLE
                                    : result;
}

static as_sms_result_t send_code(const authy_verifier_t *v, as_sms_call_t *call, const char *id)
{
    const char *path =
        apr_pstrcat(call->pool, "/sms/", as_form_encode(call->pool, id), "?force=true", NULL);
    as_http_api_response_t response;
    as_sms_result_t result = call_authy(v, call, path, NULL, &response);

    if (result != AS_SMS_OK || (is_success(&response) && !is_true(response.object, "ignored") &&
                                as_json_get_string(response.object, "cellphone"))) {
        return result;
    }
    if (is_success(&response)) {
        /* Ignored, or an error reported as a success: both depend on the user. */
        call->detail =
            apr_pstrcat(call->pool, call->detail, ", without confirmation that it was sent", NULL);
        return AS_SMS_UNREACHABLE;
    }
    return result_of_failure(call, &response);
}

static as_sms_result_t start(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char **remote_id, const char **ref)
{
    const authy_verifier_t *v = self;
    as_sms_result_t result = AS_SMS_GONE;
    const char *id = NULL;

    *remote_id = *ref = NULL;
    if (is_user_id(recipient->remote_id)) {
        id = recipient->remote_id;
        result = send_code(v, call, id);
    }
    if (result == AS_SMS_GONE) {
        result = add_user(v, call, recipient, &id);
        if (result == AS_SMS_OK) {
            *remote_id = id;
            result = send_code(v, call, id);
        }
    }
    if (result == AS_SMS_OK) {
        *remote_id = *ref = id;
    }
    /* GONE: the new user is not found either, so nothing was sent. WRONG_CODE is no result of a
     * start. */
    return result == AS_SMS_GONE         ? AS_SMS_UNREACHABLE
           : result == AS_SMS_WRONG_CODE ? AS_SMS_UNKNOWN
                                         : result;
}

static int is_wrong_code(const as_http_api_response_t *response)
{
    json_object *errors = response->object ? find_errors(response) : NULL;

    return response->object &&
           (as_http_api_member_equals(response->object, "token", "is invalid") ||
            (errors && as_http_api_member_equals(errors, "token", "is invalid")));
}

/* Does the response have a code of the table? */
static int has_known_code(const as_http_api_response_t *response)
{
    as_sms_result_t result;

    return as_http_api_result_of_code(error_codes,
                                      as_http_api_member_code(response->object, "error_code"),
                                      &result) == APR_SUCCESS;
}

static as_sms_result_t check(void *self, as_sms_call_t *call, const as_sms_recipient_t *recipient,
                             const char *ref, const char *code)
{
    const authy_verifier_t *v = self;
    apr_pool_t *p = call->pool;
    const char *id = is_user_id(ref) ? ref : recipient->remote_id;
    as_http_api_response_t response;
    as_sms_result_t result;

    if (!is_digits(code, CODE_MIN, CODE_MAX)) {
        return AS_SMS_WRONG_CODE;
    }
    if (!is_user_id(id)) {
        return AS_SMS_GONE;
    }
    result = call_authy(v, call,
                        apr_pstrcat(p, "/verify/", as_form_encode(p, code), "/",
                                    as_form_encode(p, id), "?force=true", NULL),
                        NULL, &response);
    if (result != AS_SMS_OK || (is_success(&response) &&
                                as_http_api_member_equals(response.object, "token", "is valid"))) {
        return result;
    }
    if (is_wrong_code(&response) && !as_http_api_member_code(response.object, "error_code")) {
        return AS_SMS_WRONG_CODE;
    }
    result = as_http_api_result_of_check(response.status, result_of_failure(call, &response));
    /* 401 means a wrong key or a wrong code. Without a known error code it may be a guess. */
    return result == AS_SMS_CREDENTIALS && response.object && !has_known_code(&response)
               ? AS_SMS_UNKNOWN
               : result;
}

static as_sms_result_t check_account(void *self, as_sms_call_t *call)
{
    as_http_api_response_t response;
    as_sms_result_t result = call_authy(self, call, "/app/details", NULL, &response);
    json_object *app;

    if (result != AS_SMS_OK || response.status != 200) {
        return result != AS_SMS_OK ? result : as_http_api_result_of_account(response.status);
    }
    if (!is_success(&response)) {
        return AS_SMS_TEMPORARY;
    }
    app = json_object_object_get(response.object, "app");
    if (json_object_is_type(app, json_type_object) &&
        json_object_is_type(json_object_object_get(app, "sms_enabled"), json_type_boolean) &&
        !is_true(app, "sms_enabled")) {
        call->detail = "SMS is off for the application";
        return AS_SMS_CREDENTIALS;
    }
    return AS_SMS_OK;
}

const as_verifier_type_t as_verifier_authy = {"authy", params, make,         start,
                                              check,   "0",    check_account};
