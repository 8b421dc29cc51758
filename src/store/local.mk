# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/store/addresses.c \
	src/store/challenges.c \
	src/store/codes.c \
	src/store/conversions.c \
	src/store/diagnosis.c \
	src/store/expired.c \
	src/store/export.c \
	src/store/invitations.c \
	src/store/jobs.c \
	src/store/limits.c \
	src/store/outbox.c \
	src/store/resets.c \
	src/store/roles.c \
	src/store/row.c \
	src/store/schema.c \
	src/store/schema_plan.c \
	src/store/schema_upgrade.c \
	src/store/sessions.c \
	src/store/standing.c \
	src/store/users.c \
	src/store/users_admin.c \
	src/store/verification.c
