/* SPDX-License-Identifier: Apache-2.0 */
/* Imports the users of the tutorial's back end, exported by mongoexport (one JSON object per line),
 * or of a file of htpasswd. */
#include "ctl_commands.h"

#include <apr_lib.h>
#include <apr_strings.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "account/legacy_hash.h"
#include "account/password.h"
#include "account/phone.h"
#include "account/username.h"
#include "base/clock.h"
#include "base/uuid.h"
#include "ctl_audit.h"
#include "ctl_htpasswd.h"
#include "ctl_output.h"
#include "store/users_admin.h"
#include "text/json.h"

enum {
    LIKE_IDS_MAX = 100,
    BATCH_LINES = 500,
    LINE_MAX_BYTES = 1 << 20,
    OID_LEN = 24,
    PROGRESS_LINES = 5000
};
/* Milliseconds: the end of the year 9999. */
static const apr_int64_t MS_MAX = 253402300799999;

typedef struct line_t {
    int number;
    const char *legacy_id; /* NULL: of htpasswd */
    as_user_t user;
    as_import_t outcome;
} line_t;

typedef struct import_t {
    ctl_t *ctl;
    apr_pool_t *pool;          /* cleared after each batch */
    apr_array_header_t *batch; /* line_t */
    int lines, imported, present, skipped, without_number;
    int shows_progress;
} import_t;

/* ---- one line ---- */

/* The text of a member: a string, an integer as written, or mongoexport's {"$oid": …} and similar.
 * NULL: absent, null or another type. */
static const char *get_text(json_object *object, const char *name)
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
        text = get_text(value, wrappers[i]);
    }
    return text;
}

/* Add a fraction of a second (".123" or nothing) to t. Returns the rest of the text. */
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

/* Convert local time to UTC: "Z", "+0100" or "+01:00". 0: another text. */
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

/* mongoexport omits trailing zeros of the fraction; old versions write local time. */
static int read_date(apr_pool_t *p, const char *text, apr_time_t *t)
{
    enum { SECONDS_LEN = 19 };
    const char *seconds = apr_pstrcat(p, apr_pstrndup(p, text, SECONDS_LEN), "Z", NULL);

    return strlen(text) > SECONDS_LEN && as_clock_parse_rfc3339(seconds, t) == APR_SUCCESS &&
           read_zone(read_fraction(text + SECONDS_LEN, t), t) && *t >= 0;
}

/* Read a time: milliseconds since 1970, or an ISO 8601 date. 0: invalid. */
static int read_time(apr_pool_t *p, json_object *object, const char *name, apr_time_t *t)
{
    const char *text = get_text(object, name);
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

/* An account with an invalid number is imported without it. */
static void read_number(const import_t *im, json_object *object, as_user_t *user)
{
    const char *country = get_text(object, "countryCode");
    const char *home = im->ctl->country;

    user->mobile_given = get_text(object, "smsmobile");
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

/* NULL, or a sentence that says what is wrong with the line. */
static const char *read_user(import_t *im, json_object *object, line_t *line)
{
    apr_pool_t *p = im->pool;
    as_user_t *user = &line->user;
    json_object *verified = NULL;
    const char *remote, *error;

    line->legacy_id = apr_pstrdup(p, get_text(object, "_id"));
    user->username = apr_pstrdup(p, as_json_get_string(object, "username"));
    user->password = apr_pstrdup(p, as_json_get_string(object, "password"));
    if (!is_oid(line->legacy_id)) {
        return "_id is not 24 hex digits";
    }
    if (!user->username || as_username_validate(p, user->username) != APR_SUCCESS ||
        as_username_fold(p, user->username, &user->username_key) != APR_SUCCESS) {
        return "username is not allowed";
    }
    /* Of that system only bcrypt: 13 letters, which could be a crypt, are a password. */
    error = as_legacy_hash_is_known(user->password) ? "no bcrypt or Argon2id hash"
                                                    : as_password_check_hash(p, user->password);
    if (error) {
        return apr_pstrcat(p, "password is ", error, NULL);
    }
    if (!read_time(p, object, "createdAt", &user->created_at) ||
        !read_time(p, object, "updatedAt", &user->updated_at) ||
        !read_time(p, object, "lastLogin", &user->last_login)) {
        return "createdAt, updatedAt or lastLogin is not a date";
    }
    read_number(im, object, user);
    remote = get_text(object, "authyId");
    user->remote_id = remote && *remote ? apr_pstrdup(p, remote) : NULL;
    json_object_object_get_ex(object, "verified", &verified);
    user->verified =
        json_object_is_type(verified, json_type_boolean) && json_object_get_boolean(verified);
    user->created_at = user->created_at ? user->created_at : as_clock_now();
    user->updated_at = user->updated_at ? user->updated_at : user->created_at;
    /* The old system did not store when the number was verified: use the creation time. */
    user->proved_at = user->verified && *user->mobile ? user->created_at : 0;
    user->pending_until = as_clock_now() + im->ctl->pending_ttl;
    return as_uuid_generate(p, &user->id) == APR_SUCCESS ? NULL : "the random generator failed";
}

static void skip_line(import_t *im, int number, const char *error)
{
    im->skipped++;
    fprintf(stderr, "line %d: %s\n", number, error);
}

static const char *read_document(import_t *im, const char *text, size_t len, line_t *line)
{
    json_object *object;

    if (im->lines == 1 && *text == '[') {
        return "an array: export without --jsonArray, one document a line";
    }
    if (as_json_parse_object(im->pool, text, len, &object) != APR_SUCCESS) {
        return "not a JSON object";
    }
    return read_user(im, object, line);
}

static void read_line(import_t *im, const char *text, size_t len)
{
    line_t line = {.number = im->lines};
    const char *error;
    int is_blank = 0;

    if (len > LINE_MAX_BYTES) {
        error = "longer than 1 MiB";
    } else if (im->ctl->htpasswd) {
        error = ctl_htpasswd_read_line(im->pool, text, len, &line.user, &is_blank);
    } else {
        error = read_document(im, text, len, &line);
    }
    if (error) {
        skip_line(im, im->lines, error);
    } else if (!is_blank) {
        APR_ARRAY_PUSH(im->batch, line_t) = line;
    }
}

/* ---- a batch ---- */

/* An account of htpasswd has no id there: the same hash of the same name was imported before. */
static apr_status_t find_imported(as_tx_t *tx, line_t *line)
{
    as_user_t *user;
    apr_status_t rv = as_users_find_by_name(tx, line->user.username_key, 0, &user);

    if (rv == APR_SUCCESS && strcmp(user->password, line->user.password) == 0) {
        line->outcome = AS_IMPORT_DUPLICATE;
    }
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

static apr_status_t insert_line(as_tx_t *tx, line_t *line)
{
    apr_status_t rv = as_users_admin_import(tx, &line->user, line->legacy_id, &line->outcome);

    return rv == APR_SUCCESS && !line->legacy_id && line->outcome == AS_IMPORT_NAME_TAKEN
               ? find_imported(tx, line)
               : rv;
}

static apr_status_t insert_batch(as_tx_t *tx, void *baton)
{
    import_t *im = baton;
    apr_status_t rv = APR_SUCCESS;

    for (int i = 0; rv == APR_SUCCESS && i < im->batch->nelts; i++) {
        rv = insert_line(tx, &APR_ARRAY_IDX(im->batch, i, line_t));
    }
    return rv;
}

static void count_outcome(import_t *im, const line_t *line)
{
    if (line->outcome == AS_IMPORT_NAME_TAKEN) {
        skip_line(im, line->number, "another account has this username");
    } else if (line->outcome == AS_IMPORT_DUPLICATE) {
        im->present++;
    } else {
        im->imported++;
        im->without_number += !im->ctl->htpasswd && !*line->user.mobile;
    }
}

static int flush_batch(import_t *im)
{
    apr_status_t rv = as_db_write(im->ctl->db, im->pool, insert_batch, im);

    if (rv != APR_SUCCESS) {
        return ctl_print_error(
            "the database failed at or before line %d. Imported users stay; repeat the import",
            im->lines);
    }
    for (int i = 0; i < im->batch->nelts; i++) {
        count_outcome(im, &APR_ARRAY_IDX(im->batch, i, line_t));
    }
    apr_pool_clear(im->pool);
    im->batch = apr_array_make(im->pool, BATCH_LINES, sizeof(line_t));
    return CTL_OK;
}

static void print_progress(const import_t *im)
{
    if (im->shows_progress && im->lines % PROGRESS_LINES == 0) {
        fprintf(stderr, "\r%d lines", im->lines);
    }
}

/* Read one line without its end. At most LINE_MAX_BYTES + 1 bytes are stored. Returns the stored
 * length; -1: end of file. */
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
    int error;

    while (status == CTL_OK && (len = next_line(in, buffer)) >= 0) {
        const char *text = buffer;

        if (++im->lines == 1 && len >= 3 && memcmp(text, BOM, 3) == 0) {
            text += 3;
            len -= 3;
        }
        if (len > 0) {
            read_line(im, text, (size_t)len);
        }
        if (im->lines % BATCH_LINES == 0) {
            status = flush_batch(im);
        }
        print_progress(im);
    }
    error = ferror(in) ? errno : 0;
    if (status == CTL_OK) {
        status = flush_batch(im);
    }
    return error ? ctl_print_error("%s cannot be read to its end: %s", im->ctl->argv[0],
                                   strerror(error))
                 : status;
}

static apr_status_t find_named_like_ids(as_tx_t *tx, void *baton)
{
    return as_users_admin_list_named_like_ids(tx, LIKE_IDS_MAX, baton);
}

/* Such an account could be mistaken for the other one where only a name is shown. */
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
                "mistaken for that one: lock or delete it\n",
                user->id, ctl_escape(ctl->pool, user->username));
    }
    return users->nelts ? CTL_FAILED : CTL_OK;
}

static void print_summary(const import_t *im)
{
    json_object *object;

    if (im->ctl->json) {
        object = as_json_new_object(im->ctl->pool);
        json_object_object_add(object, "imported", json_object_new_int(im->imported));
        json_object_object_add(object, "present", json_object_new_int(im->present));
        json_object_object_add(object, "skipped", json_object_new_int(im->skipped));
        json_object_object_add(object, "withoutNumber", json_object_new_int(im->without_number));
        ctl_print_json(object);
        return;
    }
    printf("%d imported, %d already present, %d skipped\n", im->imported, im->present, im->skipped);
    if (im->without_number) {
        printf(
            "%d of them without a valid number: if verified, they can log in, but get no texts\n",
            im->without_number);
    }
}

int ctl_import(ctl_t *ctl)
{
    const char *path = ctl->argv[0];
    import_t im = {.ctl = ctl, .shows_progress = isatty(STDERR_FILENO)};
    /* Opening /dev/stdin by name checks permissions again, which fails for a pipe of sudo. */
    FILE *in = strcmp(path, CTL_STDIN) == 0 ? stdin : fopen(path, "r");
    int status;

    if (!in) {
        return ctl_print_error("%s cannot be read: %s", path, strerror(errno));
    }
    apr_pool_create(&im.pool, ctl->pool);
    im.batch = apr_array_make(im.pool, BATCH_LINES, sizeof(line_t));
    status = read_all(&im, in);
    if (in != stdin) {
        fclose(in);
    }
    if (im.shows_progress) {
        fputc('\r', stderr);
    }
    if (im.imported) {
        ctl_audit(ctl, AS_EVENT_ACCOUNT_IMPORT, NULL);
    }
    print_summary(&im);
    if (status == CTL_OK) {
        status = report_named_like_ids(ctl);
    }
    return status == CTL_OK && im.skipped ? CTL_FAILED : status;
}
