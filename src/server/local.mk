# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/server/account_epochs.c \
	src/server/child.c \
	src/server/dbd.c \
	src/server/limit_key.c \
	src/server/metrics.c \
	src/server/recipient.c \
	src/server/schema_check.c \
	src/server/sqlite_access.c \
	src/server/startup_notice.c
