/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of src/store: each case runs on SQLite and on a PostgreSQL of the test's own. */
#ifndef T_STORE_SUPPORT_H
#define T_STORE_SUPPORT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <apr_tables.h>

#include "db/unit.h"
#include "store/users.h"

typedef enum driver_t { SQLITE, PGSQL } driver_t;
enum { DRIVERS = 2 };

/* What a case is given: an empty database (tables made unless it says otherwise) of its own. */
typedef struct store_t {
    driver_t driver;
    apr_pool_t *pool;
    const char *params;
    as_db_options_t options; /* as `db` was made with */
    as_db_t *db;
    as_log_t log;
    apr_interval_time_t max_age; /* of the connections of store_open's databases; 0: any */
    int background;              /* a thread opens them */
    apr_array_header_t *init;    /* const char *, run on each new one; NULL: nothing */
} store_t;

typedef struct store_case_t {
    const char *name;
    void (*run)(store_t *s);
    int drivers; /* 1 << SQLITE | 1 << PGSQL; 0: both */
    int bare;    /* without tables */
} store_case_t;

/* The versions of clang-format disagree about it. */
/* clang-format off */
#define CASE(f)                                                                                    \
    {                                                                                              \
        #f, f, 0, 0                                                                                \
    }
#define CASE_BARE(f)                                                                               \
    {                                                                                              \
        #f, f, 0, 1                                                                                \
    }
#define CASE_ON(f, driver)                                                                         \
    {                                                                                              \
        #f, f, 1 << (driver), 0                                                                    \
    }
/* clang-format on */

/* Run a function in a unit of work, which commits and logs nothing. */
void store_in_unit(store_t *s, void (*run)(as_tx_t *tx));

/* A case store_f that runs f in a unit of work. */
#define IN_UNIT(f)                                                                                 \
    static void store_##f(store_t *s)                                                              \
    {                                                                                              \
        store_in_unit(s, f);                                                                       \
    }

/* A unit of work that takes as many microseconds as the baton, a uintptr_t, says. */
apr_status_t store_pause(as_tx_t *tx, void *baton);

/* Both accounts have the same members. */
void assert_same_user(const as_user_t *a, const as_user_t *b);

/* Runs all cases on all drivers; main's return value. */
int store_run(const store_case_t *cases, int n);

/* Another as_db_t on the same database, or with other parameters or options. */
as_db_t *store_open(store_t *s, const char *params, const as_db_options_t *options);
/* The parameters of a database or file that does not exist, and the making of it. */
const char *store_missing(store_t *s);
void store_make_missing(store_t *s);
/* PostgreSQL is stopped at once, as in a crash, and started again. */
void store_crash(void);

/* Lines logged at this level or above whose text holds `part` ("" for all). */
int store_logged(as_log_level_t level, const char *part);

/* Run `one` in n threads at once, each with its own pool. How many returned APR_SUCCESS; `other`
 * (may be NULL) how many returned neither that nor `expected`. */
int store_race(store_t *s, int n, apr_status_t (*one)(store_t *s, apr_pool_t *p),
               apr_status_t expected, int *other);

/* A text (no parameters) in a unit of its own: its first field as a number. */
apr_int64_t store_number(as_db_t *db, apr_pool_t *p, const char *sql);
void store_do(as_db_t *db, apr_pool_t *p, const char *sql);

#define assert_ok(rv) assert_int_equal((rv), APR_SUCCESS)

#endif
