/* SPDX-License-Identifier: Apache-2.0 */
#include "config/text_template.h"

#include <apr_strings.h>
#include <http_log.h>

#include <string.h>

#include "base/log.h"
#include "config/directives.h"
#include "config/startup_log.h"
#include "sms/segments.h"

APLOG_USE_MODULE(authsms);

static const struct {
    const char *name;
    as_template_content_t content;
    const char *text;
} kinds[AS_TEXT_COUNT] = {
#define AS_TEXT_ROW(name, word, content, text) {word, content, text},
    AS_TEXTS(AS_TEXT_ROW)
#undef AS_TEXT_ROW
};

/* For the length of an alert: the longest event of this module. */
static const char EVENT[] = "a second factor was removed from your account";

as_template_content_t as_text_template_content(as_text_kind_t kind)
{
    return kinds[kind].content;
}

int as_text_template_is_optional(as_text_kind_t kind)
{
    return kind == AS_TEXT_WELCOME;
}

int as_text_template_is_sent(const as_srv_t *sc, as_text_kind_t kind)
{
    return sc->texts[kind] != as_config_none;
}

const char *as_text_template_name(as_text_kind_t kind)
{
    return kinds[kind].name;
}

as_text_kind_t as_text_template_find(const char *name)
{
    as_text_kind_t kind = AS_TEXT_CODE;

    while (kind < AS_TEXT_COUNT && strcmp(kinds[kind].name, name) != 0) {
        kind++;
    }
    return kind;
}

static int code_ttl_minutes(const as_srv_t *sc)
{
    return (int)((as_srv_code_ttl(sc) + apr_time_from_sec(59)) / apr_time_from_sec(60));
}

const char *as_text_template_render(apr_pool_t *p, const server_rec *s, as_text_kind_t kind,
                                    const char *value)
{
    const as_srv_t *sc = as_srv(s);
    const char *app = as_srv_app_name(sc);
    const char *host = as_srv_webotp(sc);
    const char *text = sc->texts[kind] ? sc->texts[kind] : kinds[kind].text;
    const char *code = kinds[kind].content == AS_TEMPLATE_CODE ? value : NULL;
    /* Not ap_get_server_name: with UseCanonicalName Off it returns the client's Host header. */
    as_template_values_t values = {
        .app = app ? app : s->server_hostname,
        .code = code,
        .event = value,
        .minutes = code_ttl_minutes(sc),
    };

    text = as_template_render(p, text, &values);
    return host && code ? apr_pstrcat(p, text, "\n\n@", host, " #", code, NULL) : text;
}

static void log_length(apr_pool_t *p, server_rec *s, as_text_kind_t kind)
{
    static const char digits[] = "0000000000";
    const as_srv_t *sc = as_srv(s);
    const char *value = kinds[kind].content == AS_TEMPLATE_CODE
                            ? apr_pstrmemdup(p, digits, (apr_size_t)as_srv_code_length(sc))
                            : EVENT;
    as_segments_t segments = as_segments_count(as_text_template_render(p, s, kind, value));

    if (sc->texts[kind] || segments.count > 1) {
        as_startup_log_once(
            s, APLOG_NOTICE,
            apr_psprintf(p, AS_TAG(0155) "AuthSMSTemplate %s: %d message%s of %s, %d %s in all",
                         kinds[kind].name, segments.count, segments.count == 1 ? "" : "s",
                         segments.gsm7 ? "GSM-7" : "UCS-2", segments.units,
                         segments.gsm7 ? "septets" : "units"));
    }
}

void as_text_template_log_lengths(apr_pool_t *p, server_rec *s)
{
    for (as_text_kind_t kind = AS_TEXT_CODE; kind < AS_TEXT_COUNT; kind++) {
        if (as_text_template_is_sent(as_srv(s), kind)) {
            log_length(p, s, kind);
        }
    }
}
