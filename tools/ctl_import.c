/* SPDX-License-Identifier: Apache-2.0 */
/* The users of the tutorial's back end, as mongoexport writes them: one JSON object a line. */
#include "ctl_commands.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "text/json.h"
#include "account/password.h"
#include "account/phone.h"
#include "base/uuid.h"
#include "account/username.h"
#include "store/users_admin.h"

enum { LIKE_IDS_MAX = 100, BATCH = 500, LINE_MAX_BYTES = 1 << 20, OID_LEN = 24, PROGRESS = 5000 };
/* The end of the year 9999. */
static const apr_int64_t MS_MAX = 253402300799999;

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

/* "" or ".", up to nine digits: µs, and where they end. */
static const char *read_fraction(const char *at, apr_time_t *t)
{
    apr_time_t unit = 100000;

    if (*at == '.') {
        for (at++; apr_isdigit(*at); at++, unit /= 10) {
            *t += (*at - '0') * unit;
        }
    }
    return at;
}

/* "Z", "+0100" or "+01:00"; 0: something else. */
static int read_zone(const char *at, apr_time_t *t)
{
    int hours = 0, minutes = 0, len = 0;

    if (*at == '+' || *at == '-') {
        int whole = sscanf(at, "%*1[+-]%2d%2d%n", &hours, &minutes, &len) == 2 ||
                    sscanf(at, "%*1[+-]%2d:%2d%n", &hours, &minutes, &len) == 2;

        *t -= (*at == '-' ? -1 : 1) * apr_time_from_sec((hours * 60 + minutes) * 60);
        return whole && !at[len] && !at[1 + strspn(at + 1, "0123456789:")] && hours < 24 &&
               minutes < 60;
    }
    return strcmp(at, "Z") == 0;
}

/* mongoexport leaves trailing zeros of the fraction out; old ones write local time. */
static int read_date(apr_pool_t *p, const char *text, apr_time_t *t)
{
    enum { SECONDS_LEN = 19 };
    const char *seconds = apr_pstrcat(p, apr_pstrndup(p, text, SECONDS_LEN), "Z", NULL);

    return strlen(text) > SECONDS_LEN && as_clock_parse_rfc3339(seconds, t) == APR_SUCCESS &&
           read_zone(read_fraction(text + SECONDS_LEN, t), t) && *t >= 0;
}

/* Milliseconds since 1970, or an ISO date. */
static int read_time(apr_pool_t *p, json_object *object, const char *name, apr_time_t *t)
{
    const char *text = text_of(object, name);
    char *end;

    *t = 0;
    if (!text) {
        return 1;
    }
    if (*text && !text[strspn(text, "0123456789")]) {
        apr_int64_t ms = apr_strtoi64(text, &end, 10);

        *t = ms <= MS_MAX ? ms * 1000 : 0;
        return ms <= MS_MAX;
    }
    return read_date(p, text, t);
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
    if (country && as_phone_parse_calling_code(im->pool, country, &home) != APR_SUCCESS) {
        home = im->ctl->country;
    }
    if (as_phone_normalize(im->pool, user->mobile_given, home, AS_PHONE_TYPES_MOBILE, &user->mobile,
                           &user->country) != APR_SUCCESS) {
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
    const char *remote, *fault;

    line->legacy_id = apr_pstrdup(p, text_of(object, "_id"));
    user->username = apr_pstrdup(p, as_json_get_string(object, "username"));
    user->password = apr_pstrdup(p, as_json_get_string(object, "password"));
    if (!is_oid(line->legacy_id)) {
        return "_id is not 24 hex digits";
    }
    if (!user->username || as_username_validate(p, user->username) != APR_SUCCESS ||
        as_username_fold(p, user->username, &user->username_key) != APR_SUCCESS) {
        return "username cannot be one here";
    }
    fault = as_password_check_hash(p, user->password);
    if (fault) {
        return apr_pstrcat(p, "password is ", fault, NULL);
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
    return as_uuid_generate(p, &user->id) == APR_SUCCESS ? NULL : "no random numbers are to be had";
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

    if (len > LINE_MAX_BYTES) {
        fault = "longer than 1 MiB";
    } else if (im->lines == 1 && *text == '[') {
        fault = "an array: export without --jsonArray, one document a line";
    } else if (as_json_parse_object(im->pool, text, len, &object) != APR_SUCCESS) {
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

        rv = as_users_admin_import(tx, &line->user, line->legacy_id, &line->outcome);
    }
    return rv;
}

static void count(import_t *im, const line_t *line)
{
    if (line->outcome == AS_IMPORT_NAME_TAKEN) {
        report(im, line->number, "another account has this username");
    } else if (line->outcome == AS_IMPORT_DUPLICATE) {
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
        return ctl_print_error(
            "the database failed at or before line %d; what was imported stays, and "
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

/* One line without its end into text, of which no more than LINE_MAX_BYTES + 1 are kept: its
 * length; -1: there is no other. */
static ssize_t next_line(FILE *in, char *text)
{
    ssize_t len = 0;
    int c = getc_unlocked(in);

    if (c == EOF) {
        return -1;
    }
    for (; c != EOF && c != '\n'; c = getc_unlocked(in)) {
        text[len] = (char)c;
        len += len <= LINE_MAX_BYTES;
    }
    while (len > 0 && apr_isspace(text[len - 1])) {
        len--;
    }
    return len;
}

static int read_all(import_t *im, FILE *in)
{
    static const char BOM[] = "\xef\xbb\xbf";
    char *buffer = apr_palloc(im->ctl->pool, LINE_MAX_BYTES + 2);
    ssize_t len;
    int status = CTL_OK;
    int fault;

    while (status == CTL_OK && (len = next_line(in, buffer)) >= 0) {
        const char *text = buffer;

        if (++im->lines == 1 && len >= 3 && memcmp(text, BOM, 3) == 0) {
            text += 3;
            len -= 3;
        }
        if (len > 0) {
            read_line(im, text, (size_t)len);
        }
        if (im->lines % BATCH == 0) {
            status = flush(im);
        }
        progress(im);
    }
    fault = ferror(in) ? errno : 0;
    if (status == CTL_OK) {
        status = flush(im);
    }
    return fault ? ctl_print_error("%s cannot be read to its end: %s", im->ctl->argv[0],
                                   strerror(fault))
                 : status;
}

static apr_status_t find_named_like_ids(as_tx_t *tx, void *baton)
{
    return as_users_admin_list_named_like_ids(tx, LIKE_IDS_MAX, baton);
}

/* Such an account could be taken for the other one wherever accounts are named. */
static int report_named_like_ids(const ctl_t *ctl)
{
    apr_array_header_t *users;

    if (as_db_read(ctl->db, ctl->pool, find_named_like_ids, &users) != APR_SUCCESS) {
        return ctl_print_error("the database cannot be read");
    }
    for (int i = 0; i < users->nelts; i++) {
        const as_user_t *user = APR_ARRAY_IDX(users, i, as_user_t *);

        fprintf(stderr,
                "account %s: its username %s is an id of another account, so REMOTE_USER may be "
                "taken for that one: lock or delete it\n",
                user->id, user->username);
    }
    return users->nelts ? CTL_FAILED : CTL_OK;
}

int ctl_import(ctl_t *ctl)
{
    const char *path = ctl->argv[0];
    import_t im = {.ctl = ctl, .shows_progress = isatty(STDERR_FILENO)};
    /* Opened by its name, standard input is asked for its rights anew: sudo's pipe has none. */
    FILE *in = strcmp(path, CTL_STDIN) == 0 ? stdin : fopen(path, "r");
    int status;

    if (!in) {
        return ctl_print_error("%s cannot be read: %s", path, strerror(errno));
    }
    apr_pool_create(&im.pool, ctl->pool);
    im.batch = apr_array_make(im.pool, BATCH, sizeof(line_t));
    status = read_all(&im, in);
    if (in != stdin) {
        fclose(in);
    }
    if (im.shows_progress) {
        fputc('\r', stderr);
    }
    printf("%d imported, %d there already, %d left out\n", im.done, im.there, im.bad);
    if (im.without_number) {
        printf(
            "%d of them without a usable number: they can log in if verified, and get no texts\n",
            im.without_number);
    }
    if (status == CTL_OK) {
        status = report_named_like_ids(ctl);
    }
    return status == CTL_OK && im.bad ? CTL_FAILED : status;
}
