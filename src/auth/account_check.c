/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/account_check.h"

#include <apr_strings.h>

#include "config/config.h"
#include "base/cache.h"
#include "base/utf8.h"
#include "server/account_epochs.h"
#include "server/child.h"
#include "store/standing.h"

enum { AS_LEGACY_ID_LEN = 24 };
/* Another thread may have asked a little later than this one began. */
#define AHEAD apr_time_from_sec(1)

typedef struct question_t {
    const as_claims_t *claims;
    const char *id; /* of the account: the claims' own, unless that is of another system */
    const as_srv_t *sc;
    apr_time_t now;
    as_standing_t standing;
    const char *unfit; /* why it is none that lets a token pass */
} question_t;

/* A good standing as it is remembered; id, username and mobile follow, each with its NUL. */
typedef struct remembered_t {
    apr_time_t asked_at;
    apr_time_t valid_from;
    apr_uint32_t place;    /* of as_account_epochs_find_slot */
    apr_uint32_t count;    /* of as_account_epochs_get, read before the question */
    apr_uint32_t username; /* offsets from the start */
    apr_uint32_t mobile;
    int verified;
} remembered_t;

static const char *unfit(const as_srv_t *sc, const as_claims_t *claims, const as_standing_t *st)
{
    const char *why = NULL;

    if (st->user->locked) {
        why = "account locked";
    } else if (as_utf8_has_control(st->user->username)) {
        /* No name that this module took: somebody else wrote it. */
        why = "a control character in the account's username";
    } else if (!st->user->verified && as_srv_require_verified(sc)) {
        why = "account not verified";
    } else if (claims->sid && !st->session_alive) {
        why = "session ended";
    } else if (!claims->sid && st->user->valid_from > claims->issued) {
        why = "issued before the account's tokens were ended";
    }
    return why;
}

/* A standing that refuses the token is APR_ENOENT too: both have to be confirmed. */
static apr_status_t ask_standing(as_tx_t *tx, void *baton)
{
    question_t *q = baton;
    apr_status_t rv;

    q->unfit = "no such account";
    rv = as_standing_find(tx, q->id, q->claims->sid, q->now, &q->standing);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    q->unfit = unfit(q->sc, q->claims, &q->standing);
    return q->unfit ? APR_ENOENT : APR_SUCCESS;
}

static apr_status_t ask_legacy(as_tx_t *tx, void *baton)
{
    question_t *q = baton;

    return as_standing_find_legacy_id(tx, q->claims->id, &q->id);
}

/* One answer serves one account and one session, whatever the token. A NUL parts them, since no
 * claim has one. */
static as_span_t key_of(apr_pool_t *p, const as_claims_t *claims)
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

static as_span_t packed(apr_pool_t *p, remembered_t head, const as_user_t *user)
{
    apr_size_t id = strlen(user->id) + 1;
    apr_size_t username = strlen(user->username) + 1;
    apr_size_t mobile = strlen(user->mobile) + 1;
    apr_size_t len = sizeof(head) + id + username + mobile;
    char *value = apr_palloc(p, len);

    head.valid_from = user->valid_from;
    head.verified = user->verified;
    head.username = (apr_uint32_t)(sizeof(head) + id);
    head.mobile = head.username + (apr_uint32_t)username;
    memcpy(value, &head, sizeof(head));
    memcpy(value + sizeof(head), user->id, id);
    memcpy(value + head.username, user->username, username);
    memcpy(value + head.mobile, user->mobile, mobile);
    return (as_span_t){value, len};
}

/* NULL: it is too old (or of the future: the clock was set back), overtaken by a change, or says
 * nothing (len 0). */
static const as_user_t *user_of(apr_pool_t *p, as_span_t standing, const as_claims_t *claims,
                                apr_time_t now, apr_interval_time_t max_age)
{
    const remembered_t *head = (const void *)standing.data;
    as_user_t *user = NULL;

    if (standing.len && head->asked_at >= now - max_age && head->asked_at <= now + AHEAD &&
        head->count == as_account_epochs_get(head->place) &&
        (claims->sid || head->valid_from <= claims->issued)) {
        user = apr_palloc(p, sizeof(*user));
        *user = (as_user_t){
            .id = standing.data + sizeof(*head),
            .username = standing.data + head->username,
            .mobile = standing.data + head->mobile,
            .verified = head->verified,
        };
    }
    return user;
}

/* head->count: of the account's changes, read before it is asked for. */
static apr_status_t ask_database(as_db_t *db, apr_pool_t *p, question_t *q, remembered_t *head)
{
    apr_status_t rv = APR_SUCCESS;

    q->id = q->claims->id;
    if (strlen(q->id) == AS_LEGACY_ID_LEN) {
        q->unfit = "no such account";
        rv = as_db_read_confirmed(db, p, ask_legacy, q);
    }
    head->place = as_account_epochs_find_slot(q->id);
    head->count = as_account_epochs_get(head->place);
    return rv == APR_SUCCESS ? as_db_read_confirmed(db, p, ask_standing, q) : rv;
}

static as_error_t ask(request_rec *r, apr_pool_t *p, question_t *q, remembered_t *head,
                      const char **why)
{
    as_db_t *db = as_child_get_db(r->server, p);
    apr_status_t rv = db ? ask_database(db, p, q, head) : APR_EAGAIN;
    as_error_t error = AS_OK;

    if (rv == APR_ENOENT) {
        *why = q->unfit;
        error = AS_E_INVALID_TOKEN;
    } else if (rv != APR_SUCCESS) {
        *why = "database not available";
        error = AS_E_UNAVAILABLE;
    }
    return error;
}

/* What another token of the same session found out; len 0: nothing that is good enough. */
static as_span_t found_by_others(apr_pool_t *p, as_cache_t *cache, apr_uint64_t space,
                                 as_span_t key, const as_claims_t *claims, apr_time_t now,
                                 apr_interval_time_t max_age, const as_user_t **user)
{
    as_span_t standing = {NULL, 0};

    if (as_cache_get(cache, p, space, key, &standing) == APR_SUCCESS) {
        *user = user_of(p, standing, claims, now, max_age);
    }
    if (!*user) {
        standing.len = 0;
    }
    return standing;
}

as_error_t as_account_check_standing(request_rec *r, apr_pool_t *p, const as_token_t *token,
                                     apr_interval_time_t max_age, apr_time_t now,
                                     const as_user_t **user, as_span_t *standing, const char **why)
{
    const as_srv_t *sc = as_srv(r->server);
    const as_claims_t *claims = &token->claims;
    as_cache_t *cache = max_age > 0 && sc->child ? sc->child->accounts : NULL;
    apr_uint64_t space = as_keyring_id(sc->keyring);
    remembered_t head = {.asked_at = now};
    question_t q = {.claims = claims, .sc = sc, .now = now};
    as_span_t key = {NULL, 0};
    as_error_t error;

    *standing = (as_span_t){NULL, 0};
    *user = cache ? user_of(p, token->standing, claims, now, max_age) : NULL;
    if (*user) {
        return AS_OK;
    }
    if (cache) {
        key = key_of(p, claims);
        *standing = found_by_others(p, cache, space, key, claims, now, max_age, user);
        if (*user) {
            return AS_OK;
        }
    }
    error = ask(r, p, &q, &head, why);
    if (error == AS_OK) {
        *user = q.standing.user;
    }
    if (error == AS_OK && cache) {
        *standing = packed(p, head, *user);
        as_cache_put(cache, space, key, *standing);
    }
    return error;
}
