# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES +=
