/* SPDX-License-Identifier: Apache-2.0 */
#include "api/mobile.h"

#include "account/phone.h"

as_error_t as_mobile_normalize(const as_call_t *call, const char *given, const char *country_code,
                               const char **mobile, const char **country)
{
    const as_srv_t *sc = call->sc;
    as_phone_types_t types = (as_phone_types_t)as_srv_number_types(sc);
    const char *home = as_srv_country(sc);

    if (country_code &&
        as_phone_parse_calling_code(call->pool, country_code, &home) != APR_SUCCESS) {
        return AS_E_INVALID_MOBILE;
    }
    if (as_phone_normalize(call->pool, given, home, types, mobile, country) != APR_SUCCESS) {
        return AS_E_INVALID_MOBILE;
    }
    *country = *country ? *country : "";
    return as_phone_is_allowed(as_srv_countries(sc), *mobile) ? AS_OK : AS_E_COUNTRY_NOT_ALLOWED;
}
