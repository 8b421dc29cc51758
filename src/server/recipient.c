/* SPDX-License-Identifier: Apache-2.0 */
#include "server/recipient.h"

#include <string.h>

as_sms_recipient_t as_recipient_of(const as_user_t *user)
{
    size_t prefix = strlen(user->country);

    return (as_sms_recipient_t){
        .account = user->id,
        .e164 = user->mobile,
        .country = user->country,
        .national = user->mobile + (strncmp(user->mobile, user->country, prefix) == 0 ? prefix : 0),
        .remote_id = user->remote_id,
    };
}
