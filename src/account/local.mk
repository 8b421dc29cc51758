# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/account/argon2.c \
	src/account/bcrypt.c \
	src/account/blocklist.c \
	src/account/code.c \
	src/account/invitation.c \
	src/account/legacy_hash.c \
	src/account/password.c \
	src/account/password_policy.c \
	src/account/phone.c \
	src/account/phone_plan.c \
	src/account/phone_tables.c \
	src/account/refresh_token.c \
	src/account/username.c
