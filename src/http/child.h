/* SPDX-License-Identifier: Apache-2.0 */
/* What a child process holds for each virtual host: made in child_init, read-only afterwards. */
#ifndef AS_HTTP_CHILD_H
#define AS_HTTP_CHILD_H

#include <httpd.h>

#include "core/gate.h"
#include "core/log.h"
#include "sms/delivery.h"
#include "store/db.h"

typedef struct as_child_t {
    as_db_t *db;             /* NULL: no mod_dbd in reach */
    as_delivery_t *delivery; /* NULL: nothing to send with (validation off) */
    as_gate_t *hashing;      /* how many passwords are hashed at once */
    as_log_t log;            /* writes to this host's error log */
} as_child_t;

#endif
