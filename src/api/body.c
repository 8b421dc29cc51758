/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "text/form.h"
#include "text/json.h"
#include "text/ascii.h"

struct as_body_t {
    apr_pool_t *pool;
    json_object *json; /* one of the two */
    apr_array_header_t *form;
};

static const char FILTER[] = "AUTHSMS_BODY";

typedef enum media_t { MEDIA_NONE, MEDIA_JSON, MEDIA_FORM, MEDIA_OTHER } media_t;

/* Without the blanks around it. */
static char *trimmed(char *text)
{
    char *end;

    text += strspn(text, " \t");
    end = text + strlen(text);
    while (end > text && (end[-1] == ' ' || end[-1] == '\t')) {
        end--;
    }
    *end = '\0';
    return text;
}

static int is_parameter_fine(apr_pool_t *p, char *parameter)
{
    char *value = strchr(parameter, '=');

    if (!value) {
        return 0;
    }
    *value++ = '\0';
    parameter = trimmed(parameter);
    value = trimmed(value);
    if (*value == '"') {
        value = apr_pstrmemdup(p, value + 1, strcspn(value + 1, "\""));
    }
    return ap_cstr_casecmp(parameter, "charset") != 0 || ap_cstr_casecmp(value, "utf-8") == 0 ||
           ap_cstr_casecmp(value, "utf8") == 0;
}

static media_t media_of(request_rec *r)
{
    const char *field = apr_table_get(r->headers_in, "Content-Type");
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");
    media_t media = MEDIA_OTHER;
    char *state, *type, *parameter;

    if (encoding && ap_cstr_casecmp(encoding, "identity") != 0) {
        return MEDIA_OTHER;
    }
    type = field ? apr_strtok(apr_pstrdup(r->pool, field), ";", &state) : NULL;
    if (!type) {
        return MEDIA_NONE;
    }
    type = trimmed(type);
    if (ap_cstr_casecmp(type, "application/json") == 0) {
        media = MEDIA_JSON;
    } else if (ap_cstr_casecmp(type, "application/x-www-form-urlencoded") == 0) {
        media = MEDIA_FORM;
    }
    while (media != MEDIA_OTHER && (parameter = apr_strtok(NULL, ";", &state))) {
        if (*trimmed(parameter) && !is_parameter_fine(r->pool, parameter)) {
            media = MEDIA_OTHER;
        }
    }
    return media;
}

/* Nothing more is read of this connection: the rest of a body that is refused could be endless. */
static void drop_rest(request_rec *r)
{
    r->connection->keepalive = AP_CONN_CLOSE;
}

static as_error_t judge_before_reading(request_rec *r, media_t media)
{
    const char *field = apr_table_get(r->headers_in, "Content-Length");
    char *end;
    apr_off_t length = 0;

    if (field && (apr_strtoff(&length, field, &end, 10) != APR_SUCCESS || *end || length < 0)) {
        drop_rest(r);
        return AS_E_BAD_REQUEST;
    }
    if (length > AS_BODY_MAX) {
        drop_rest(r);
    }
    if (length > 0 && (media == MEDIA_NONE || media == MEDIA_OTHER)) {
        return AS_E_UNSUPPORTED_MEDIA_TYPE;
    }
    return length > AS_BODY_MAX ? AS_E_TOO_LARGE : AS_OK;
}

/* One brigade's data, appended; *done at the end of the body. */
static apr_status_t take(apr_bucket_brigade *bb, char *data, apr_size_t *len, int *done,
                         as_error_t *error)
{
    apr_status_t rv = APR_SUCCESS;

    for (apr_bucket *b = APR_BRIGADE_FIRST(bb);
         rv == APR_SUCCESS && !*done && *error == AS_OK && b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *bytes = NULL;
        apr_size_t count = 0;

        if (APR_BUCKET_IS_EOS(b)) {
            *done = 1;
        } else if (!APR_BUCKET_IS_METADATA(b)) {
            rv = apr_bucket_read(b, &bytes, &count, APR_BLOCK_READ);
        }
        if (rv == APR_SUCCESS && count > AS_BODY_MAX - *len) {
            *error = AS_E_TOO_LARGE;
        } else if (rv == APR_SUCCESS && count) {
            memcpy(data + *len, bytes, count);
            *len += count;
        }
    }
    return rv;
}

/* A status that says why a body cannot be read, in our words where we have one of that status. */
static as_error_t error_of(int status)
{
    as_error_t error = ap_is_HTTP_ERROR(status) ? as_error_from_status(status) : AS_OK;

    return as_error_status(error) == status ? error : AS_OK;
}

/*
 * While a body is read, httpd's input filter itself answers a broken or too large one, by an error
 * bucket that would become a page or an ErrorDocument. It ends here, and the answer is ours.
 */
static apr_status_t hold_back(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const apr_bucket *first = APR_BRIGADE_EMPTY(bb) ? NULL : APR_BRIGADE_FIRST(bb);
    as_error_t *error = f->ctx;

    if (first && AP_BUCKET_IS_ERROR(first)) {
        *error = error_of(((const ap_bucket_error *)first->data)->status);
    }
    if (*error == AS_OK) {
        return ap_pass_brigade(f->next, bb);
    }
    /* ap_pass_brigade has seen the end of the page go by. */
    f->r->eos_sent = 0;
    apr_brigade_cleanup(bb);
    return AP_FILTER_ERROR;
}

void as_body_register_filter(void)
{
    ap_register_output_filter(FILTER, hold_back, NULL, AP_FTYPE_RESOURCE);
}

static int judge_failure(apr_status_t rv, as_error_t *error)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);

    if (*error == AS_OK) {
        *error = error_of(status);
    }
    return *error == AS_OK ? status : OK;
}

static int read_whole(request_rec *r, char **data, apr_size_t *len, as_error_t *error)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    ap_filter_t *filter = ap_add_output_filter(FILTER, error, r, r->connection);
    apr_status_t rv = APR_SUCCESS;
    int status = OK;
    int done = 0;

    *data = apr_palloc(r->pool, AS_BODY_MAX + 1);
    *len = 0;
    while (rv == APR_SUCCESS && !done && *error == AS_OK) {
        rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                            HUGE_STRING_LEN);
        if (rv == APR_SUCCESS) {
            rv = take(bb, *data, len, &done, error);
        }
        apr_brigade_cleanup(bb);
    }
    ap_remove_output_filter(filter);
    (*data)[*len] = '\0';
    if (rv != APR_SUCCESS) {
        status = judge_failure(rv, error);
    }
    if (*error != AS_OK) {
        drop_rest(r);
    }
    return status;
}

static as_error_t parse(as_body_t *body, media_t media, const char *data, apr_size_t len)
{
    apr_status_t rv = APR_SUCCESS;

    if (!len) {
        body->json = as_json_new_object(body->pool);
    } else if (media == MEDIA_JSON) {
        rv = as_json_parse_object(body->pool, data, len, &body->json);
    } else if (media == MEDIA_FORM) {
        rv = as_form_parse(body->pool, data, len, 0, &body->form);
    } else {
        return AS_E_UNSUPPORTED_MEDIA_TYPE;
    }
    return rv == APR_SUCCESS ? AS_OK : AS_E_BAD_REQUEST;
}

int as_body_read(request_rec *r, const as_body_t **body, as_error_t *error)
{
    as_body_t *b = apr_pcalloc(r->pool, sizeof(*b));
    media_t media = media_of(r);
    apr_size_t len = 0;
    char *data = NULL;
    int status = OK;

    b->pool = r->pool;
    *body = b;
    *error = judge_before_reading(r, media);
    if (*error == AS_OK) {
        status = read_whole(r, &data, &len, error);
    }
    if (status == OK && *error == AS_OK) {
        *error = parse(b, media, data, len);
    }
    return status;
}

int as_body_read_raw(request_rec *r, as_span_t *bytes, as_error_t *error)
{
    apr_size_t len = 0;
    char *data = NULL;
    int status = OK;

    *error = judge_before_reading(r, MEDIA_JSON);
    if (*error == AS_OK) {
        status = read_whole(r, &data, &len, error);
    }
    *bytes = (as_span_t){data, len};
    return status;
}

static as_error_t member(const as_body_t *body, const char *name, int number_too,
                         const char **value)
{
    json_object *json = body->json ? json_object_object_get(body->json, name) : NULL;
    enum json_type type = json_object_get_type(json);
    as_error_t error = AS_OK;

    *value = NULL;
    if (body->form) {
        *value = as_form_get(body->form, name);
    } else if (type == json_type_string || (number_too && type == json_type_int)) {
        *value = apr_pstrdup(body->pool, json_object_get_string(json));
    } else if (json) {
        error = AS_E_BAD_REQUEST;
    }
    if (*value && !**value) {
        *value = NULL;
    }
    return error;
}

as_error_t as_body_get_text(const as_body_t *body, const char *name, const char **value)
{
    return member(body, name, 0, value);
}

as_error_t as_body_get_digits(const as_body_t *body, const char *name, const char **value)
{
    return member(body, name, 1, value);
}

as_error_t as_body_get_phone(const as_body_t *body, const char *name, const char **value)
{
    as_error_t error = member(body, name, 1, value);

    /* An unencoded plus sign of a form arrives as a blank. */
    if (body->form && *value && **value == ' ' && as_ascii_starts_with_digit(*value + 1)) {
        *value = apr_pstrcat(body->pool, "+", *value + 1, NULL);
    }
    return error;
}
