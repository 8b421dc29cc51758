# SPDX-License-Identifier: Apache-2.0
# The examples of docs/sms-http.md, as they stand there: each sends the recorded request, byte for
# byte, and understands its provider's documented responses, success and refusal. Only the host is
# replaced, and for= appended.
use strict;
use warnings;
use Digest::SHA qw(hmac_sha256 hmac_sha256_hex sha256_hex);
use lib 't/lib';
use Provider;
use Site;
use Test::More;

my $text = "Caf\xc3\xa9 & Co: \\\"your\\\" code is <CODE>\\n\\n\@example.org #<CODE>";
my $form =
    'Caf%C3%A9%20%26%20Co%3A%20%22your%22%20code%20is%20<CODE>%0A%0A%40example.org%20%23<CODE>';

# name => [file, its content, host, request line, header fields, body, reference]
my %recorded = (
    'Any SMS provider with an HTTP API' => [
        'sms.token', 'sms-token', 'sms.example.net', 'POST /v1/send HTTP/1.1',
        ['Authorization: Bearer sms-token', 'Content-Type: application/json'],
        qq({"to":"<TO>","from":"Example","text":"$text"}),
        'm-1'
    ],
    Sinch => [
        'sinch.token', 'sinch-token',
        'eu.sms.api.sinch.com', 'POST /xms/v1/PLAN/batches HTTP/1.1',
        ['Authorization: Bearer sinch-token', 'Content-Type: application/json'],
        qq({"from":"447520651234","to":["<TO>"],"body":"$text","client_reference":"<ID>"}),
        '01FC66621XXXXX119Z8PMV1QPQ'
    ],
    Plivo => [
        'plivo.token', 'plivo-token',
        'api.plivo.com', 'POST /v1/Account/AUTHID/Message/ HTTP/1.1',
        ['Authorization: Basic QVVUSElEOnBsaXZvLXRva2Vu', 'Content-Type: application/json'],
        qq({"src":"+14155550100","dst":"<TO>","text":"$text"}),
        'db3ce55a-7c9d-11e4-8e1f-22000afd44c1'
    ],
    Telnyx => [
        'telnyx.key', 'telnyx-key',
        'api.telnyx.com', 'POST /v2/messages HTTP/1.1',
        ['Authorization: Bearer telnyx-key', 'Content-Type: application/json'],
        qq({"from":"+14155550100","to":"<TO>","text":"$text"}),
        '40385f64-5717-4562-b3fc-2c963f66afa6'
    ],
    Infobip => [
        'infobip.header',
        'Authorization: App infobip-key',
        'ACCOUNT.api.infobip.com', 'POST /sms/3/messages HTTP/1.1',
        ['Authorization: App infobip-key', 'Content-Type: application/json'],
        qq({"messages":[{"sender":"Example","destinations":[{"to":"<DIGITS>","messageId":"<ID>"}],)
            . qq("content":{"text":"$text"}}]}),
        '2250be2d4219-3af1-78856-aabe-1362af1edfd2'
    ],
    Bird => [
        'bird.header',
        'Authorization: AccessKey bird-key',
        'api.bird.com', 'POST /workspaces/WORKSPACE/channels/CHANNEL/messages HTTP/1.1',
        ['Authorization: AccessKey bird-key', 'Content-Type: application/json'],
        q({"receiver":{"contacts":[{"identifierKey":"phonenumber","identifierValue":"<TO>"}]},)
            . qq("body":{"type":"text","text":{"text":"$text"}}}),
        '5a5e4d4e-3d3c-4a43-9b7f-0d2f7d6a3a11'
    ],
    MessageBird => [
        'messagebird.header',
        'Authorization: AccessKey messagebird-key',
        'rest.messagebird.com', 'POST /messages HTTP/1.1',
        ['Authorization: AccessKey messagebird-key', 'Content-Type: application/json'],
        qq({"originator":"Example","recipients":["<DIGITS>"],"body":"$text","datacoding":"auto",)
            . q("reference":"<ID>"}),
        'e60a6f90453a19019c56ed6b20170831'
    ],
    'Amazon SNS' => [
        'aws.secret',
        'aws/secret+key',
        'sns.eu-west-1.amazonaws.com', 'POST / HTTP/1.1',
        [
                  'Authorization: AWS4-HMAC-SHA256 '
                . 'Credential=AKIDEXAMPLE/<DAY>/eu-west-1/sns/aws4_request, '
                . 'SignedHeaders=content-type;host;x-amz-date, Signature=<SIGNATURE>',
            'Content-Type: application/x-www-form-urlencoded',
            'X-Amz-Date: <DATE>'
        ],
        "Action=Publish&Version=2010-03-31&PhoneNumber=%2B<DIGITS>&Message=$form"
            . '&MessageAttributes.entry.1.Name=AWS.SNS.SMS.SMSType'
            . '&MessageAttributes.entry.1.Value.DataType=String'
            . '&MessageAttributes.entry.1.Value.StringValue=Transactional',
        ''
    ],
    Clickatell => [
        'clickatell.header',
        'Authorization: clickatell-key',
        'platform.clickatell.com', 'POST /v1/message HTTP/1.1',
        ['Authorization: clickatell-key', 'Content-Type: application/json'],
        qq({"messages":[{"channel":"sms","to":"<DIGITS>","content":"$text",)
            . q("clientMessageId":"<ID>"}]}),
        '02ca87d5a95446e68b0ac36a0c2057f1'
    ],
);

# name => [status, body, what the log says]: documented refusals.
my %refused = (
    'Any SMS provider with an HTTP API' =>
        [400, '{"error":"landline"}', 'number rejected (rejected: landline, HTTP 400)'],
    Sinch => [
        400, '{"code":"syntax_invalid_parameter_format","text":"Invalid number"}',
        'number not served (HTTP 400)'
    ],
    Telnyx => [
        400, '{"errors":[{"code":"40310","title":"Invalid \'to\' address"}]}',
        'number rejected (rejected: 40310, HTTP 400)'
    ],
    Infobip => [
        200,
        '{"messages":[{"status":{"groupId":5,"groupName":"REJECTED"},"messageId":"x"}]}',
        'number not served (success: 5, HTTP 200)'
    ],
    MessageBird => [
        422, '{"errors":[{"code":25,"description":"Not enough balance","parameter":null}]}',
        'number not served (HTTP 422)'
    ],
    'Amazon SNS' => [
        403, '<ErrorResponse><Error><Code>SignatureDoesNotMatch</Code></Error></ErrorResponse>',
        'credentials or configuration refused (HTTP 403, no JSON object)'
    ],
    Clickatell => [
        202, '{"messages":[{"accepted":false,"to":"27999","apiMessageId":null}]}',
        'number not served (success: false, HTTP 202)'
    ],
);

# name => the line of its example. The first one stands below the title.
my %example = do {
    local (@ARGV, $/) = 'docs/sms-http.md';
    map { /^([^\n]*)\n(?:(?!^#).)*?^```apache\n(AuthSMSSender http .*?)\n```$/ms ? ($1, $2) : () }
        split /^#+ /m, <>;
};
is_deeply [sort keys %example], [sort keys %recorded], 'each example has a recorded request';

my $provider = Provider->start;
my %person = map { $_ => Site::person() } sort keys %recorded;
my $lines = '';
for my $name (sort keys %recorded) {
    my $for = Site::e164($person{$name});
    my $line = $example{$name} =~ s{https://[^/ ]+}{$provider->url}er;
    $lines .= "$line for=$for\n";
}
my $site = Site->new(
    log_level => 'warn authsms:info',
    sender => $lines =~ s{/etc/apache2/}{}gr,
    server => "AuthSMSTemplate code 'Caf\xc3\xa9 & Co: \"your\" code is {code}'\n"
        . "AuthSMSTemplate welcome none\nAuthSMSWebOTP example.org\nAuthSMSLimit * off\n"
        . "AuthSMSPublicURL https://example.org/app_api"
);
$site->httpd->write($recorded{$_}[0], "$recorded{$_}[1]\n", 0600) for keys %recorded;
$site->start;

for my $name (sort keys %recorded) {
    subtest $name => sub {
        my ($file, $content, $host, $line, $fields, $body, $ref) = @{ $recorded{$name} };
        my $to = Site::e164($person{$name});
        my ($secret) = $content =~ /(\S+)$/;
        like $example{$name}, qr{^AuthSMSSender http url=https://\Q$host\E/}, 'the host';
        $provider->clear_records;
        my $r = $site->register($person{$name});
        is $r->{status}, 201, 'the response is understood: 201' or diag $r->{raw};
        my @requests = $provider->requests;
        is scalar @requests, 1, 'one request' or return;
        my $sent = $requests[0];
        my ($code) = $sent->{body} =~ /code(?:%20| )is(?:%20| )(\d{6})/;
        my ($id, $recorded_ref) = split /\|/,
            $site->sql("SELECT id, ref FROM authsms_outbox WHERE mobile = '$to'");
        my %value = (CODE => $code, ID => $id, TO => $to, DIGITS => substr($to, 1));
        my ($first, @head) = split /\r\n/, $sent->{head};
        is $first, $line, 'the request line';
        $body =~ s/<([A-Z]+)>/$value{$1}/g;
        is $sent->{body}, $body, 'the body';
        @value{qw(DATE SIGNATURE)} = sign($sent, $secret) if $name eq 'Amazon SNS';
        $value{DAY} = substr $value{DATE} // '', 0, 8;
        s/<([A-Z]+)>/$value{$1}/g for @$fields;
        is_deeply [sort grep { !/^(?:Host|Accept|User-Agent): / } @head],
            [sort @$fields, 'Content-Length: ' . length $body], 'the header fields';
        is $recorded_ref // '', $ref, 'the reference of the response';
        check_refusal($name, @{ $refused{$name} }) if $refused{$name};
        ok index($site->httpd->error_log, $secret) < 0, 'the log does not have the secret';
    };
}

# The number's sender gets this response: no text is sent, and the log says why.
sub check_refusal {
    my ($name, $status, $body, $says) = @_;
    my $before = length $site->httpd->error_log;
    $provider->set_mode($status, body => $body, times => 1);
    my $r = $site->register({ %{ $person{$name} }, username => "other $name" =~ s/ /-/gr });
    is $r->{json}{code}, 'sms_failed', 'a refusal is understood' or diag $r->{raw};
    ok index(substr($site->httpd->error_log, $before), "(http): $says") > 0, "the log: $says";
    return;
}

# Date and signature by AWS Signature Version 4, from the request that arrived. libcurl 7.88 signs
# the host without its port; AWS has none.
sub sign {
    my ($sent, $secret) = @_;
    my $h = $sent->{headers};
    my $date = $h->{'x-amz-date'};
    my $scope = join '/', substr($date, 0, 8), 'eu-west-1', 'sns', 'aws4_request';
    my $key = "AWS4$secret";
    $key = hmac_sha256($_, $key) for split m{/}, $scope;
    my ($signature) = $h->{authorization} =~ /Signature=(\w+)/;
    for my $host ($h->{host}, $h->{host} =~ s/:\d+//r) {
        my $canonical = join "\n", 'POST', '/', '', "content-type:$h->{'content-type'}",
            "host:$host", "x-amz-date:$date", '', 'content-type;host;x-amz-date',
            sha256_hex($sent->{body});
        my $own = hmac_sha256_hex(
            join("\n", 'AWS4-HMAC-SHA256', $date, $scope, sha256_hex($canonical)),
            $key
        );
        return ($date, $own) if $own eq $signature;
    }
    return ($date, 'a valid signature');
}

$site->httpd->expect_log(qr/sender \d+ \(http\): /);
$site->stop;
$provider->stop;
done_testing;
