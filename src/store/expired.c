/* SPDX-License-Identifier: Apache-2.0 */
#include "store/expired.h"

#include "store/addresses.h"
#include "store/challenges.h"
#include "store/codes.h"
#include "store/conversions.h"
#include "store/invitations.h"
#include "store/limits.h"
#include "store/outbox.h"
#include "store/resets.h"
#include "store/sessions.h"
#include "store/users.h"

/* AuthSMSFraudGuard reads one day. */
#define CONVERSIONS_KEPT apr_time_from_sec(2 * 86400)
/* How long the state of a text is kept. */
#define TEXTS_KEPT apr_time_from_sec(7 * 86400)

static apr_status_t purge_texts(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_outbox_purge(tx, now - TEXTS_KEPT, limit, deleted);
}

static apr_status_t purge_conversions(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_conversions_purge(tx, now - CONVERSIONS_KEPT, limit, deleted);
}

static apr_status_t purge_resets(as_tx_t *tx, apr_time_t now, int limit, int *deleted)
{
    return as_resets_purge(tx, now - AS_RESETS_TTL, limit, deleted);
}

as_expired_purge_fn *const as_expired_tables[] = {
    as_outbox_expire,  as_limits_purge,    as_users_purge,      as_codes_purge,
    as_sessions_purge, as_addresses_purge, as_challenges_purge, as_invitations_purge,
    purge_texts,       purge_resets,       purge_conversions,   NULL,
};
