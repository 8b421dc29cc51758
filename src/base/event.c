/* SPDX-License-Identifier: Apache-2.0 */
#include "base/event.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/utf8.h"

/* Bytes of one text with its escapes: all members together stay below AS_EVENT_LINE_MAX. */
enum { TEXT_MAX = 240, ESCAPED_MAX = 12 };

static const char *const names[] = {NULL,
#define AS_EVENT_NAME(name, text) text,
                                    AS_EVENTS(AS_EVENT_NAME)
#undef AS_EVENT_NAME
};

apr_status_t as_event_add_sink(as_event_sinks_t *sinks, as_event_sink_fn *receive, void *ctx)
{
    if (sinks->count == AS_EVENT_SINKS_MAX) {
        return APR_ENOSPC;
    }
    sinks->list[sinks->count].receive = receive;
    sinks->list[sinks->count].ctx = ctx;
    sinks->count++;
    return APR_SUCCESS;
}

void as_event_raise(const as_event_sinks_t *sinks, apr_pool_t *p, const as_event_t *event)
{
    for (int i = 0; event->kind != AS_EVENT_NONE && i < sinks->count; i++) {
        sinks->list[i].receive(sinks->list[i].ctx, p, event);
    }
}

const char *as_event_name(as_event_kind_t kind)
{
    return names[kind];
}

/* The bytes of the UTF-8 character at `text`; 0: invalid. */
static apr_size_t character_length(const char *text)
{
    for (apr_size_t len = 1; len <= 4 && text[len - 1]; len++) {
        if (as_utf8_is_valid(text, len)) {
            return len;
        }
    }
    return 0;
}

/* The code point of a valid character of `len` bytes. */
static unsigned code_point_of(const char *text, apr_size_t len)
{
    static const unsigned char masks[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned point = (unsigned char)text[0] & masks[len];

    for (apr_size_t i = 1; i < len; i++) {
        point = point << 6 | ((unsigned char)text[i] & 0x3f);
    }
    return point;
}

/* Append the character to `out`, which ends at `end`. NULL: it does not fit. */
static char *escape_point(char *out, const char *end, unsigned point)
{
    char escaped[ESCAPED_MAX + 1];
    apr_size_t len;

    if (point > 0xffff) {
        point -= 0x10000;
        apr_snprintf(escaped, sizeof(escaped), "\\u%04x\\u%04x", 0xd800 + (point >> 10),
                     0xdc00 + (point & 0x3ff));
    } else if (point < 0x20 || point > 0x7e) {
        apr_snprintf(escaped, sizeof(escaped), "\\u%04x", point);
    } else {
        apr_snprintf(escaped, sizeof(escaped), point == '"' || point == '\\' ? "\\%c" : "%c",
                     (int)point);
    }
    len = strlen(escaped);
    if (len > (apr_size_t)(end - out)) {
        return NULL;
    }
    memcpy(out, escaped, len);
    return out + len;
}

static const char *escape(apr_pool_t *p, const char *text)
{
    char buffer[TEXT_MAX + 1];
    char *end = buffer;

    for (char *next = buffer; *text && next;) {
        apr_size_t len = character_length(text);

        end = next;
        next = escape_point(end, buffer + TEXT_MAX, len ? code_point_of(text, len) : 0xfffd);
        end = next ? next : end;
        text += len ? len : 1;
    }
    *end = '\0';
    return apr_pstrdup(p, buffer);
}

/* ,"NAME":"VALUE"; an absent value: nothing. */
static const char *format_member(apr_pool_t *p, const char *name, const char *value)
{
    return value ? apr_pstrcat(p, ",\"", name, "\":\"", escape(p, value), "\"", NULL) : "";
}

static const char *format_detail(apr_pool_t *p, const as_event_t *event)
{
    as_event_t shown = *event;
    const char *members = "";

    if (shown.number) {
        shown.number = as_log_mask_number(p, shown.number);
    }
#define AS_EVENT_FORMAT(name)                                                                      \
    members = apr_pstrcat(p, members, format_member(p, #name, shown.name), NULL);
    AS_EVENT_DETAILS(AS_EVENT_FORMAT)
#undef AS_EVENT_FORMAT
    /* Without the first comma. */
    return *members ? apr_pstrcat(p, ",\"detail\":{", members + 1, "}", NULL) : "";
}

const char *as_event_format(apr_pool_t *p, const as_event_t *event, apr_time_t now)
{
    return apr_pstrcat(
        p, "{\"time\":\"", as_clock_format_rfc3339(p, now), "\",\"event\":\"",
        as_event_name(event->kind), "\",\"outcome\":\"", event->code ? "failure" : "success", "\"",
        format_member(p, "code", event->code), format_member(p, "account", event->account),
        format_member(p, "address", event->address), format_member(p, "request", event->request),
        format_member(p, "host", event->host), format_detail(p, event), "}\n", NULL);
}
