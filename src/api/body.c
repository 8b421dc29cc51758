/* SPDX-License-Identifier: Apache-2.0 */
#include "api/body.h"

#include <apr_buckets.h>
#include <apr_strings.h>
#include <http_protocol.h>
#include <util_filter.h>

#include "text/ascii.h"
#include "text/form.h"
#include "text/json.h"

struct as_body_t {
    apr_pool_t *pool;
    json_object *json;        /* NULL: the body is a form */
    apr_array_header_t *form; /* NULL: the body is JSON */
};

typedef enum media_t { MEDIA_NONE, MEDIA_JSON, MEDIA_FORM, MEDIA_OTHER } media_t;

static char *trim(char *text)
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

/* No parameter counts but charset, which must be UTF-8. */
static int is_parameter_accepted(apr_pool_t *p, char *parameter)
{
    char *value = strchr(parameter, '=');

    if (!value) {
        return 0;
    }
    *value++ = '\0';
    if (ap_cstr_casecmp(trim(parameter), "charset") != 0) {
        return 1;
    }
    value = trim(value);
    if (*value == '"') {
        value = apr_pstrmemdup(p, value + 1, strcspn(value + 1, "\""));
    }
    return ap_cstr_casecmp(value, "utf-8") == 0 || ap_cstr_casecmp(value, "utf8") == 0;
}

static media_t find_media(const char *type)
{
    if (ap_cstr_casecmp(type, "application/json") == 0) {
        return MEDIA_JSON;
    }
    if (ap_cstr_casecmp(type, "application/x-www-form-urlencoded") == 0) {
        return MEDIA_FORM;
    }
    return MEDIA_OTHER;
}

static media_t read_media(request_rec *r)
{
    const char *field = apr_table_get(r->headers_in, "Content-Type");
    const char *encoding = apr_table_get(r->headers_in, "Content-Encoding");
    char *state, *type, *parameter;

    if (encoding && ap_cstr_casecmp(encoding, "identity") != 0) {
        return MEDIA_OTHER;
    }
    type = field ? apr_strtok(apr_pstrdup(r->pool, field), ";", &state) : NULL;
    if (!type) {
        return MEDIA_NONE;
    }
    while ((parameter = apr_strtok(NULL, ";", &state))) {
        parameter = trim(parameter);
        if (*parameter && !is_parameter_accepted(r->pool, parameter)) {
            return MEDIA_OTHER;
        }
    }
    return find_media(trim(type));
}

/* Close the connection after the response: the rest of a rejected body could be endless. */
static void close_after_response(request_rec *r)
{
    r->connection->keepalive = AP_CONN_CLOSE;
}

static as_error_t check_headers(request_rec *r, media_t media)
{
    const char *field = apr_table_get(r->headers_in, "Content-Length");
    char *end;
    apr_off_t length = 0;

    if (field && (apr_strtoff(&length, field, &end, 10) != APR_SUCCESS || *end || length < 0)) {
        close_after_response(r);
        return AS_E_BAD_REQUEST;
    }
    if (length > AS_BODY_MAX) {
        close_after_response(r);
    }
    if (length > 0 && (media == MEDIA_NONE || media == MEDIA_OTHER)) {
        return AS_E_UNSUPPORTED_MEDIA_TYPE;
    }
    return length > AS_BODY_MAX ? AS_E_TOO_LARGE : AS_OK;
}

/* Append the data of a brigade; *done at the end of the body. */
static apr_status_t append_data(apr_bucket_brigade *bb, char *data, apr_size_t *len, int *done,
                                as_error_t *error)
{
    for (apr_bucket *b = APR_BRIGADE_FIRST(bb); b != APR_BRIGADE_SENTINEL(bb);
         b = APR_BUCKET_NEXT(b)) {
        const char *bytes;
        apr_size_t count;
        apr_status_t rv;

        if (APR_BUCKET_IS_EOS(b)) {
            *done = 1;
            return APR_SUCCESS;
        }
        if (APR_BUCKET_IS_METADATA(b)) {
            continue;
        }
        rv = apr_bucket_read(b, &bytes, &count, APR_BLOCK_READ);
        if (rv != APR_SUCCESS) {
            return rv;
        }
        if (count > AS_BODY_MAX - *len) {
            *error = AS_E_TOO_LARGE;
            return APR_SUCCESS;
        }
        memcpy(data + *len, bytes, count);
        *len += count;
    }
    return APR_SUCCESS;
}

/* The error code that has exactly this status; else AS_OK. */
static as_error_t error_of(int status)
{
    as_error_t error = ap_is_HTTP_ERROR(status) ? as_error_from_status(status) : AS_OK;

    return as_error_status(error) == status ? error : AS_OK;
}

/*
 * httpd's input filter responds to a malformed or oversized body by itself: it sends an error
 * bucket that becomes a page or an ErrorDocument. This filter drops that bucket, so that the API
 * can send its own response.
 */
apr_status_t as_body_drop_error_page(ap_filter_t *f, apr_bucket_brigade *bb)
{
    const apr_bucket *first = APR_BRIGADE_EMPTY(bb) ? NULL : APR_BRIGADE_FIRST(bb);
    as_error_t *error = f->ctx;

    if (first && AP_BUCKET_IS_ERROR(first)) {
        *error = error_of(((const ap_bucket_error *)first->data)->status);
    }
    if (*error == AS_OK) {
        return ap_pass_brigade(f->next, bb);
    }
    /* ap_pass_brigade has noted the end of the dropped page. */
    f->r->eos_sent = 0;
    apr_brigade_cleanup(bb);
    return AP_FILTER_ERROR;
}

/* Returns OK with *error, or the status that httpd responds with. */
static int map_read_failure(apr_status_t rv, as_error_t *error)
{
    int status = ap_map_http_request_error(rv, HTTP_BAD_REQUEST);

    if (*error == AS_OK) {
        *error = error_of(status);
    }
    return *error == AS_OK ? status : OK;
}

static apr_status_t read_data(request_rec *r, char *data, apr_size_t *len, as_error_t *error)
{
    apr_bucket_brigade *bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    int done = 0;

    while (!done && *error == AS_OK) {
        apr_status_t rv = ap_get_brigade(r->input_filters, bb, AP_MODE_READBYTES, APR_BLOCK_READ,
                                         HUGE_STRING_LEN);

        if (rv == APR_SUCCESS && *error == AS_OK) {
            rv = append_data(bb, data, len, &done, error);
        }
        apr_brigade_cleanup(bb);
        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    return APR_SUCCESS;
}

static int read_whole(request_rec *r, char **data, apr_size_t *len, as_error_t *error)
{
    ap_filter_t *filter = ap_add_output_filter(AS_BODY_FILTER, error, r, r->connection);
    apr_status_t rv;
    int status = OK;

    *data = apr_palloc(r->pool, AS_BODY_MAX + 1);
    *len = 0;
    rv = read_data(r, *data, len, error);
    ap_remove_output_filter(filter);
    (*data)[*len] = '\0';
    if (rv != APR_SUCCESS) {
        status = map_read_failure(rv, error);
    }
    if (*error != AS_OK) {
        close_after_response(r);
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
    media_t media = read_media(r);
    apr_size_t len;
    char *data;
    int status;

    b->pool = r->pool;
    *body = b;
    *error = check_headers(r, media);
    if (*error != AS_OK) {
        return OK;
    }
    status = read_whole(r, &data, &len, error);
    if (status != OK || *error != AS_OK) {
        return status;
    }
    *error = parse(b, media, data, len);
    return OK;
}

int as_body_read_raw(request_rec *r, as_span_t *bytes, as_error_t *error)
{
    apr_size_t len;
    char *data;
    int status;

    *bytes = (as_span_t){NULL, 0};
    *error = check_headers(r, MEDIA_JSON);
    if (*error != AS_OK) {
        return OK;
    }
    status = read_whole(r, &data, &len, error);
    *bytes = (as_span_t){data, len};
    return status;
}

/* JSON integers are accepted where is_number_accepted. */
static as_error_t get_member(const as_body_t *body, const char *name, int is_number_accepted,
                             const char **value)
{
    json_object *json = body->json ? json_object_object_get(body->json, name) : NULL;
    enum json_type type = json_object_get_type(json);

    *value = NULL;
    if (body->form) {
        *value = as_form_get(body->form, name);
    } else if (type == json_type_string || (is_number_accepted && type == json_type_int)) {
        *value = apr_pstrdup(body->pool, json_object_get_string(json));
    } else if (json) {
        return AS_E_BAD_REQUEST;
    }
    if (*value && !**value) {
        *value = NULL;
    }
    return AS_OK;
}

as_error_t as_body_get_text(const as_body_t *body, const char *name, const char **value)
{
    return get_member(body, name, 0, value);
}

as_error_t as_body_get_digits(const as_body_t *body, const char *name, const char **value)
{
    return get_member(body, name, 1, value);
}

as_error_t as_body_get_phone(const as_body_t *body, const char *name, const char **value)
{
    as_error_t error = get_member(body, name, 1, value);

    /* Form decoding turns an unencoded plus sign into a blank. */
    if (body->form && *value && **value == ' ' && as_ascii_starts_with_digit(*value + 1)) {
        *value = apr_pstrcat(body->pool, "+", *value + 1, NULL);
    }
    return error;
}
