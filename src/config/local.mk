# SPDX-License-Identifier: Apache-2.0
mod_authsms_la_SOURCES += \
	src/config/auth_rule.c \
	src/config/auth_sections.c \
	src/config/check.c \
	src/config/cmd_accounts.c \
	src/config/cmd_api.c \
	src/config/cmd_guard.c \
	src/config/cmd_ops.c \
	src/config/cmd_sms.c \
	src/config/cmd_tokens.c \
	src/config/config.c \
	src/config/parse.c \
	src/config/section.c \
	src/config/startup_log.c \
	src/config/survey.c \
	src/config/text_template.c
