/* SPDX-License-Identifier: Apache-2.0 */
/* The users of the tutorial's back end, as mongoexport writes them: one JSON object a line. */
#include "ctl.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/json.h"
#include "core/password.h"
#include "core/phone.h"
#include "core/random.h"
#include "core/username.h"
#include "store/users_admin.h"

enum { BATCH = 500, LINE_MAX_BYTES = 1 << 20, OID_LEN = 24, PROGRESS = 5000 };

typedef struct line_t {
    int number;
    const char *legacy_id;
    as_user_t user;
    as_import_t outcome;
} line_t;

typedef struct import_t {
    ctl_t *ctl;
    apr_pool_t *pool;          /* cleared after each batch */
    apr_array_header_t *batch; /* line_t */
    int lines, done, there, bad, without_number;
    int shows_progress;
} import_t;

/* ---- one line ---- */

/* A member's text: a string, a number as it is written, or mongoexport's {"$oid": …} and the like.
 * NULL: absent, null or something else. */
static const char *text_of(json_object *object, const char *name)
{
    static const char *const wrappers[] = {"$oid", "$date", "$numberLong", "$numberInt"};
    json_object *value = NULL;
    const char *text = NULL;

    json_object_object_get_ex(object, name, &value);
    if (json_object_is_type(value, json_type_string) || json_object_is_type(value, json_type_int)) {
        text = json_object_get_string(value);
    }
    for (size_t i = 0; json_object_is_type(value, json_type_object) && !text &&
                       i < sizeof(wrappers) / sizeof(wrappers[0]);
         i++) {
        text = text_of(value, wrappers[i]);
    }
    return text;
}

/* Milliseconds since 1970, or an ISO date in UTC with Z or +0000. */
static int read_time(apr_pool_t *p, json_object *object, const char *name, apr_time_t *t)
{
    const char *text = text_of(object, name);
    apr_size_t len = text ? strlen(text) : 0;
    char *end;

    *t = 0;
    if (!text) {
        return 1;
    }
    if (len && strspn(text, "0123456789") == len) {
        *t = apr_strtoi64(text, &end, 10) * 1000;
        return *t >= 0;
    }
    if (len > 5 && strcmp(text + len - 5, "+0000") == 0) {
        text = apr_pstrcat(p, apr_pstrmemdup(p, text, len - 5), "Z", NULL);
    }
    return as_clock_parse(text, t) == APR_SUCCESS;
}

static int is_oid(const char *id)
{
    return id && strlen(id) == OID_LEN && strspn(id, "0123456789abcdef") == OID_LEN;
}

/* An account whose number is of no use keeps the rest. */
static void read_number(const import_t *im, json_object *object, as_user_t *user)
{
    const char *country = text_of(object, "countryCode");
    const char *home = im->ctl->country;

    user->mobile_given = text_of(object, "smsmobile");
    user->mobile_given = apr_pstrdup(im->pool, user->mobile_given ? user->mobile_given : "");
    if (country && as_phone_calling_code(im->pool, country, &home) != APR_SUCCESS) {
        home = im->ctl->country;
    }
    if (as_phone_e164(im->pool, user->mobile_given, home, &user->mobile, &user->country) !=
        APR_SUCCESS) {
        user->mobile = "";
        user->country = "";
    }
    user->country = user->country ? user->country : "";
}

/* NULL, or what is wrong with the line. */
static const char *read_user(import_t *im, json_object *object, line_t *line)
{
    apr_pool_t *p = im->pool;
    as_user_t *user = &line->user;
    json_object *verified = NULL;
    const char *remote;

    line->legacy_id = apr_pstrdup(p, text_of(object, "_id"));
    user->username = apr_pstrdup(p, as_json_string(object, "username"));
    user->password = apr_pstrdup(p, as_json_string(object, "password"));
    if (!is_oid(line->legacy_id)) {
        return "_id is not 24 hex digits";
    }
    if (!user->username || as_username_check(p, user->username) != APR_SUCCESS ||
        as_username_fold(p, user->username, &user->username_key) != APR_SUCCESS) {
        return "username cannot be one here";
    }
    if (!as_password_is_hash(user->password)) {
        return "password is not a bcrypt hash";
    }
    if (!read_time(p, object, "createdAt", &user->created_at) ||
        !read_time(p, object, "updatedAt", &user->updated_at) ||
        !read_time(p, object, "lastLogin", &user->last_login)) {
        return "createdAt, updatedAt or lastLogin is no date";
    }
    read_number(im, object, user);
    remote = text_of(object, "authyId");
    user->remote_id = remote && *remote ? apr_pstrdup(p, remote) : NULL;
    json_object_object_get_ex(object, "verified", &verified);
    user->verified =
        json_object_is_type(verified, json_type_boolean) && json_object_get_boolean(verified);
    user->created_at = user->created_at ? user->created_at : as_clock_now();
    user->updated_at = user->updated_at ? user->updated_at : user->created_at;
    /* It was proved when the account was verified, which that system did not write down. */
    user->proved_at = user->verified && *user->mobile ? user->created_at : 0;
    user->pending_until = as_clock_now() + im->ctl->pending_ttl;
    return as_random_uuid7(p, &user->id) == APR_SUCCESS ? NULL : "no random numbers are to be had";
}

static void report(import_t *im, int number, const char *fault)
{
    im->bad++;
    fprintf(stderr, "line %d: %s\n", number, fault);
}

static void read_line(import_t *im, const char *text, size_t len)
{
    line_t line = {.number = im->lines};
    json_object *object;
    const char *fault;

    if (len > LINE_MAX_BYTES || as_json_object(im->pool, text, len, &object) != APR_SUCCESS) {
        fault = "not a JSON object";
    } else {
        fault = read_user(im, object, &line);
    }
    if (fault) {
        report(im, im->lines, fault);
    } else {
        APR_ARRAY_PUSH(im->batch, line_t) = line;
    }
}

/* ---- a batch ---- */

static apr_status_t insert(as_tx_t *tx, void *baton)
{
    import_t *im = baton;
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i < im->batch->nelts; i++) {
        line_t *line = &APR_ARRAY_IDX(im->batch, i, line_t);

        rv = as_users_import(tx, &line->user, line->legacy_id, &line->outcome);
    }
    return rv;
}

static void count(import_t *im, const line_t *line)
{
    if (line->outcome == AS_IMPORT_TAKEN) {
        report(im, line->number, "another account has this username");
    } else if (line->outcome == AS_IMPORT_THERE) {
        im->there++;
    } else {
        im->done++;
        im->without_number += !*line->user.mobile;
    }
}

static int flush(import_t *im)
{
    apr_status_t rv = as_db_write(im->ctl->db, im->pool, insert, im);

    if (rv != APR_SUCCESS) {
        return ctl_fail("the database failed at or before line %d; what was imported stays, and "
                        "the import may be run again",
                        im->lines);
    }
    for (int i = 0; i < im->batch->nelts; i++) {
        count(im, &APR_ARRAY_IDX(im->batch, i, line_t));
    }
    apr_pool_clear(im->pool);
    im->batch = apr_array_make(im->pool, BATCH, sizeof(line_t));
    return CTL_OK;
}

static void progress(const import_t *im)
{
    if (im->shows_progress && im->lines % PROGRESS == 0) {
        fprintf(stderr, "\r%d lines", im->lines);
    }
}

static int read_all(import_t *im, FILE *in)
{
    char *text = NULL;
    size_t size = 0;
    ssize_t len;
    int status = CTL_OK;

    while (status == CTL_OK && (len = getline(&text, &size, in)) >= 0) {
        im->lines++;
        while (len > 0 && apr_isspace(text[len - 1])) {
            len--;
        }
        if (len > 0) {
            read_line(im, text, (size_t)len);
        }
        if (im->lines % BATCH == 0) {
            status = flush(im);
        }
        progress(im);
    }
    free(text);
    return status == CTL_OK ? flush(im) : status;
}

int ctl_import(ctl_t *ctl)
{
    const char *path = ctl->argv[0];
    FILE *in = fopen(path, "r");
    import_t im = {.ctl = ctl, .shows_progress = isatty(STDERR_FILENO)};
    int status;

    if (!in) {
        return ctl_fail("%s cannot be read", path);
    }
    apr_pool_create(&im.pool, ctl->pool);
    im.batch = apr_array_make(im.pool, BATCH, sizeof(line_t));
    status = read_all(&im, in);
    fclose(in);
    if (im.shows_progress) {
        fputc('\r', stderr);
    }
    printf("%d imported, %d there already, %d left out\n", im.done, im.there, im.bad);
    if (im.without_number) {
        printf(
            "%d of them without a usable number: they can log in if verified, and get no texts\n",
            im.without_number);
    }
    return status == CTL_OK && im.bad ? CTL_FAILED : status;
}
