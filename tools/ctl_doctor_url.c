/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: AuthSMSPublicURL, as clients see it. */
#include "ctl_doctor.h"

#include <apr_cstr.h>
#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "text/json.h"

#define TIMEOUT apr_time_from_sec(10)

static int is_none(const ctl_directive_t *d, const char *none)
{
    return !d || apr_cstr_casecmp(ctl_directive_word(d, 0), none) == 0;
}

/* GET / of an API has this name. */
static int is_api(const ctl_doctor_t *d, const as_http_client_response_t *response)
{
    json_object *object = NULL;
    const char *name;

    if (response->truncated || as_json_parse_object(d->pool, response->body.data,
                                                    response->body.len, &object) != APR_SUCCESS) {
        return 0;
    }
    name = as_json_get_string(object, "name");
    return name && strcmp(name, "authsms") == 0;
}

static const char *advise_connection(const char *error)
{
    if (strstr(error, "certificate") || strstr(error, "SSL") || strstr(error, "TLS")) {
        return "install a certificate that browsers accept, with its intermediate certificates";
    }
    return strstr(error, "resolve") ? "make a DNS record for the host, or correct the URL"
                                    : "start httpd; if only other hosts can reach the URL, try it "
                                      "from one of them";
}

static void report_response(ctl_doctor_t *d, const char *what,
                            const as_http_client_response_t *response)
{
    if (response->outcome != AS_HTTP_CLIENT_ANSWERED) {
        const char *error = response->error ? response->error : "no response";

        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, advise_connection(error),
                          "%s cannot be reached: %s", what, error);
    } else if (response->status != 200 || !is_api(d, response)) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          "set it to the address of the Location with AuthSMSApi On, as clients "
                          "use it; a proxy in front has to pass requests below it to this server",
                          "%s is not this API: HTTP %d", what, response->status);
    } else {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL, "%s answers as this API", what);
    }
}

static void get(ctl_doctor_t *d, const char *what, const char *url)
{
    as_http_client_request_t request = {
        .method = "GET",
        .url = apr_pstrcat(d->pool, url, url[strlen(url) - 1] == '/' ? "" : "/", NULL),
        .deadline = as_clock_monotonic() + TIMEOUT,
    };
    as_http_client_response_t response;

    if (as_http_client_send(d->http, d->pool, &request, &response) != APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM, "write AuthSMSPublicURL https://HOST/PATH",
                          "%s is no URL that can be requested", what);
        return;
    }
    report_response(d, what, &response);
}

/* Report a URL without https. Returns 1 if it can be requested nevertheless. */
static int check_scheme(ctl_doctor_t *d, const char *what, const char *url, int has_cookie)
{
    int is_local = as_http_client_allows_url(url);

    if (strncmp(url, "https://", strlen("https://")) == 0) {
        return 1;
    }
    ctl_doctor_report(d, is_local && !has_cookie ? CTL_DOCTOR_WARNING : CTL_DOCTOR_PROBLEM,
                      "serve the API by https, and write AuthSMSPublicURL https://HOST/PATH",
                      "%s is not https%s", what,
                      has_cookie ? ": browsers send the cookie of AuthSMSCookie over https only"
                      : is_local ? ": only clients on this machine can use it"
                                 : ": everybody on the way can read passwords and tokens");
    return is_local;
}

/* The URL for messages. A user, query or fragment may have a secret. */
static const char *describe(apr_pool_t *p, const ctl_directive_t *line)
{
    const char *url = ctl_directive_word(line, 0);

    return apr_psprintf(p, "AuthSMSPublicURL %s (%s)",
                        strpbrk(url, "@?#") ? "(with a user, query or fragment)" : url,
                        ctl_doctor_place(p, line));
}

static void check_url(ctl_doctor_t *d, const ctl_directive_t *line, int host)
{
    const char *url = ctl_directive_word(line, 0);
    const char *what = describe(d->pool, line);
    int has_cookie = !is_none(ctl_conf_find(d->conf, host, "AuthSMSCookie"), "Off");

    if (strstr(url, "${")) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          "set it in this shell as httpd has it, and run doctor again",
                          "%s: a variable of its value is not set here", what);
        return;
    }
    if (check_scheme(d, what, url, has_cookie)) {
        get(d, what, url);
    }
}

void ctl_doctor_check_urls(ctl_doctor_t *d)
{
    int checked = 0;

    d->group = "public URL";
    for (int host = 0; host < d->conf->hosts; host++) {
        const ctl_directive_t *line = ctl_conf_find(d->conf, host, "AuthSMSPublicURL");

        if (!is_none(line, "none") && line->host == host) {
            check_url(d, line, host);
            checked++;
        }
    }
    if (!checked) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          "set AuthSMSPublicURL https://HOST/PATH to have them checked; delivery "
                          "receipts need it too",
                          "https and the path to the API: there is no AuthSMSPublicURL");
    }
}
