/* SPDX-License-Identifier: Apache-2.0 */
#include "base/http_client.h"

#include <apr_cstr.h>
#include <apr_date.h>
#include <apr_lib.h>
#include <apr_strings.h>
#include <apr_thread_mutex.h>

#include <arpa/inet.h>
#include <curl/curl.h>
#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/semaphore.h"

enum {
    BODY_INITIAL_SIZE = 4096, /* bytes: enough for most responses */
    HEADER_BYTES_MAX = 65536, /* of all header lines, including interim responses */
    IDLE_SECONDS = 30, /* servers close older idle connections, possibly while they are reused */
    DAY_SECONDS = 86400,
    FINAL_STATUS_MIN = 200, /* lower ones are interim responses */
};

static const apr_interval_time_t SEMAPHORE_TIMEOUT = 100000; /* µs */

struct as_http_client_t {
    as_semaphore_t *semaphore;
    apr_thread_mutex_t *lock;
    CURL **idle; /* the last one was used last: its connection is the most likely to be open */
    int idle_count;
    apr_interval_time_t connect_timeout;
    pid_t owner;
};

/* One active call. */
typedef struct transfer_t {
    CURL *curl;
    CURLU *url;
    struct curl_slist *headers;
    apr_pool_t *pool;
    int is_cleartext; /* http, not https */
    apr_size_t header_bytes;
    char *body;
    apr_size_t len, size;
    char error[CURL_ERROR_SIZE];
} transfer_t;

apr_status_t as_http_client_global_init(void)
{
    return curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? APR_SUCCESS : APR_ENOMEM;
}

/* Not by the version: a libcurl that was configured with --disable-aws rejects the option. */
int as_http_client_has_sigv4(void)
{
    CURL *curl = curl_easy_init();
    int has =
        curl && curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, "aws:amz:region:service") == CURLE_OK;

    curl_easy_cleanup(curl);
    return has;
}

const char *as_http_client_libcurl_version(void)
{
    return curl_version_info(CURLVERSION_NOW)->version;
}

static apr_status_t close_handles(void *data)
{
    as_http_client_t *client = data;

    /* A process forked later must not close the connections of its parent. */
    while (client->owner == getpid() && client->idle_count) {
        curl_easy_cleanup(client->idle[--client->idle_count]);
    }
    return APR_SUCCESS;
}

apr_status_t as_http_client_create(apr_pool_t *p, const as_http_client_options_t *options,
                                   as_http_client_t **client)
{
    as_http_client_t *c = apr_pcalloc(p, sizeof(*c));
    apr_status_t rv = as_semaphore_create(p, options->parallel, &c->semaphore);

    if (rv == APR_SUCCESS) {
        rv = apr_thread_mutex_create(&c->lock, APR_THREAD_MUTEX_DEFAULT, p);
    }
    c->idle = apr_pcalloc(p, (apr_size_t)options->parallel * sizeof(c->idle[0]));
    c->connect_timeout = options->connect_timeout;
    c->owner = getpid();
    apr_pool_cleanup_register(p, c, close_handles, apr_pool_cleanup_null);
    *client = c;
    return rv;
}

static CURL *acquire_handle(as_http_client_t *client)
{
    CURL *curl = NULL;

    apr_thread_mutex_lock(client->lock);
    if (client->idle_count) {
        curl = client->idle[--client->idle_count];
    }
    apr_thread_mutex_unlock(client->lock);
    return curl ? curl : curl_easy_init();
}

static void release_handle(as_http_client_t *client, CURL *curl)
{
    /* Keeps connections; drops credentials and pointers into the caller's pool. */
    curl_easy_reset(curl);
    apr_thread_mutex_lock(client->lock);
    client->idle[client->idle_count++] = curl;
    apr_thread_mutex_unlock(client->lock);
}

static int is_loopback_name(const char *host)
{
    struct in_addr v4;

    return apr_cstr_casecmp(host, "localhost") == 0 || strcmp(host, "[::1]") == 0 ||
           (inet_pton(AF_INET, host, &v4) == 1 && ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET);
}

static int is_loopback_address(const struct curl_sockaddr *address)
{
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;

    if (address->family == AF_INET) {
        memcpy(&v4, &address->addr, sizeof(v4));
        return ntohl(v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    }
    if (address->family == AF_INET6) {
        /* The address is longer than the struct sockaddr that curl declares. */
        memcpy(&v6, (const char *)address + offsetof(struct curl_sockaddr, addr), sizeof(v6));
        return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    }
    return 0;
}

static int has_blank_or_control(const char *text)
{
    while (*text && !apr_iscntrl(*text) && *text != ' ') {
        text++;
    }
    return *text != '\0';
}

static int url_part_matches(CURLU *url, CURLUPart part, int (*predicate)(const char *text))
{
    char *text = NULL;
    int yes = curl_url_get(url, part, &text, 0) == CURLUE_OK && predicate(text);

    curl_free(text);
    return yes;
}

static int is_http(const char *scheme)
{
    return strcmp(scheme, "http") == 0;
}

static int is_https(const char *scheme)
{
    return strcmp(scheme, "https") == 0;
}

/* NULL: not allowed. curl gets the parsed URL, so no second parser can understand it differently.
 */
static CURLU *parse_url(const char *text, int *is_cleartext)
{
    CURLU *url = has_blank_or_control(text) ? NULL : curl_url();
    int allowed = url && curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER) == CURLUE_OK;

    *is_cleartext = allowed && url_part_matches(url, CURLUPART_SCHEME, is_http);
    if (allowed) {
        allowed = *is_cleartext ? url_part_matches(url, CURLUPART_HOST, is_loopback_name)
                                : url_part_matches(url, CURLUPART_SCHEME, is_https);
    }
    if (!allowed) {
        curl_url_cleanup(url);
        url = NULL;
    }
    return url;
}

int as_http_client_allows_url(const char *url)
{
    int is_cleartext;
    CURLU *parsed = parse_url(url, &is_cleartext);

    curl_url_cleanup(parsed);
    return parsed != NULL;
}

/* Was any byte of the request written to a connection? libcurl's counters include its retries. */
static int was_sent(CURL *curl)
{
    long header_bytes = 0;
    curl_off_t body = 0;

    curl_easy_getinfo(curl, CURLINFO_REQUEST_SIZE, &header_bytes);
    curl_easy_getinfo(curl, CURLINFO_SIZE_UPLOAD_T, &body);
    return header_bytes > 0 || body > 0;
}

/* Once bytes were sent, libcurl opens a connection only to repeat the request: refuse that. */
static curl_socket_t open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    const transfer_t *t = data;

    (void)purpose;
    if (was_sent(t->curl) || (t->is_cleartext && !is_loopback_address(address))) {
        return CURL_SOCKET_BAD;
    }
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static size_t count_header_bytes(char *data, size_t size, size_t count, void *baton)
{
    transfer_t *t = baton;

    (void)data;
    t->header_bytes += size * count;
    return t->header_bytes <= HEADER_BYTES_MAX ? size * count : 0;
}

static size_t append_body(char *data, size_t size, size_t count, void *baton)
{
    transfer_t *t = baton;
    size_t len = size * count;

    if (len > AS_HTTP_CLIENT_BODY_MAX - t->len) {
        return 0;
    }
    if (t->len + len > t->size) {
        char *old = t->body;

        while (t->len + len > t->size) {
            t->size = t->size ? 2 * t->size : BODY_INITIAL_SIZE;
        }
        t->body = apr_palloc(t->pool, t->size + 1);
        if (t->len) {
            memcpy(t->body, old, t->len);
        }
    }
    memcpy(t->body + t->len, data, len);
    t->len += len;
    return len;
}

static int is_one_line(const char *text)
{
    return !text || !strpbrk(text, "\r\n");
}

static int add_header(transfer_t *t, const char *header)
{
    struct curl_slist *longer = curl_slist_append(t->headers, header);

    if (longer) {
        t->headers = longer;
    }
    return longer != NULL;
}

static int is_method(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0;
}

static apr_status_t prepare_transfer(transfer_t *t, const as_http_client_request_t *request)
{
    int ok = 1;

    if (!is_method(request->method) || !is_one_line(request->user) ||
        !is_one_line(request->password) || !is_one_line(request->content_type)) {
        return APR_EINVAL;
    }
    for (int i = 0; request->headers && i < request->headers->nelts; i++) {
        const char *header = APR_ARRAY_IDX(request->headers, i, const char *);

        if (!is_one_line(header)) {
            return APR_EINVAL;
        }
        ok = ok && add_header(t, header);
    }
    if (request->content_type) {
        ok = ok &&
             add_header(t, apr_pstrcat(t->pool, "Content-Type: ", request->content_type, NULL));
    }
    /* Without this, libcurl may send "Expect: 100-continue" and wait. libcurl 7.88 signs this field
     * by sigv4 without sending it. Bodies that are signed are too small for Expect. */
    ok = ok && (request->sigv4 || add_header(t, "Expect:"));
    t->url = parse_url(request->url, &t->is_cleartext);
    if (!t->url) {
        return APR_EINVAL;
    }
    return ok ? APR_SUCCESS : APR_ENOMEM;
}

static int set_credentials(CURL *curl, const as_http_client_request_t *request)
{
    if (!request->user) {
        return 1;
    }
    return (request->sigv4
                ? curl_easy_setopt(curl, CURLOPT_AWS_SIGV4, request->sigv4)
                : curl_easy_setopt(curl, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_USERNAME, request->user) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PASSWORD, request->password ? request->password : "") ==
               CURLE_OK;
}

static int set_request(transfer_t *t, const as_http_client_request_t *request)
{
    CURL *curl = t->curl;
    int ok = curl_easy_setopt(curl, CURLOPT_CURLU, t->url) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_HTTPHEADER, t->headers) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_USERAGENT, "mod_authsms") == CURLE_OK;

    if (strcmp(request->method, "GET") != 0) {
        ok = ok && curl_easy_setopt(curl, CURLOPT_POST, 1L) == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len) ==
                 CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_POSTFIELDS,
                              request->body.data ? request->body.data : "") == CURLE_OK &&
             curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request->method) == CURLE_OK;
    }
    return ok && set_credentials(curl, request);
}

static int set_safety(const transfer_t *t)
{
    CURL *curl = t->curl;

#if LIBCURL_VERSION_NUM >= 0x075700
    /* Without this, curl waits for a slow DNS lookup beyond the deadline. */
    curl_easy_setopt(curl, CURLOPT_QUICK_EXIT, 1L);
#endif
    return curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, t->is_cleartext ? "http" : "https") ==
               CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_MAXAGE_CONN, (long)IDLE_SECONDS) == CURLE_OK;
}

static int set_callbacks(transfer_t *t)
{
    CURL *curl = t->curl;

    return curl_easy_setopt(curl, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, count_header_bytes) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_HEADERDATA, t) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, append_body) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, t->error) == CURLE_OK;
}

/* At least 1: for curl, 0 means no limit. */
static long to_milliseconds(apr_interval_time_t duration)
{
    return duration > 1000 ? (long)apr_time_as_msec(duration) : 1L;
}

static int set_times(const as_http_client_t *client, CURL *curl,
                     const as_http_client_request_t *request)
{
    apr_time_t now = as_clock_monotonic();
    apr_interval_time_t total = request->deadline - now;
    apr_interval_time_t connect = client->connect_timeout;

    if (request->connect_by && request->connect_by - now < connect) {
        connect = request->connect_by - now;
    }
    return curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, to_milliseconds(total)) == CURLE_OK &&
           curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS, to_milliseconds(connect)) == CURLE_OK;
}

/* Errors that can occur before the request is sent. After any other, it may have been sent. */
static int fails_before_sending(CURLcode code)
{
    switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_OPERATION_TIMEDOUT:
        return 1;
    default:
        return 0;
    }
}

static const char *describe_error(const transfer_t *t, CURLcode code)
{
    /* The path of the URL can contain a code. */
    int usable = t->error[0] && !strstr(t->error, "://");

    if (code == CURLE_COULDNT_CONNECT && was_sent(t->curl)) {
        return "a reused connection ended without a response"; /* refused in open_socket */
    }
    return apr_pstrdup(t->pool, usable ? t->error : curl_easy_strerror(code));
}

/* Seconds or a date (RFC 9110 §10.2.3), at most a day. The limit of CURLINFO_RETRY_AFTER differs
 * between releases of curl. */
static apr_interval_time_t retry_after(CURL *curl)
{
    struct curl_header *header;
    apr_interval_time_t wait;

    if (curl_easy_header(curl, "Retry-After", 0, CURLH_HEADER, -1, &header) != CURLHE_OK) {
        return 0;
    }
    if (apr_isdigit(*header->value)) {
        apr_int64_t seconds = apr_atoi64(header->value);

        return apr_time_from_sec(seconds < DAY_SECONDS ? seconds : DAY_SECONDS);
    }
    wait = apr_date_parse_http(header->value) - as_clock_now();
    if (wait > apr_time_from_sec(DAY_SECONDS)) {
        wait = apr_time_from_sec(DAY_SECONDS);
    }
    return wait > 0 ? wait : 0;
}

static apr_time_t date_of(CURL *curl)
{
    struct curl_header *header;

    return curl_easy_header(curl, "Date", 0, CURLH_HEADER, -1, &header) == CURLHE_OK
               ? apr_date_parse_http(header->value)
               : 0;
}

static void fill_response(const transfer_t *t, CURLcode code, as_http_client_response_t *response)
{
    long status = 0;

    curl_easy_getinfo(t->curl, CURLINFO_RESPONSE_CODE, &status);
    if (status >= FINAL_STATUS_MIN) {
        response->outcome = AS_HTTP_CLIENT_ANSWERED;
        response->status = (int)status;
        response->truncated = code != CURLE_OK;
        response->retry_after = retry_after(t->curl);
        response->date = date_of(t->curl);
    } else {
        response->outcome = fails_before_sending(code) && !was_sent(t->curl)
                                ? AS_HTTP_CLIENT_NOT_SENT
                                : AS_HTTP_CLIENT_MAYBE_SENT;
    }
    if (code != CURLE_OK) {
        response->error = describe_error(t, code);
    }
    if (t->len) {
        t->body[t->len] = '\0';
        response->body = (as_span_t){t->body, t->len};
    }
}

/* The caller has a permit of the semaphore. */
static apr_status_t perform_transfer(as_http_client_t *client, transfer_t *t,
                                     const as_http_client_request_t *request,
                                     as_http_client_response_t *response)
{
    apr_status_t rv = APR_ENOMEM;

    t->curl = acquire_handle(client);
    if (!t->curl) {
        return rv;
    }
    if (set_request(t, request) && set_safety(t) && set_callbacks(t) &&
        set_times(client, t->curl, request)) {
        fill_response(t, curl_easy_perform(t->curl), response);
        rv = APR_SUCCESS;
    }
    release_handle(client, t->curl);
    return rv;
}

apr_status_t as_http_client_send(as_http_client_t *client, apr_pool_t *p,
                                 const as_http_client_request_t *request,
                                 as_http_client_response_t *response)
{
    transfer_t t = {.pool = p};
    apr_interval_time_t rest = request->deadline - as_clock_monotonic();
    apr_status_t rv = prepare_transfer(&t, request);

    *response = (as_http_client_response_t){.outcome = AS_HTTP_CLIENT_NOT_SENT, .body = {"", 0}};
    if (rv != APR_SUCCESS) {
        goto leave;
    }
    if (rest <= 0) {
        response->error = "the deadline has passed";
        goto leave;
    }
    if (as_semaphore_acquire(client->semaphore,
                             rest < SEMAPHORE_TIMEOUT ? rest : SEMAPHORE_TIMEOUT) != APR_SUCCESS) {
        rv = APR_EAGAIN;
        goto leave;
    }
    rv = perform_transfer(client, &t, request, response);
    as_semaphore_release(client->semaphore);

leave:
    curl_slist_free_all(t.headers);
    curl_url_cleanup(t.url);
    return rv;
}
