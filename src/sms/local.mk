# SPDX-License-Identifier: Apache-2.0
libauthsms_la_SOURCES += \
	src/sms/circuit_breaker.c \
	src/sms/delivery.c \
	src/sms/http_api.c \
	src/sms/provider_param.c \
	src/sms/receipt.c \
	src/sms/receipt_twilio.c \
	src/sms/receipt_vonage.c \
	src/sms/receipt_webhook.c \
	src/sms/request_auth.c \
	src/sms/request_template.c \
	src/sms/response_rules.c \
	src/sms/segments.c \
	src/sms/sender.c \
	src/sms/sender_http.c \
	src/sms/sender_log.c \
	src/sms/sender_twilio.c \
	src/sms/sender_vonage.c \
	src/sms/sender_webhook.c \
	src/sms/sms.c \
	src/sms/standard_webhooks.c \
	src/sms/twilio_api.c \
	src/sms/twilio_errors.c \
	src/sms/verifier.c \
	src/sms/verifier_authy.c \
	src/sms/verifier_twilio.c
