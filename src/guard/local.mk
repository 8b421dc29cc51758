# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/guard/check_handler.c \
	src/guard/hooks.c \
	src/guard/identity.c \
	src/guard/login_redirect.c \
	src/guard/lookup_refusal.c \
	src/guard/require.c \
	src/guard/response_headers.c
