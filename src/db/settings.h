/* SPDX-License-Identifier: Apache-2.0 */
/* Checks of role and settings of a new PostgreSQL connection. Both are statements of a unit, so
 * that the watchdog limits them: a pooler accepts connections without a server behind it. */
#ifndef AS_DB_SETTINGS_H
#define AS_DB_SETTINGS_H

#include "db/tx.h"

/* The first statement of each connection (one round trip). APR_EAGAIN: no server answers, or it is
 * a standby; *reason: for the log, from the unit's result pool. */
apr_status_t as_settings_check_role(as_tx_t *tx, const char **reason);

/* Warn of missing time limits, of encodings other than UTF-8 and of untested engines. An error: the
 * statement failed, nothing was logged, and the unit has its fault. */
apr_status_t as_settings_log_warnings(as_tx_t *tx);

#endif
