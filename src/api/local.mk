# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/api/account.c \
	src/api/authenticate.c \
	src/api/body.c \
	src/api/code_flow.c \
	src/api/hashing.c \
	src/api/hooks.c \
	src/api/index.c \
	src/api/jwks.c \
	src/api/limit.c \
	src/api/logout.c \
	src/api/refusal.c \
	src/api/register.c \
	src/api/reply.c \
	src/api/resend.c \
	src/api/router.c \
	src/api/sending.c \
	src/api/sms_status.c \
	src/api/verify.c
