/* SPDX-License-Identifier: Apache-2.0 */
/* Preloaded (LD_PRELOAD): a thread that lets a mutex go comes late to what it does next, and so
 * does a process to its end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

enum { LATE = 1000, LATER = 100 * 1000 /* µs */ };

int apr_thread_mutex_unlock(void *mutex)
{
    static int (*unlock)(void *);
    int rv;

    if (!unlock) {
        *(void **)&unlock = dlsym(RTLD_NEXT, "apr_thread_mutex_unlock");
    }
    rv = unlock(mutex);
    if (gettid() != getpid()) {
        usleep(LATE);
    }
    return rv;
}

__attribute__((destructor)) static void end(void)
{
    usleep(LATER);
}
