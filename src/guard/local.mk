# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/guard/answer.c \
	src/guard/hooks.c \
	src/guard/identity.c \
	src/guard/lookup.c \
	src/guard/redirect.c \
	src/guard/require.c
