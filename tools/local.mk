# SPDX-License-Identifier: Apache-2.0
EXTRA_DIST += tools/phone-tables.pl tools/common-passwords.pl
sbin_PROGRAMS = authsmsctl
authsmsctl_SOURCES = tools/authsmsctl.c tools/ctl.c tools/ctl.h tools/ctl_accounts.c \
	tools/ctl_commands.h tools/ctl_conf.c tools/ctl_conf.h tools/ctl_import.c tools/ctl_schema.c
authsmsctl_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools
authsmsctl_LDADD = libauthsms.la
