# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/sms/authy.c \
	src/sms/breaker.c \
	src/sms/delivery.c \
	src/sms/exchange.c \
	src/sms/log.c \
	src/sms/provider.c \
	src/sms/receipt.c \
	src/sms/receipt_twilio.c \
	src/sms/receipt_vonage.c \
	src/sms/receipt_webhook.c \
	src/sms/segments.c \
	src/sms/standard_webhooks.c \
	src/sms/twilio.c \
	src/sms/twilio_api.c \
	src/sms/twilio_errors.c \
	src/sms/twilio_verify.c \
	src/sms/vonage.c \
	src/sms/webhook.c
