/* SPDX-License-Identifier: Apache-2.0 */
#include "api/login_name.h"

#include "account/phone.h"
#include "account/username.h"

as_error_t as_login_name_parse(const as_call_t *call, const char *username, as_login_name_t *name)
{
    const as_srv_t *sc = call->sc;
    as_phone_types_t types = (as_phone_types_t)as_srv_number_types(sc);
    const char *number, *country;

    *name = (as_login_name_t){.key = "", .number = ""};
    /* Overlong names are not folded: that takes time in proportion to their length. */
    if (as_username_is_too_long(username)) {
        name->is_overlong = 1;
        return AS_OK;
    }
    if (as_username_fold(call->pool, username, &name->key) != APR_SUCCESS) {
        return AS_E_BAD_REQUEST;
    }
    name->number = as_phone_normalize(call->pool, username, as_srv_country(sc), types, &number,
                                      &country) == APR_SUCCESS
                       ? number
                       : name->key;
    return AS_OK;
}
