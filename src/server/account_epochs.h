/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which accounts changed, known in all children of this server at once: a small table of counters
 * in shared memory, indexed by a hash of the user id. Read it *before* asking the database and
 * raise it *after* the commit: a verdict kept with the count it was made under is stale as soon as
 * the count differs.
 */
#ifndef AS_SERVER_ACCOUNT_EPOCHS_H
#define AS_SERVER_ACCOUNT_EPOCHS_H

#include <httpd.h>

/* post_config: the table, made once for the life of the server process, so that the children of
 * before and after a graceful restart share it. */
apr_status_t as_account_epochs_post_config(server_rec *s);

/* Where an account is counted, and the count there. */
apr_uint32_t as_account_epochs_find_slot(const char *user_id);
apr_uint32_t as_account_epochs_get(apr_uint32_t place);

/* This account, its sessions or what it may do has changed, and the change is committed. */
void as_account_epochs_raise(const char *user_id);

#endif
