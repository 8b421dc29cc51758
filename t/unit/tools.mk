# SPDX-License-Identifier: Apache-2.0
UNIT_TESTS += t/unit/test_ctl_conf_reader t/unit/test_ctl_doctor_file t/unit/test_ctl_doctor_report \
	t/unit/test_ctl_envvars
TOOLS_CPPFLAGS = $(AM_CPPFLAGS) -I$(srcdir)/tools -I$(srcdir)/t/unit
CTL_REPORT = tools/ctl_doctor_report.c tools/ctl_output.c
t_unit_test_ctl_conf_reader_SOURCES = t/unit/test_ctl_conf_reader.c $(CTL_CONF) $(TOKEN_SUPPORT)
t_unit_test_ctl_conf_reader_CPPFLAGS = $(TOOLS_CPPFLAGS)
t_unit_test_ctl_doctor_file_SOURCES = t/unit/test_ctl_doctor_file.c tools/ctl_doctor_file.c \
	$(CTL_REPORT) $(CTL_CONF) $(TOKEN_SUPPORT)
t_unit_test_ctl_doctor_file_CPPFLAGS = $(TOOLS_CPPFLAGS)
t_unit_test_ctl_doctor_report_SOURCES = t/unit/test_ctl_doctor_report.c $(CTL_REPORT) $(TOKEN_SUPPORT)
t_unit_test_ctl_doctor_report_CPPFLAGS = $(TOOLS_CPPFLAGS)
t_unit_test_ctl_envvars_SOURCES = t/unit/test_ctl_envvars.c tools/ctl_envvars.c \
	tools/ctl_envvars.h tools/ctl_conf_text.c tools/ctl_conf_text.h $(TOKEN_SUPPORT)
t_unit_test_ctl_envvars_CPPFLAGS = $(TOOLS_CPPFLAGS)
