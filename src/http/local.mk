# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/http/account.c \
	src/http/announce.c \
	src/http/challenge.c \
	src/http/changes.c \
	src/http/child.c \
	src/http/client.c \
	src/http/cookie.c \
	src/http/cors.c \
	src/http/database.c \
	src/http/origin.c \
	src/http/sqlite_place.c \
	src/http/tables.c \
	src/http/token.c \
	src/http/verdict.c
