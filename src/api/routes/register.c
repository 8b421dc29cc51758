/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user */
#include "api/call.h"

#include "api/otp.h"
#include "api/hashing.h"
#include "api/limit.h"
#include "account/password.h"
#include "account/phone.h"
#include "base/random.h"
#include "account/username.h"
#include "auth/client.h"
#include "store/users.h"

/* A name changes hands once or twice while a request decides; not more often. */
enum { ATTEMPTS = 3 };

typedef struct registration_t {
    as_call_t *call;
    as_user_t user; /* as it shall be */
    const char *password;
    as_user_t *holder; /* who has the name already; NULL: nobody */
    int dearest_cost;  /* of the stored hashes */
    as_otp_t flow;
    apr_interval_time_t wait;
    int counted; /* under register/ip */
    int outrun;  /* another request made, verified or removed the account meanwhile */
} registration_t;

/* ---- the fields ---- */

static as_error_t read_fields(registration_t *reg, const char **country)
{
    const as_body_t *body = reg->call->body;
    as_error_t error = as_body_get_text(body, "username", &reg->user.username);

    if (error == AS_OK) {
        error = as_body_get_phone(body, "smsmobile", &reg->user.mobile_given);
    }
    if (error == AS_OK) {
        error = as_body_get_text(body, "password", &reg->password);
    }
    if (error == AS_OK) {
        error = as_body_get_phone(body, "countryCode", country);
    }
    if (error != AS_OK) {
        return error;
    }
    if (!reg->user.username) {
        error = AS_E_MISSING_USERNAME;
    } else if (!reg->user.mobile_given) {
        error = AS_E_MISSING_MOBILE;
    } else if (!reg->password) {
        error = AS_E_MISSING_PASSWORD;
    }
    return error;
}

static as_error_t check_username(registration_t *reg)
{
    as_user_t *user = &reg->user;
    apr_pool_t *p = reg->call->pool;

    return as_username_validate(p, user->username) == APR_SUCCESS &&
                   as_username_fold(p, user->username, &user->username_key) == APR_SUCCESS &&
                   !as_username_has_id_form(user->username_key)
               ? AS_OK
               : AS_E_INVALID_USERNAME;
}

static as_error_t check_mobile(registration_t *reg, const char *country)
{
    as_call_t *call = reg->call;
    as_user_t *user = &reg->user;
    const char *home = as_srv_country(call->sc);

    if (country && as_phone_parse_calling_code(call->pool, country, &home) != APR_SUCCESS) {
        return AS_E_INVALID_MOBILE;
    }
    if (as_phone_normalize(call->pool, user->mobile_given, home,
                           (as_phone_types_t)as_srv_number_types(call->sc), &user->mobile,
                           &user->country) != APR_SUCCESS) {
        return AS_E_INVALID_MOBILE;
    }
    user->country = user->country ? user->country : "";
    return as_phone_is_allowed(as_srv_countries(call->sc), user->mobile) ? AS_OK
                                                                         : AS_E_COUNTRY_NOT_ALLOWED;
}

static as_error_t check_password(registration_t *reg)
{
    as_call_t *call = reg->call;
    as_password_policy_t policy = {as_srv_password_min(call->sc), as_srv_password_max(call->sc),
                                   as_srv_blocklist(call->sc)};

    call->reply.msg =
        as_password_policy_check(call->pool, &policy, reg->password, reg->user.username,
                                 reg->user.mobile, as_srv_app_name(call->sc));
    return call->reply.msg ? AS_E_WEAK_PASSWORD : AS_OK;
}

static as_error_t check_fields(registration_t *reg)
{
    const char *country;
    as_error_t error = read_fields(reg, &country);

    if (error == AS_OK) {
        error = check_username(reg);
    }
    if (error == AS_OK) {
        error = check_mobile(reg, country);
    }
    if (error == AS_OK) {
        error = check_password(reg);
    }
    return error;
}

/* ---- the units of work ---- */

/* Who has the name, and may this be asked? */
static apr_status_t look_up(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    as_call_t *call = reg->call;
    apr_status_t rv = APR_SUCCESS;

    reg->wait = 0;
    if (!reg->counted) {
        rv = as_limit_count_use(tx, call, AS_LIMIT_REGISTER_IP, as_client_get_network(call->r),
                                &reg->wait);
    }
    reg->holder = NULL;
    if (rv == APR_SUCCESS && !reg->wait) {
        rv = as_users_find_for_password(tx, reg->user.username_key, call->now, &reg->holder,
                                        &reg->dearest_cost);
    }
    /* Only a pending name's password is compared, but no 429 may tell which names are pending.
     * Strangers may register a name: that does not spend the logins of its owner. */
    if (rv == APR_SUCCESS && reg->holder) {
        rv = as_limit_count_use_of(tx, call, AS_LIMIT_LOGIN_USER, AS_LIMIT_COUNTER_REGISTERED_AGAIN,
                                   reg->user.username_key, &reg->wait);
    }
    return rv;
}

static apr_status_t create(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    int needs_code = !reg->user.verified;
    apr_status_t rv = needs_code ? as_otp_reserve(tx, reg->call, &reg->flow) : APR_SUCCESS;

    if (rv == APR_SUCCESS) {
        rv = as_users_insert(tx, &reg->user, reg->call->now);
    }
    return rv == APR_SUCCESS && needs_code ? as_otp_store(tx, reg->call, &reg->flow) : rv;
}

static apr_status_t create_again(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    apr_status_t rv =
        as_limit_clear_count_of(tx, reg->call, AS_LIMIT_LOGIN_USER,
                                AS_LIMIT_COUNTER_REGISTERED_AGAIN, reg->user.username_key);

    if (rv == APR_SUCCESS) {
        rv = as_otp_reserve(tx, reg->call, &reg->flow);
    }
    if (rv == APR_SUCCESS) {
        rv = as_users_register_again(tx, &reg->user);
    }
    if (rv == APR_SUCCESS) {
        rv = as_otp_store(tx, reg->call, &reg->flow);
    }
    return rv;
}

/* ---- the steps ---- */

static as_error_t rate_limited(as_call_t *call, apr_interval_time_t wait)
{
    call->reply.retry_after = wait;
    return AS_E_RATE_LIMITED;
}

/* A taken name: only the pending account with this password may register it again. For a verified
 * or locked one no password is compared, but the work is the same. */
static as_error_t prove_ownership(registration_t *reg)
{
    as_user_t *user = &reg->user;
    const as_user_t *holder = reg->holder;
    int pending = !holder->verified && !holder->locked && as_srv_validation(reg->call->sc);
    int matches = 0;
    as_error_t error =
        as_hashing_verify(reg->call, reg->password, pending ? holder->password : NULL,
                          reg->dearest_cost, &matches, NULL);

    if (error == AS_OK && !matches) {
        error = AS_E_USERNAME_TAKEN;
    }
    user->id = holder->id;
    reg->call->account = user->id;
    if (strcmp(user->mobile, holder->mobile) == 0) {
        user->remote_id = holder->remote_id;
    }
    return error;
}

static as_error_t prepare_new(registration_t *reg)
{
    as_user_t *user = &reg->user;
    as_call_t *call = reg->call;

    user->verified = !as_srv_validation(call->sc);
    user->created_at = call->now;
    if (as_uuid_generate(call->pool, &user->id) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    return as_hashing_hash(call, reg->password, &user->password);
}

static as_error_t commit(registration_t *reg)
{
    as_call_t *call = reg->call;
    apr_status_t rv = as_db_write(call->db, call->pool, reg->holder ? create_again : create, reg);
    as_error_t error = AS_OK;

    if (rv == APR_EBUSY) {
        call->reply.id = reg->holder ? reg->user.id : NULL;
        error = rate_limited(call, reg->flow.wait);
    } else if (rv == APR_EEXIST || rv == APR_ENOENT) {
        reg->outrun = 1;
        error = AS_E_USERNAME_TAKEN;
    } else if (rv != APR_SUCCESS) {
        error = as_call_fail_unavailable(call);
    }
    return error;
}

static as_error_t answer(registration_t *reg)
{
    as_call_t *call = reg->call;
    json_object *inner = json_object_new_object();
    const char *text = reg->user.verified ? "Account created (SMS validation false)" : reg->user.id;

    as_call_succeed(call, HTTP_CREATED, NULL);
    call->reply.id = reg->user.id;
    json_object_object_add(inner, "msg", json_object_new_string(text));
    json_object_object_add(call->reply.json, "msg", inner);
    return AS_OK;
}

/* Decide by the account that has the name now, and commit. */
static as_error_t claim_name(registration_t *reg)
{
    as_call_t *call = reg->call;
    as_error_t error;

    reg->outrun = 0;
    reg->user.remote_id = NULL;
    if (as_db_write(call->db, call->pool, look_up, reg) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    reg->counted = 1;
    if (reg->wait) {
        return rate_limited(call, reg->wait);
    }
    error = reg->holder ? prove_ownership(reg) : prepare_new(reg);
    if (error == AS_OK) {
        error = as_otp_create(call, &reg->user, AS_PURPOSE_REGISTER, &reg->flow);
    }
    return error == AS_OK ? commit(reg) : error;
}

/* The same form sent twice at once: the request that comes second registers a pending name again.
 */
static as_error_t register_account(registration_t *reg)
{
    as_error_t error = claim_name(reg);

    for (int i = 1; reg->outrun && i < ATTEMPTS; i++) {
        error = claim_name(reg);
    }
    return error;
}

as_error_t as_endpoint_register(as_call_t *call)
{
    registration_t reg = {.call = call};
    as_error_t error = check_fields(&reg);

    if (error != AS_OK) {
        return error;
    }
    reg.user.updated_at = call->now;
    reg.user.pending_until = call->now + as_srv_pending_ttl(call->sc);
    error = register_account(&reg);
    if (error != AS_OK) {
        return error;
    }
    call->account = reg.user.id;
    if (!reg.user.verified) {
        call->reply.id = reg.user.id;
        error = as_otp_send(call, &reg.flow);
    }
    return error == AS_OK ? answer(&reg) : error;
}
