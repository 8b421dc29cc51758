/* SPDX-License-Identifier: Apache-2.0 */
/* Background threads of a child process. */
#ifndef AS_BASE_THREAD_H
#define AS_BASE_THREAD_H

#include <apr_thread_proc.h>

/* Start a thread with all signals blocked: httpd's signal handlers must not run in it, since they
 * may end the child, which joins its threads. p: of the thread only. *thread: NULL after an error.
 */
apr_status_t as_thread_start(apr_thread_t **thread, apr_thread_start_t function, void *data,
                             apr_pool_t *p);

#endif
