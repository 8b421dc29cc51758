/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Invalidates cached standings in all children of this server when an account changes: counters
 * (epochs) in shared memory, indexed by a hash of the account's id. Read the epoch *before* the
 * query and raise it *after* the commit. A standing that was cached under another epoch is
 * outdated.
 */
#ifndef AS_SERVER_ACCOUNT_EPOCHS_H
#define AS_SERVER_ACCOUNT_EPOCHS_H

#include <httpd.h>

/* post_config: create the table, once for the life of the server process: children from before and
 * after a graceful restart share it. */
apr_status_t as_account_epochs_post_config(server_rec *s);

/* The slot of an account, and the current epoch of a slot. */
apr_uint32_t as_account_epochs_find_slot(const char *user_id);
apr_uint32_t as_account_epochs_get(apr_uint32_t slot);

/* Call after the commit of a change to an account, its sessions or its permissions. */
void as_account_epochs_raise(const char *user_id);

#endif
