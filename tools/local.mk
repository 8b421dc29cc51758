# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += tools/phone-tables.pl tools/common-passwords.pl
sbin_PROGRAMS = authsmsctl
# How authsmsctl reads a configuration; unit tests link it too.
CTL_CONF = tools/ctl_conf_reader.c tools/ctl_conf_reader.h tools/ctl_conf_text.c \
	tools/ctl_conf_text.h tools/ctl_envvars.c tools/ctl_envvars.h
authsmsctl_SOURCES = tools/authsmsctl.c tools/ctl.c tools/ctl.h tools/ctl_accounts.c \
	tools/ctl_add.c tools/ctl_audit.c tools/ctl_audit.h tools/ctl_commands.h tools/ctl_conf.c \
	tools/ctl_conf.h tools/ctl_doctor.c tools/ctl_doctor.h tools/ctl_doctor_clock.c \
	tools/ctl_doctor_database.c tools/ctl_doctor_file.c tools/ctl_doctor_keys.c \
	tools/ctl_doctor_pgsql.c tools/ctl_doctor_providers.c tools/ctl_doctor_report.c \
	tools/ctl_doctor_sections.c tools/ctl_doctor_settings.c tools/ctl_doctor_sqlite.c \
	tools/ctl_doctor_url.c tools/ctl_export.c tools/ctl_factor.c tools/ctl_htpasswd.c \
	tools/ctl_htpasswd.h tools/ctl_import.c tools/ctl_invite.c tools/ctl_number.c \
	tools/ctl_number.h tools/ctl_options.c tools/ctl_options.h tools/ctl_output.c \
	tools/ctl_output.h tools/ctl_password.c tools/ctl_password.h tools/ctl_purge.c \
	tools/ctl_role.c tools/ctl_schema.c tools/ctl_sessions.c tools/ctl_user.c tools/ctl_user.h \
	$(CTL_CONF)
dist_man_MANS = docs/authsmsctl.1
bashcompdir = $(datadir)/bash-completion/completions
dist_bashcomp_DATA = tools/completion/authsmsctl
authsmsctl_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools
authsmsctl_LDADD = libauthsms.la
