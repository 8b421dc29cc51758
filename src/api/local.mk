# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/api/body.c \
	src/api/call.c \
	src/api/error_page.c \
	src/api/hashing.c \
	src/api/hooks.c \
	src/api/limit.c \
	src/api/login.c \
	src/api/message.c \
	src/api/otp.c \
	src/api/password_check.c \
	src/api/query.c \
	src/api/refresh.c \
	src/api/recent.c \
	src/api/reply.c \
	src/api/router.c \
	src/api/second_factor.c \
	src/api/session_end.c \
	src/api/session_token.c \
	src/api/welcome.c \
	src/api/routes/account.c \
	src/api/routes/authenticate.c \
	src/api/routes/index.c \
	src/api/routes/jwks.c \
	src/api/routes/logout.c \
	src/api/routes/register.c \
	src/api/routes/resend.c \
	src/api/routes/revoke.c \
	src/api/routes/session_delete.c \
	src/api/routes/sessions.c \
	src/api/routes/sms_status.c \
	src/api/routes/token.c \
	src/api/routes/verify.c
