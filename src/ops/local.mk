# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/ops/audit.c \
	src/ops/metrics_page.c \
	src/ops/metrics_status.c \
	src/ops/sender_pool.c \
	src/ops/purge.c \
	src/ops/reset_codes.c \
	src/ops/worker.c
