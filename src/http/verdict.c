/* SPDX-License-Identifier: Apache-2.0 */
#include "http/verdict.h"

#include <http_core.h>
#include <http_log.h>

#include "config/config.h"
#include "core/clock.h"
#include "core/jwt.h"
#include "http/child.h"
#include "http/credential.h"
#include "store/standing.h"

APLOG_USE_MODULE(authsms);

static const char KEPT[] = "authsms:verdict";

/* A verdict is good for the host it was made in, and for the token it was made of. */
typedef struct kept_t {
    as_verdict_t verdict;
    const as_srv_t *sc;
    const char *field; /* NULL: there was none */
} kept_t;

typedef struct question_t {
    const as_claims_t *claims;
    apr_time_t now;
    as_standing_t standing;
} question_t;

static apr_status_t ask_standing(as_tx_t *tx, void *baton)
{
    question_t *q = baton;

    return as_standing_find(tx, q->claims->id, q->claims->sid, q->now, &q->standing);
}

/* api.md, "The token": what makes an account's token good. */
static const char *unfit(const as_srv_t *sc, const as_claims_t *claims, const as_standing_t *st)
{
    const char *why = NULL;

    if (st->user->locked) {
        why = "account locked";
    } else if (!st->user->verified && as_srv_require_verified(sc)) {
        why = "account not verified";
    } else if (claims->sid && !st->session_alive) {
        why = "session ended";
    } else if (!claims->sid && st->user->valid_from > claims->issued) {
        why = "issued before the account's tokens were ended";
    }
    return why;
}

static as_error_t judge_account(request_rec *r, apr_pool_t *p, const as_srv_t *sc, apr_time_t now,
                                as_verdict_t *v, const char **why)
{
    question_t q = {.claims = &v->claims, .now = now};
    as_db_t *db = as_child_db(r->server, p);
    apr_status_t rv = db ? as_db_read(db, p, ask_standing, &q) : APR_EAGAIN;
    as_error_t error = AS_OK;

    if (rv == APR_ENOENT) {
        *why = "no such account";
        error = AS_E_INVALID_TOKEN;
    } else if (rv != APR_SUCCESS) {
        *why = "database not available";
        error = AS_E_UNAVAILABLE;
    } else {
        *why = unfit(sc, &v->claims, &q.standing);
        v->user = q.standing.user;
        error = *why ? AS_E_INVALID_TOKEN : AS_OK;
    }
    return error;
}

static as_error_t judge(request_rec *r, apr_pool_t *p, const as_srv_t *sc, as_verdict_t *v)
{
    apr_time_t now = as_clock_now();
    const char *why = "no token";
    as_span_t token;
    as_jwt_t jwt;
    as_error_t error = as_credential(r, &token);

    if (error == AS_E_INVALID_TOKEN) {
        why = "not one token";
    }
    if (error == AS_OK &&
        as_jwt_verify(p, sc->keyring, token.data, token.len, &jwt, &why) != APR_SUCCESS) {
        error = AS_E_INVALID_TOKEN;
    }
    if (error == AS_OK) {
        error = as_claims_read(p, &sc->claims, jwt.claims, &v->claims, &why);
    }
    if (error == AS_OK) {
        error = as_claims_clock(&sc->claims, &v->claims, now, &why);
    }
    if (error == AS_OK) {
        error = judge_account(r, p, sc, now, v, &why);
    }
    if (error != AS_OK) {
        ap_log_rerror(APLOG_MARK, APLOG_DEBUG, 0, r, "authsms: %s: %s", as_error_code(error), why);
    }
    return error;
}

const as_verdict_t *as_verdict(request_rec *r)
{
    const as_srv_t *sc = as_srv(r->server);
    const char *field = apr_table_get(r->headers_in, "Authorization");
    request_rec *first = r;
    void *data = NULL;
    kept_t *kept;

    while (first->main || first->prev) {
        first = first->main ? first->main : first->prev;
    }
    apr_pool_userdata_get(&data, KEPT, first->pool);
    kept = data;
    if (!kept || kept->sc != sc || kept->field != field) {
        kept = apr_pcalloc(first->pool, sizeof(*kept));
        kept->sc = sc;
        kept->field = field;
        kept->verdict.error = judge(r, first->pool, sc, &kept->verdict);
        apr_pool_userdata_setn(kept, KEPT, NULL, first->pool);
    }
    return &kept->verdict;
}
