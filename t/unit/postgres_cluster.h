/* SPDX-License-Identifier: Apache-2.0 */
/* A PostgreSQL of the test's own, reached by a socket in a directory, run by an unprivileged user.
 */
#ifndef T_POSTGRES_CLUSTER_H
#define T_POSTGRES_CLUSTER_H

/* Make and start it below `directory`: the `host` of its socket. NULL: no PostgreSQL is installed.
 */
const char *cluster_make(const char *directory);
/* Stop it: SIGQUIT as in a crash, SIGINT orderly. */
void cluster_stop(int sig);
/* Start it again; 0: it did not come up. */
int cluster_start(void);

#endif
