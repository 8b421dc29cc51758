# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/ops/outbox.c \
	src/ops/sweep.c \
	src/ops/worker.c
