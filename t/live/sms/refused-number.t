# SPDX-License-Identifier: Apache-2.0
# A provider that rejects a number is not faulty: its circuit breaker stays closed, however often it
# does so.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use Site;
use Test::More;

my $provider = Provider->start;
my $limits = "AuthSMSTimeout 1s 2s parallel=8\nAuthSMSLimit * off\n";

# code, HTTP status
my %refusals = (
    'AuthSMSSender '
        . $provider->twilio =>
        [[21608, 400], [21211, 400], [21408, 400], [60605, 403], [99999, 403]],
    'AuthSMSSender ' . $provider->vonage => [[9, 200], [29, 200], [33, 200], [99, 200]],
    'AuthSMSSender ' . $provider->webhook => [['delivery_rejected', 403], ['no_such_country', 403]],
    'AuthSMSVerifier '
        . $provider->authy => [[60015, 503], [60083, 400], [60127, 400], [69999, 403]],
    'AuthSMSVerifier '
        . $provider->twilio_verify => [[60605, 403], [60410, 403], [60220, 403], [69999, 403]],
);
for my $line (sort keys %refusals) {
    subtest + ($line =~ /^\w+ ([\w-]+)/)[0] => sub {
        my $site = Site->new(sender => $line, server => $limits, children => 1)->start;
        for (@{ $refusals{$line} }) {
            my ($code, $status) = @$_;
            $provider->clear_records->set_mode('error', code => $code, status => $status);
            is $site->register(Site::person())->{json}{code}, 'sms_failed', "error $code"
                for 1 .. 6;
            is scalar(() = $provider->requests) >= 6, 1, 'each number is sent to the provider';
            $provider->set_mode('ok');
            is $site->register(Site::person())->{status}, 201, 'other numbers still get texts';
        }
        $site->httpd->expect_log(qr/(?:sender 1|verifier) \(/);
        unlike $site->httpd->error_log, qr/failed repeatedly: no calls to it/,
            'the circuit breaker stays closed';
        $site->stop;
    };
}

# Final for that text: no other sender, no second try.
for my $delivery (qw(direct queued)) {
    subtest "a text that is blocked, $delivery" => sub {
        my $site = Site->new(
            sender => join("\n", map { "AuthSMSSender $_" } $provider->twilio, $provider->webhook),
            server => "${limits}AuthSMSDelivery $delivery", children => 1
        )->start;
        for my $code (60410, 60605) {
            my $person = Site::person();
            $provider->clear_records->set_mode(
                'error', code => $code, status => 403,
                path => '/Messages.json'
            );
            my $r = $site->register($person);
            is $r->{status}, $delivery eq 'direct' ? 502 : 201, "error $code";
            ok $provider->wait_for(sub { $provider->requests == 1 }), 'one request';
            ok $provider->wait_for(sub {
                $site->sql(
                    "SELECT state FROM authsms_outbox WHERE mobile = '" . Site::e164($person) . "'")
                    eq '5';
                }),
                'the text has failed'
                if $delivery eq 'queued';
            is scalar(() = $provider->requests), 1, 'no other request';
            $provider->set_mode('ok');
            is $site->api("/user/$r->{json}{id}/resend", {})->{status}, 202,
                '/resend sends another request at once';
            ok $provider->wait_for(sub { $provider->code_for(Site::e164($person)) }),
                'the text is sent';
        }
        $site->httpd->expect_log(qr/sender 1 \(/);
        $site->stop;
    };
}

# The last provider asked says "later": 429 with its Retry-After, else a minute. Directives, mode,
# status, Retry-After.
my ($twilio, $vonage) =
    ('AuthSMSSender ' . $provider->twilio, 'AuthSMSSender ' . $provider->vonage);
my @later = (
    [$twilio, [error => code => 20429, status => 429], 429, 60],
    [$vonage, [error => code => 1, status => 200], 429, 60],
    [
        'AuthSMSSender ' . $provider->webhook, [error => code => 'rate_limited', status => 200],
        429, 60
    ],
    ['AuthSMSVerifier ' . $provider->authy, [error => code => 60003, status => 429], 429, 60],
    [
        'AuthSMSVerifier ' . $provider->twilio_verify, [error => code => 60203, status => 429],
        429, 60
    ],
    ["$twilio\n$vonage", ['429', retry_after => 7], 429, 7],
    ["$twilio\n$vonage", [error => code => 20429, status => 200], 502, undef]
    ,    # which Vonage takes for a refusal
);
for (@later) {
    my ($lines, $mode, $status, $wait) = @$_;
    subtest join(', ', $lines =~ /^\w+ ([\w-]+)/mg) . " says @$mode" => sub {
        my $site = Site->new(sender => $lines, server => $limits, children => 1)->start;
        $provider->set_mode(@$mode);
        my $r = $site->register(Site::person());
        is_deeply [$r->{status}, $r->{json}{code}, $r->{headers}{'retry-after'}[0]],
            [$status, $status == 429 ? 'rate_limited' : 'sms_failed', $wait],
            'status, code and Retry-After'
            or diag $r->{raw};
        $provider->set_mode('ok');
        is $site->api("/user/$r->{json}{id}/resend", {})->{status}, 202, '/resend: 202 at once';
        $site->httpd->expect_log(qr/(?:sender \d|verifier) \(/);
        $site->stop;
    };
}
$provider->stop;
done_testing;
