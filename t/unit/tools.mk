# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_ctl_conf_reader t/unit/test_ctl_envvars
TOOLS_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools -I$(srcdir)/t/unit
t_unit_test_ctl_conf_reader_SOURCES = t/unit/test_ctl_conf_reader.c $(CTL_CONF) $(TOKEN_SUPPORT)
t_unit_test_ctl_conf_reader_CPPFLAGS = $(TOOLS_CPPFLAGS)
t_unit_test_ctl_envvars_SOURCES = t/unit/test_ctl_envvars.c tools/ctl_envvars.c \
	tools/ctl_envvars.h tools/ctl_conf_text.c tools/ctl_conf_text.h $(TOKEN_SUPPORT)
t_unit_test_ctl_envvars_CPPFLAGS = $(TOOLS_CPPFLAGS)
