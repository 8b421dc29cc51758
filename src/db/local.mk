# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/db/conn.c \
	src/db/driver.c \
	src/db/fault.c \
	src/db/health.c \
	src/db/rows.c \
	src/db/settings.c \
	src/db/source.c \
	src/db/sqlite_file.c \
	src/db/stmt.c \
	src/db/tx.c \
	src/db/unit.c \
	src/db/watchdog.c \
	src/db/writer_lock.c
