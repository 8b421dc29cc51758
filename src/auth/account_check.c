/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/account_check.h"

#include <apr_strings.h>

#include "base/cache.h"
#include "base/metric.h"
#include "base/utf8.h"
#include "config/config.h"
#include "server/account_epochs.h"
#include "server/child.h"
#include "store/standing.h"

/* Accounts imported from the original system have tokens with its ids. */
enum { LEGACY_ID_LEN = 24 };
/* Another thread may have queried a little later than this request began. */
#define CLOCK_TOLERANCE apr_time_from_sec(1)

typedef struct check_t {
    const as_claims_t *claims;
    const as_srv_t *sc;
    apr_time_t now;
    const char *id; /* of the account, which differs from the claims' legacy id */
    as_standing_t standing;
    const char *rejection; /* why the token is invalid */
} check_t;

/* A cached good standing. id, username, mobile and maybe roles follow, each with its NUL. */
typedef struct cached_t {
    apr_time_t queried_at;
    apr_time_t valid_from;
    apr_uint32_t epoch_slot;
    apr_uint32_t epoch;    /* read before the query */
    apr_uint32_t username; /* offsets from the start */
    apr_uint32_t mobile;
    apr_uint32_t roles; /* 0: none */
    int verified;
} cached_t;

/* ---- by the database ---- */

/* NULL: the token is valid. */
static const char *find_rejection(const as_srv_t *sc, const as_claims_t *claims,
                                  const as_standing_t *standing)
{
    const as_user_t *user = standing->user;

    if (user->locked) {
        return "account locked";
    }
    /* This module stores no such name, but an administrator may have: it could inject a header. */
    if (as_utf8_has_control(user->username)) {
        return "a control character in the account's username";
    }
    if (!user->verified && as_srv_require_verified(sc)) {
        return "account not verified";
    }
    if (claims->sid) {
        return standing->session_alive ? NULL : "session ended";
    }
    return user->valid_from > claims->issued ? "issued before the account's tokens were ended"
                                             : NULL;
}

/* APR_ENOENT also for a standing that rejects the token: as_db_read_confirmed confirms both. */
static apr_status_t find_standing(as_tx_t *tx, void *baton)
{
    check_t *check = baton;
    apr_status_t rv;

    check->rejection = "no such account";
    rv = as_standing_find(tx, check->id, check->claims->sid, check->now, &check->standing);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    check->rejection = find_rejection(check->sc, check->claims, &check->standing);
    return check->rejection ? APR_ENOENT : APR_SUCCESS;
}

static apr_status_t find_legacy_id(as_tx_t *tx, void *baton)
{
    check_t *check = baton;
    as_user_t *user;
    apr_status_t rv;

    check->rejection = "no such account";
    rv = as_users_find_by_legacy_id(tx, check->claims->id, &user);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    check->id = user->id;
    return APR_SUCCESS;
}

static apr_status_t query_database(as_db_t *db, apr_pool_t *p, check_t *check, cached_t *head)
{
    check->id = check->claims->id;
    if (strlen(check->id) == LEGACY_ID_LEN) {
        apr_status_t rv = as_db_read_confirmed(db, p, find_legacy_id, check);

        if (rv != APR_SUCCESS) {
            return rv;
        }
    }
    /* Before the query: a change that is committed after this read raises the epoch. */
    head->epoch_slot = as_account_epochs_find_slot(check->id);
    head->epoch = as_account_epochs_get(head->epoch_slot);
    return as_db_read_confirmed(db, p, find_standing, check);
}

static as_error_t query_standing(request_rec *r, apr_pool_t *p, check_t *check, cached_t *head,
                                 const char **reason)
{
    as_db_t *db = as_child_get_db(r->server, p);

    switch (db ? query_database(db, p, check, head) : APR_EAGAIN) {
    case APR_SUCCESS:
        return AS_OK;
    case APR_ENOENT:
        *reason = check->rejection;
        return AS_E_INVALID_TOKEN;
    default:
        *reason = "database not available";
        return AS_E_UNAVAILABLE;
    }
}

/* ---- cached ---- */

/* A standing is that of an account and a session, of any token. A NUL separates the ids, since no
 * claim contains one. */
static as_span_t make_key(apr_pool_t *p, const as_claims_t *claims)
{
    apr_size_t id = strlen(claims->id);
    apr_size_t sid = claims->sid ? strlen(claims->sid) : 0;
    char *key;

    if (!sid) {
        return (as_span_t){claims->id, id};
    }
    key = apr_palloc(p, id + 1 + sid);
    memcpy(key, claims->id, id);
    key[id] = '\0';
    memcpy(key + id + 1, claims->sid, sid);
    return (as_span_t){key, id + 1 + sid};
}

static as_span_t make_cached(apr_pool_t *p, cached_t head, const as_standing_t *standing)
{
    const as_user_t *user = standing->user;
    apr_size_t id = strlen(user->id) + 1;
    apr_size_t username = strlen(user->username) + 1;
    apr_size_t mobile = strlen(user->mobile) + 1;
    apr_size_t roles = standing->roles ? strlen(standing->roles) + 1 : 0;
    apr_size_t len = sizeof(head) + id + username + mobile + roles;
    char *value = apr_palloc(p, len);

    head.valid_from = user->valid_from;
    head.verified = user->verified;
    head.username = (apr_uint32_t)(sizeof(head) + id);
    head.mobile = head.username + (apr_uint32_t)username;
    head.roles = roles ? head.mobile + (apr_uint32_t)mobile : 0;
    memcpy(value, &head, sizeof(head));
    memcpy(value + sizeof(head), user->id, id);
    memcpy(value + head.username, user->username, username);
    memcpy(value + head.mobile, user->mobile, mobile);
    if (roles) {
        memcpy(value + head.roles, standing->roles, roles);
    }
    return (as_span_t){value, len};
}

/* NULL: there is none (len 0), it is too old, from the future (the clock was set back) or outdated
 * by a change, or rejects this token. */
static const as_account_t *read_cached(apr_pool_t *p, as_span_t standing, const as_claims_t *claims,
                                       apr_time_t now, apr_interval_time_t max_age)
{
    const cached_t *head = (const void *)standing.data;
    as_account_t *account;

    if (!standing.len || head->queried_at < now - max_age ||
        head->queried_at > now + CLOCK_TOLERANCE ||
        head->epoch != as_account_epochs_get(head->epoch_slot) ||
        (!claims->sid && head->valid_from > claims->issued)) {
        return NULL;
    }
    account = apr_palloc(p, sizeof(*account));
    *account = (as_account_t){
        .id = standing.data + sizeof(*head),
        .username = standing.data + head->username,
        .mobile = standing.data + head->mobile,
        .roles = head->roles ? standing.data + head->roles : NULL,
        .verified = head->verified,
        .row = NULL,
    };
    return account;
}

static const as_account_t *make_account(apr_pool_t *p, const as_standing_t *standing)
{
    const as_user_t *user = standing->user;
    as_account_t *account = apr_palloc(p, sizeof(*account));

    *account = (as_account_t){
        .id = user->id,
        .username = user->username,
        .mobile = user->mobile,
        .roles = standing->roles,
        .verified = user->verified,
        .row = user,
    };
    return account;
}

as_error_t as_account_check_standing(request_rec *r, apr_pool_t *p, const as_token_t *token,
                                     apr_interval_time_t max_age, apr_time_t now,
                                     const as_account_t **account, as_span_t *standing,
                                     const char **reason)
{
    const as_srv_t *sc = as_srv(r->server);
    const as_claims_t *claims = &token->claims;
    as_cache_t *cache = max_age > 0 && sc->child ? sc->child->accounts : NULL;
    apr_uint64_t space = as_keyring_id(sc->keyring);
    cached_t head = {.queried_at = now};
    check_t check = {.claims = claims, .sc = sc, .now = now};
    as_span_t key = {NULL, 0};
    as_error_t error;

    *standing = (as_span_t){NULL, 0};
    *account = cache ? read_cached(p, token->standing, claims, now, max_age) : NULL;
    if (!*account && cache) {
        key = make_key(p, claims);
        /* Another token of the session may have led to a query. */
        if (as_cache_get(cache, p, space, key, standing) == APR_SUCCESS) {
            *account = read_cached(p, *standing, claims, now, max_age);
        }
    }
    if (*account) {
        AS_METRIC_INCREMENT(CACHE, AS_METRIC_CACHE_ACCOUNT, AS_METRIC_HIT);
        return AS_OK;
    }
    if (cache) {
        AS_METRIC_INCREMENT(CACHE, AS_METRIC_CACHE_ACCOUNT, AS_METRIC_MISS);
        standing->len = 0;
    }
    error = query_standing(r, p, &check, &head, reason);
    if (error != AS_OK) {
        return error;
    }
    *account = make_account(p, &check.standing);
    if (cache) {
        *standing = make_cached(p, head, &check.standing);
        as_cache_put(cache, space, key, *standing);
    }
    return AS_OK;
}
