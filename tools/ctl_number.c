/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl_number.h"

#include "account/phone.h"

int ctl_number_read(const ctl_t *ctl, const char **mobile, const char **country)
{
    if (as_phone_normalize(ctl->pool, ctl->number, ctl->country, AS_PHONE_TYPES_ANY, mobile,
                           country) != APR_SUCCESS) {
        ctl_print_error("--number '%s' must be a mobile number, such as +447700900123 (or in "
                        "national form, with --country)",
                        ctl->number);
        return CTL_USAGE;
    }
    *country = *country ? *country : "";
    return CTL_OK;
}
