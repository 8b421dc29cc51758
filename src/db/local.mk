# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/db/conn.c \
	src/db/fault.c \
	src/db/source.c \
	src/db/sqlite_file.c \
	src/db/stmt.c \
	src/db/unit.c \
	src/db/watchdog.c
