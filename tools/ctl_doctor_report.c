/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_doctor.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ctl_output.h"
#include "text/json.h"

static const char *const names[CTL_DOCTOR_RESULTS] = {"ok", "warning", "problem", "not checked"};

static void print_json(const ctl_doctor_t *d, const char *result, const char *message,
                       const char *advice)
{
    json_object *object = as_json_new_object(d->pool);

    ctl_add_text(object, "result", result);
    ctl_add_text(object, "group", d->group);
    ctl_add_text(object, "message", message);
    ctl_add_text(object, "advice", advice);
    ctl_print_json(object);
}

static int was_said(ctl_doctor_t *d, ctl_doctor_result_t result, const char *message)
{
    const char *key = apr_pstrcat(d->pool, names[result], d->group, ": ", message, NULL);
    int was = d->said && apr_hash_get(d->said, key, APR_HASH_KEY_STRING);

    if (!d->said) {
        d->said = apr_hash_make(d->pool);
    }
    apr_hash_set(d->said, key, APR_HASH_KEY_STRING, key);
    return was;
}

void ctl_doctor_report(ctl_doctor_t *d, ctl_doctor_result_t result, const char *advice,
                       const char *format, ...)
{
    const char *message;
    va_list args;

    va_start(args, format);
    message = apr_pvsprintf(d->pool, format, args);
    va_end(args);
    if (was_said(d, result, message)) {
        return;
    }
    d->counts[result]++;
    if (d->ctl->json) {
        print_json(d, names[result], message, advice);
        return;
    }
    printf("%-11s  %s: %s\n", names[result], d->group, ctl_escape(d->pool, message));
    if (advice) {
        printf("%-11s  %s\n", "", ctl_escape(d->pool, advice));
    }
    fflush(stdout);
}

const char *ctl_doctor_place(apr_pool_t *p, const ctl_directive_t *directive)
{
    return apr_psprintf(p, "%s:%d", directive->file, directive->line);
}

const char *ctl_doctor_quote(apr_pool_t *p, const char *word)
{
    const char *at = word;
    const char *out = "'";

    while (*at && (apr_isalnum(*at) || strchr("/._-+:@", *at))) {
        at++;
    }
    if (!*at && at != word) {
        return word;
    }
    for (at = word; *at; at++) {
        out = *at == '\'' ? apr_pstrcat(p, out, "'\\''", NULL)
                          : apr_pstrcat(p, out, apr_pstrmemdup(p, at, 1), NULL);
    }
    return apr_pstrcat(p, out, "'", NULL);
}

/* ---- logs ---- */

/* A message of doctor has no tag of the error log (base/log.h). */
static const char *skip_tag(const char *message)
{
    static const char pattern[] = "ASM0000: ";
    apr_size_t i = 0;

    while (pattern[i] && (pattern[i] == '0' ? apr_isdigit(message[i]) : message[i] == pattern[i])) {
        i++;
    }
    return pattern[i] ? message : message + i;
}

static int is_kept(void *ctx, as_log_level_t level)
{
    (void)ctx;
    return level <= AS_LOG_WARNING;
}

static void keep(void *ctx, as_log_level_t level, apr_status_t rv, const char *message)
{
    ctl_doctor_log_t *log = ctx;

    (void)rv;
    message = skip_tag(message);
    if (level == AS_LOG_WARNING) {
        APR_ARRAY_PUSH(log->warnings, const char *) = apr_pstrdup(log->pool, message);
    } else {
        log->error = apr_pstrdup(log->pool, message);
    }
}

void ctl_doctor_log_init(ctl_doctor_log_t *log, apr_pool_t *p)
{
    *log = (ctl_doctor_log_t){
        {is_kept, keep, log}, p, apr_array_make(p, 4, sizeof(const char *)), NULL};
}

const char *ctl_doctor_split_advice(apr_pool_t *p, const char *text, const char **message)
{
    const char *end;

    text = skip_tag(text);
    end = strstr(text, "; ");
    for (const char *colon = text; !strstr(text, "; ") && (colon = strstr(colon, ": "));) {
        end = colon;
        colon += 2;
    }
    *message = end ? apr_pstrmemdup(p, text, (apr_size_t)(end - text)) : text;
    return end ? end + 2 : NULL;
}

void ctl_doctor_report_warnings(ctl_doctor_t *d, const ctl_doctor_log_t *log)
{
    for (int i = 0; i < log->warnings->nelts; i++) {
        const char *message;
        const char *advice = ctl_doctor_split_advice(
            d->pool, APR_ARRAY_IDX(log->warnings, i, const char *), &message);

        ctl_doctor_report(d, CTL_DOCTOR_WARNING, advice, "%s", message);
    }
}
