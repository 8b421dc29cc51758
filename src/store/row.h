/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The row of a table, declared once. The header of a table lists its columns:
 *
 *     #define AS_THINGS_ROW(FIRST, NEXT) FIRST(TEXT, id) NEXT(TIME, created_at)
 *
 * The macros below make from it the members of the struct, the lists of columns and placeholders in
 * statements, their parameters, and the reader of results. A column is one line; a member of
 * another type than its column does not compile.
 */
#ifndef AS_STORE_ROW_H
#define AS_STORE_ROW_H

#include <apr_time.h>

#include "db/stmt.h"

/* The types of columns: the member, the placeholder, the parameter and the reader of each. */
#define AS_ROW_TYPE_TEXT const char *
#define AS_ROW_FORMAT_TEXT "%s"
#define AS_ROW_BIND_TEXT(member) as_row_bind_text(member)
#define AS_ROW_READ_TEXT(rows, row, column) as_rows_text(rows, row, column)

#define AS_ROW_TYPE_INT int
#define AS_ROW_FORMAT_INT "%d"
#define AS_ROW_BIND_INT(member) as_row_bind_int(&(member))
#define AS_ROW_READ_INT(rows, row, column) (int)as_rows_int(rows, row, column)

/* µs since 1970 */
#define AS_ROW_TYPE_TIME apr_time_t
#define AS_ROW_FORMAT_TIME "%lld"
#define AS_ROW_BIND_TIME(member) as_row_bind_time(&(member))
#define AS_ROW_READ_TIME(rows, row, column) as_rows_int(rows, row, column)

static inline const void *as_row_bind_text(const char *value)
{
    return value;
}

static inline const void *as_row_bind_int(const int *value)
{
    return value;
}

static inline const void *as_row_bind_time(const apr_time_t *value)
{
    return value;
}

/* struct { AS_ROW_MEMBERS(AS_THINGS_ROW) } */
#define AS_ROW_MEMBERS(ROW) ROW(AS_ROW_MEMBER, AS_ROW_MEMBER)
#define AS_ROW_MEMBER(type, name) AS_ROW_TYPE_##type name;

/* "id, created_at" */
#define AS_ROW_NAMES(ROW) ROW(AS_ROW_NAME, AS_ROW_NEXT_NAME)
#define AS_ROW_NAME(type, name) #name
#define AS_ROW_NEXT_NAME(type, name) ", " #name

/* "%s, %lld" */
#define AS_ROW_FORMATS(ROW) ROW(AS_ROW_FORMAT, AS_ROW_NEXT_FORMAT)
#define AS_ROW_FORMAT(type, name) AS_ROW_FORMAT_##type
#define AS_ROW_NEXT_FORMAT(type, name) ", " AS_ROW_FORMAT_##type

/* "id = excluded.id, created_at = excluded.created_at" */
#define AS_ROW_REPLACE(ROW) ROW(AS_ROW_EXCLUDED, AS_ROW_NEXT_EXCLUDED)
#define AS_ROW_EXCLUDED(type, name) #name " = excluded." #name
#define AS_ROW_NEXT_EXCLUDED(type, name) ", " #name " = excluded." #name

/* "INSERT INTO table (id, created_at) VALUES (%s, %lld)" */
#define AS_ROW_INSERT(table, ROW)                                                                  \
    "INSERT INTO " table " (" AS_ROW_NAMES(ROW) ") VALUES (" AS_ROW_FORMATS(ROW) ")"

/* The parameters of these placeholders: members of the struct that `row` points to. */
#define AS_ROW_PARAMETERS(ROW) ROW(AS_ROW_PARAMETER, AS_ROW_NEXT_PARAMETER)
#define AS_ROW_PARAMETER(type, name) AS_ROW_BIND_##type(row->name)
#define AS_ROW_NEXT_PARAMETER(type, name) , AS_ROW_BIND_##type(row->name)

/* Read row number `i` of `rows` into the struct that `row` points to, from column 0 on. */
#define AS_ROW_READ(ROW, rows, i)                                                                  \
    do {                                                                                           \
        const as_rows_t *const from = (rows);                                                      \
        const int number = (i);                                                                    \
        int column = 0;                                                                            \
        ROW(AS_ROW_READ_MEMBER, AS_ROW_READ_MEMBER)                                                \
    } while (0)
#define AS_ROW_READ_MEMBER(type, name) row->name = AS_ROW_READ_##type(from, number, column++);

/* The number of columns: one character of a string for each */
#define AS_ROW_COUNT(ROW) ((int)sizeof(ROW(AS_ROW_CHARACTER, AS_ROW_CHARACTER)) - 1)
#define AS_ROW_CHARACTER(type, name) "#"

/* The clock of PostgreSQL in µs since 1970. EXTRACT returns a double before PostgreSQL 14, which is
 * exact to the microsecond until 2255. */
#define AS_CLOCK_PGSQL "CAST(1000000 * EXTRACT(EPOCH FROM clock_timestamp()) AS BIGINT)"

/*
 * Delete the oldest rows that meet a condition. Parameters: those of the condition, the limit,
 * those of the condition again (a row may have changed meanwhile). On PostgreSQL locked rows are
 * skipped, so that purges of several servers do not wait for each other. Rows are found again by
 * `key`, since engines that speak its protocol have no ctid. AS_ROW_PURGE: one key column.
 */
/* The versions of clang-format disagree about it. */
/* clang-format off */
#define AS_ROW_PURGE_BY(table, match, key, end, condition, order)                                  \
    {                                                                                              \
        "DELETE FROM " table " WHERE rowid IN (SELECT rowid FROM " table " WHERE " condition       \
        " ORDER BY " order " LIMIT %d) AND " condition,                                            \
            "DELETE FROM " table " WHERE " match "(SELECT " key " FROM " table " WHERE " condition \
            " ORDER BY " order " LIMIT %d FOR UPDATE SKIP LOCKED)" end " AND " condition           \
    }
#define AS_ROW_PURGE(table, key, condition, order)                                                 \
    AS_ROW_PURGE_BY(table, key " = ANY (ARRAY", key, ")", condition, order)
/* clang-format on */

/* Run such a statement, whose condition has the one parameter `now`. */
apr_status_t as_row_purge(as_tx_t *tx, const as_stmt_t *stmt, apr_time_t now, int limit,
                          int *deleted);

/* For statements that change one row: APR_ENOENT when they changed none. */
static inline apr_status_t as_row_expect_change(apr_status_t rv, int rows_changed)
{
    return rv == APR_SUCCESS && rows_changed == 0 ? APR_ENOENT : rv;
}

#endif
