# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/auth/account_check.c \
	src/auth/cache_headers.c \
	src/auth/challenge.c \
	src/auth/client.c \
	src/auth/connection_token.c \
	src/auth/cookie.c \
	src/auth/cors.c \
	src/auth/origin.c \
	src/auth/request_event.c \
	src/auth/token.c \
	src/auth/verdict.c
