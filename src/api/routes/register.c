/* SPDX-License-Identifier: Apache-2.0 */
/* POST /user */
#include "api/call.h"

#include <apr_strings.h>

#include <string.h>

#include "account/invitation.h"
#include "account/username.h"
#include "api/hashing.h"
#include "api/limit.h"
#include "api/login_name.h"
#include "api/mobile.h"
#include "api/new_password.h"
#include "api/otp.h"
#include "auth/client.h"
#include "base/uuid.h"
#include "store/invitations.h"
#include "store/roles.h"
#include "store/users.h"

/* How often a registration starts again because another request changed the name's account. */
enum { ATTEMPTS = 3 };

typedef struct registration_t {
    as_call_t *call;
    as_user_t user; /* to be stored */
    const char *password;
    const char *country;    /* calling code of numbers in national form; NULL: AuthSMSCountry */
    const char *invitation; /* digest of its code; NULL: none was sent */
    const as_invitation_t *invited_by; /* the usable invitation of this digest; NULL: none */
    int is_admitted;                   /* may make a new account */
    as_error_t field_error;            /* of the fields, where it is not reported at once */
    const char *field_msg;             /* its text; NULL: the default */
    as_user_t *existing;               /* the account that has the name; NULL: none */
    as_stored_hashes_t highest_hashes;
    as_otp_t otp;
    apr_interval_time_t retry_after;
    int is_counted;  /* under register/ip */
    int is_outdated; /* the account of this name changed after it was read */
} registration_t;

/* Accounts without passwords (AuthSMSLogin sms alone). */
static int is_passwordless(const registration_t *reg)
{
    return as_srv_login_methods(reg->call->sc) == AS_LOGIN_SMS;
}

/* ---- the fields ---- */

static as_error_t read_fields(registration_t *reg)
{
    const as_body_t *body = reg->call->body;
    as_error_t error = as_body_get_text(body, "username", &reg->user.username);

    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_phone(body, "smsmobile", &reg->user.mobile_given);
    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(body, "password", &reg->password);
    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_phone(body, "countryCode", &reg->country);
    if (error != AS_OK) {
        return error;
    }
    error = as_body_get_text(body, "invitation", &reg->invitation);
    if (error != AS_OK) {
        return error;
    }
    if (!reg->user.username && !is_passwordless(reg)) {
        return AS_E_MISSING_USERNAME;
    }
    if (!reg->user.mobile_given) {
        return AS_E_MISSING_MOBILE;
    }
    return reg->password || is_passwordless(reg) ? AS_OK : AS_E_MISSING_PASSWORD;
}

static as_error_t check_username(registration_t *reg)
{
    as_user_t *user = &reg->user;
    apr_pool_t *p = reg->call->pool;

    user->username_key = NULL;
    if (as_username_validate(p, user->username) != APR_SUCCESS ||
        as_username_fold(p, user->username, &user->username_key) != APR_SUCCESS ||
        as_username_has_id_form(user->username_key)) {
        return AS_E_INVALID_USERNAME;
    }
    return AS_OK;
}

static as_error_t check_mobile(registration_t *reg)
{
    as_user_t *user = &reg->user;

    return as_mobile_normalize(reg->call, user->mobile_given, reg->country, &user->mobile,
                               &user->country);
}

/*
 * The number is the username of an account without one. A username that is a number must be the
 * account's own: otherwise its owner could not register. All its forms are one name.
 */
static as_error_t check_number_as_name(registration_t *reg)
{
    as_user_t *user = &reg->user;
    as_login_name_t name;
    as_error_t error;

    if (!user->username) {
        user->username = user->username_key = user->mobile;
        return AS_OK;
    }
    error = as_login_name_parse(reg->call, user->username, &name);
    if (error != AS_OK) {
        return error;
    }
    if (name.number == name.key) {
        return AS_OK;
    }
    user->username_key = name.number;
    return user->mobile && strcmp(name.number, user->mobile) == 0 ? AS_OK : AS_E_INVALID_USERNAME;
}

static as_error_t check_password(registration_t *reg)
{
    as_call_t *call = reg->call;
    as_error_t error =
        as_new_password_check(call, reg->password, reg->user.username, reg->user.mobile);

    reg->field_msg = call->reply.msg;
    call->reply.msg = NULL;
    return error;
}

/* Sets the normalized number also if the username is invalid: an invitation may be for it. */
static as_error_t check_fields(registration_t *reg)
{
    as_error_t error = reg->user.username ? check_username(reg) : AS_OK;
    as_error_t mobile_error = check_mobile(reg);

    if (error != AS_OK) {
        return error;
    }
    if (is_passwordless(reg)) {
        error = check_number_as_name(reg);
        return error != AS_OK ? error : mobile_error;
    }
    if (mobile_error != AS_OK) {
        return mobile_error;
    }
    return check_password(reg);
}

static as_error_t report_field_error(registration_t *reg)
{
    reg->call->reply.msg = reg->field_msg;
    return reg->field_error;
}

/* ---- the invitation ---- */

static apr_status_t find_invitation(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    as_invitation_t *found = NULL;
    apr_status_t rv = as_invitations_find(tx, reg->invitation, reg->call->now, &found);

    reg->invited_by = found;
    return rv == APR_ENOENT ? APR_SUCCESS : rv;
}

/* Is the number, which may be one that cannot be used, that of the invitation? */
static int has_invited_number(const registration_t *reg)
{
    const char *mobile = reg->invited_by->mobile;

    return !mobile || (reg->user.mobile && strcmp(reg->user.mobile, mobile) == 0);
}

/* A client that is not admitted may still register its pending account again. */
static as_error_t check_admission(registration_t *reg)
{
    as_call_t *call = reg->call;

    reg->is_admitted = as_srv_registration(call->sc) == AS_REGISTRATION_OPEN && !reg->invitation;
    if (!reg->invitation) {
        return AS_OK;
    }
    if (as_db_read(call->db, call->pool, find_invitation, reg) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    reg->is_admitted = reg->invited_by && has_invited_number(reg);
    return AS_OK;
}

/* The last use of the invitation may be gone since it was found. */
static apr_status_t use_invitation(as_tx_t *tx, registration_t *reg)
{
    as_invitation_t *used;
    apr_status_t rv =
        as_invitations_use(tx, reg->invitation, reg->user.mobile, reg->call->now, &used);

    if (rv == APR_SUCCESS) {
        reg->user.invited_mobile = reg->user.verified ? NULL : used->mobile;
        reg->invited_by = used;
    }
    return rv;
}

static apr_status_t give_roles(as_tx_t *tx, const registration_t *reg)
{
    const char *roles = reg->invited_by ? reg->invited_by->roles : NULL;
    apr_status_t rv = APR_SUCCESS;

    while (roles && *roles && rv == APR_SUCCESS) {
        size_t len = strcspn(roles, ",");

        rv = as_roles_add(tx, reg->user.id, apr_pstrmemdup(reg->call->pool, roles, len));
        roles += len + (roles[len] == ',');
    }
    return rv;
}

/* ---- the account that has the name ---- */

static apr_status_t count_and_find(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    as_call_t *call = reg->call;
    const char *network = as_client_get_network(call->r);
    apr_status_t rv = APR_SUCCESS;

    reg->existing = NULL;
    reg->retry_after = 0;
    if (!reg->is_counted) {
        rv = as_limit_count_use(tx, call, AS_LIMIT_REGISTER_IP, network, &reg->retry_after);
    }
    if (rv != APR_SUCCESS || reg->retry_after) {
        return rv;
    }
    rv = as_users_find_for_password(tx, reg->user.username_key, call->now, &reg->existing,
                                    &reg->highest_hashes);
    if (rv != APR_SUCCESS || (!reg->existing && reg->is_admitted)) {
        return rv;
    }
    /* Counted for every taken name, though only passwords of pending accounts are compared: a 429
     * must not disclose which accounts are pending. Without an admission it must not disclose
     * which names are taken either. Logins of the owner have their own counter. */
    return as_limit_count_use_of(tx, call, AS_LIMIT_LOGIN_USER, AS_LIMIT_COUNTER_REGISTERED_AGAIN,
                                 reg->user.username_key, &reg->retry_after);
}

static as_error_t find_existing(registration_t *reg)
{
    as_call_t *call = reg->call;

    if (as_db_write_separately(call->db, call->pool, count_and_find, reg) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    reg->is_counted = 1;
    if (reg->retry_after) {
        return as_call_fail_rate_limited(call, reg->retry_after);
    }
    return AS_OK;
}

/* Is this the owner of the pending account? By its password, or if it has none, by its number. */
static as_error_t match_owner(registration_t *reg, int is_pending, int *matches)
{
    const as_user_t *existing = reg->existing;
    const char *stored = is_pending ? existing->password : NULL;

    if (is_passwordless(reg)) {
        *matches =
            is_pending && !*existing->password && strcmp(reg->user.mobile, existing->mobile) == 0;
        return AS_OK;
    }
    return as_hashing_verify(reg->call, reg->password, stored, &reg->highest_hashes, matches, NULL);
}

/* Only a pending account may be registered again, by its owner. For other accounts no password is
 * compared, but the work is the same. */
static as_error_t check_ownership(registration_t *reg)
{
    as_call_t *call = reg->call;
    as_user_t *user = &reg->user;
    const as_user_t *existing = reg->existing;
    int is_pending = !existing->verified && !existing->locked && as_srv_validation(call->sc);
    int matches;
    as_error_t error = match_owner(reg, is_pending, &matches);

    call->log_account = user->id = existing->id;
    if (error != AS_OK) {
        return error;
    }
    if (!matches) {
        return reg->is_admitted ? AS_E_USERNAME_TAKEN : AS_E_INVALID_INVITATION;
    }
    if (reg->field_error != AS_OK) {
        return report_field_error(reg);
    }
    if (existing->invited_mobile && strcmp(user->mobile, existing->invited_mobile) != 0) {
        return AS_E_INVALID_INVITATION;
    }
    if (strcmp(user->mobile, existing->mobile) == 0) {
        user->remote_id = existing->remote_id;
    }
    return AS_OK;
}

/* The same work and response as for a taken name: without an invitation, a client does not learn
 * which names are taken. */
static as_error_t refuse_new(registration_t *reg)
{
    int matches;
    as_error_t error;

    if (is_passwordless(reg)) {
        return AS_E_INVALID_INVITATION;
    }
    error = as_hashing_verify(reg->call, reg->password, NULL, &reg->highest_hashes, &matches, NULL);
    return error == AS_OK ? AS_E_INVALID_INVITATION : error;
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
    if (is_passwordless(reg)) {
        user->password = ""; /* the hash of no password */
        return AS_OK;
    }
    return as_hashing_hash(call, reg->password, &user->password);
}

/* ---- storing it with its code ---- */

static apr_status_t insert_account(as_tx_t *tx, registration_t *reg)
{
    apr_status_t rv = reg->invitation ? use_invitation(tx, reg) : APR_SUCCESS;

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_insert(tx, &reg->user, reg->call->now);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return give_roles(tx, reg);
}

static apr_status_t store_new(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    apr_status_t rv;

    if (reg->user.verified) {
        return insert_account(tx, reg);
    }
    rv = as_otp_reserve(tx, reg->call, &reg->otp);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = insert_account(tx, reg);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_otp_store(tx, reg->call, &reg->otp);
}

static apr_status_t store_again(as_tx_t *tx, void *baton)
{
    registration_t *reg = baton;
    apr_status_t rv =
        as_limit_clear_count_of(tx, reg->call, AS_LIMIT_LOGIN_USER,
                                AS_LIMIT_COUNTER_REGISTERED_AGAIN, reg->user.username_key);

    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_otp_reserve(tx, reg->call, &reg->otp);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    rv = as_users_register_again(tx, &reg->user);
    if (rv != APR_SUCCESS) {
        return rv;
    }
    return as_otp_store(tx, reg->call, &reg->otp);
}

static as_error_t store_account(registration_t *reg)
{
    as_call_t *call = reg->call;

    switch (as_db_write(call->db, call->pool, reg->existing ? store_again : store_new, reg)) {
    case APR_SUCCESS:
        return AS_OK;
    case APR_EBUSY:
        call->reply.account_id = reg->existing ? reg->user.id : NULL;
        return as_call_fail_rate_limited(call, reg->otp.retry_after);
    case APR_EEXIST: /* another request has registered the name */
        reg->is_outdated = 1;
        return AS_E_USERNAME_TAKEN;
    case APR_ENOENT: /* another request has verified or removed the account, or has used up the
                        invitation */
        reg->is_outdated = 1;
        return reg->existing ? AS_E_USERNAME_TAKEN : AS_E_INVALID_INVITATION;
    default:
        return as_call_fail_unavailable(call);
    }
}

/* ---- the endpoint ---- */

static as_error_t try_to_register(registration_t *reg)
{
    as_error_t error;

    reg->is_outdated = 0;
    reg->user.remote_id = NULL;
    reg->user.invited_mobile = NULL;
    error = check_admission(reg);
    if (error != AS_OK) {
        return error;
    }
    if (reg->is_admitted && reg->field_error != AS_OK) {
        return report_field_error(reg);
    }
    if (!reg->user.username_key) {
        return AS_E_INVALID_INVITATION;
    }
    error = find_existing(reg);
    if (error != AS_OK) {
        return error;
    }
    if (reg->existing) {
        error = check_ownership(reg);
    } else {
        error = reg->is_admitted ? prepare_new(reg) : refuse_new(reg);
    }
    if (error != AS_OK) {
        return error;
    }
    error = as_otp_create(reg->call, &reg->user, AS_PURPOSE_REGISTER, &reg->otp);
    if (error != AS_OK) {
        return error;
    }
    reg->otp.message.is_first = !reg->existing;
    return store_account(reg);
}

/* Of two equal requests at once, the second one registers the pending account again. */
static as_error_t register_account(registration_t *reg)
{
    as_error_t error = try_to_register(reg);

    for (int i = 1; reg->is_outdated && i < ATTEMPTS; i++) {
        error = try_to_register(reg);
    }
    return error;
}

static as_error_t send_code(registration_t *reg)
{
    if (reg->user.verified) {
        return AS_OK;
    }
    reg->call->reply.account_id = reg->user.id;
    return as_otp_send(reg->call, &reg->otp);
}

static as_error_t answer(registration_t *reg)
{
    as_call_t *call = reg->call;
    json_object *inner = json_object_new_object();
    const char *text = reg->user.verified ? "Account created (SMS validation false)" : reg->user.id;

    as_call_succeed(call, HTTP_CREATED, NULL);
    call->reply.account_id = reg->user.id;
    json_object_object_add(inner, "msg", json_object_new_string(text));
    json_object_object_add(call->reply.json, "msg", inner);
    return AS_OK;
}

as_error_t as_endpoint_register(as_call_t *call)
{
    registration_t reg = {.call = call};
    as_error_t error = read_fields(&reg);

    if (error != AS_OK) {
        return error;
    }
    if (as_srv_registration(call->sc) == AS_REGISTRATION_CLOSED) {
        return AS_E_REGISTRATION_CLOSED;
    }
    if (reg.invitation &&
        as_invitation_hash(call->pool, reg.invitation, &reg.invitation) != APR_SUCCESS) {
        return as_call_fail_unavailable(call);
    }
    reg.field_error = check_fields(&reg);
    reg.user.updated_at = call->now;
    reg.user.pending_until = call->now + as_srv_pending_ttl(call->sc);
    error = register_account(&reg);
    if (error != AS_OK) {
        return error;
    }
    call->log_account = reg.user.id;
    error = send_code(&reg);
    if (error != AS_OK) {
        return error;
    }
    return answer(&reg);
}
