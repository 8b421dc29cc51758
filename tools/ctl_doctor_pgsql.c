/* SPDX-License-Identifier: Apache-2.0 */
/* doctor: a PostgreSQL server, its clock and its number of connections. */
#include "ctl_doctor.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"
#include "store/diagnosis.h"

enum { DBD_MAX_DEFAULT = 10 }; /* mod_dbd's */

/* A larger number in the configuration is an error. */
enum { NUMBER_MAX = 1000000 };

/* The defaults of httpd's MPMs. */
enum { THREADS_DEFAULT = 25, WORKERS_DEFAULT = 400, PREFORK_DEFAULT = 256 };

static int number_of(const ctl_conf_t *conf, int host, const char *name, int fallback)
{
    const ctl_directive_t *d = ctl_conf_find(conf, host, name);
    apr_int64_t number = d ? apr_atoi64(ctl_directive_word(d, 0)) : 0;

    return number > 0 && number <= NUMBER_MAX ? (int)number : fallback;
}

static int is_loaded(const ctl_conf_t *conf, const char *module)
{
    for (int i = 0; i < conf->directives->nelts; i++) {
        const ctl_directive_t *d = &APR_ARRAY_IDX(conf->directives, i, ctl_directive_t);

        if (ctl_directive_is(d, "LoadModule") && strcmp(ctl_directive_word(d, 0), module) == 0) {
            return 1;
        }
    }
    return 0;
}

void ctl_doctor_count_children(const ctl_conf_t *conf, int *children, int *threads)
{
    int is_prefork = is_loaded(conf, "mpm_prefork_module");
    int workers;

    *children = *threads = 0;
    if (!is_prefork && !is_loaded(conf, "mpm_event_module") &&
        !is_loaded(conf, "mpm_worker_module")) {
        return;
    }
    *threads = is_prefork ? 1 : number_of(conf, 0, "ThreadsPerChild", THREADS_DEFAULT);
    workers = number_of(conf, 0, "MaxClients", is_prefork ? PREFORK_DEFAULT : WORKERS_DEFAULT);
    workers = number_of(conf, 0, "MaxRequestWorkers", workers);
    *children = (workers + *threads - 1) / *threads;
}

static void check_connections(ctl_doctor_t *d, const as_diagnosis_server_t *server, int host)
{
    int per_child = number_of(d->conf, host, "DBDMax", DBD_MAX_DEFAULT);
    int most = server->connections_max;
    int children, threads;
    apr_int64_t in_total;

    if (server->role_limit >= 0 && server->role_limit < most) {
        most = server->role_limit;
    }
    ctl_doctor_count_children(d->conf, &children, &threads);
    in_total = (apr_int64_t)per_child * children;
    if (per_child > most) {
        ctl_doctor_report(d, CTL_DOCTOR_PROBLEM,
                          apr_psprintf(d->pool, "set DBDMax to 8, or raise max_connections"),
                          "DBDMax is %d, and the server accepts %d connections", per_child, most);
    } else if (!children) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED,
                          "compare DBDMax x number of children with max_connections",
                          "the number of httpd's children is unknown: no LoadModule of an MPM");
    } else if (in_total > most) {
        ctl_doctor_report(
            d, CTL_DOCTOR_WARNING,
            apr_psprintf(d->pool, "set DBDMax to %d, or raise max_connections to %" APR_INT64_T_FMT,
                         most / children > 0 ? most / children : 1, in_total + 10),
            "under full load %d children open %d connections each, and the server accepts %d",
            children, per_child, most);
    } else {
        ctl_doctor_report(d, CTL_DOCTOR_OK, NULL,
                          "%d children with %d connections each: the server accepts %d", children,
                          per_child, most);
    }
    if (threads > 1 && per_child >= threads) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          apr_psprintf(d->pool, "set DBDMax below ThreadsPerChild, %d", threads),
                          "DBDMax is %d: a database that hangs would block every thread",
                          per_child);
    }
}

/* statement_timeout is among the warnings of the connection. */
static void check_timeouts(ctl_doctor_t *d, const as_diagnosis_server_t *server)
{
    const char *missing = "";

    if (strcmp(server->lock_timeout, "0") == 0) {
        missing = " -c lock_timeout=2000";
    }
    if (strcmp(server->idle_timeout, "0") == 0) {
        missing =
            apr_pstrcat(d->pool, missing, " -c idle_in_transaction_session_timeout=10000", NULL);
    }
    if (*missing) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          apr_psprintf(d->pool,
                                       "add to options='…' of DBDParams:%s (behind pgbouncer: "
                                       "ALTER ROLE)",
                                       missing),
                          "time limits are missing: a lock could block requests for long");
    }
}

const char *ctl_doctor_check_pgsql(ctl_doctor_t *d, as_db_t *db, int host)
{
    as_diagnosis_server_t server;
    apr_time_t before = as_clock_now();

    if (as_diagnosis_read_server(db, d->pool, &server) != APR_SUCCESS) {
        ctl_doctor_report(d, CTL_DOCTOR_NOT_CHECKED, NULL,
                          "the settings of the server cannot be read");
        return "ROLE";
    }
    ctl_doctor_check_clock(d, "the database server", server.now, before, as_clock_now());
    if (server.is_superuser) {
        ctl_doctor_report(d, CTL_DOCTOR_WARNING,
                          "make a role with least privileges: see docs/postgresql.md",
                          "the role %s is a superuser, and needs only its tables", server.role);
    }
    check_timeouts(d, &server);
    check_connections(d, &server, host);
    return server.role;
}
