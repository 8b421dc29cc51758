# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/text/ascii.c \
	src/text/credential.c \
	src/text/form.c \
	src/text/json.c \
	src/text/json_path.c \
	src/text/json_strict.c \
	src/text/json_unescape.c \
	src/text/json_view.c
