# SPDX-License-Identifier: Apache-2.0
# The verifier twilio-verify: the whole flow, faults of start and check, one open verification per
# number.
use strict;
use warnings;
use lib 't/lib';
use Provider;
use ProviderChecks;
use Test::More;

my $provider = Provider->start;
my $line = 'AuthSMSVerifier ' . $provider->twilio_verify;
my $carrier = ProviderChecks->new(
    provider => $provider, line => $line,
    server => "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSTimeout 1s 2s parallel=8"
);
my $site = $carrier->site;
my $refused = 'credentials or configuration refused';

subtest 'from registration to login' => sub {
    $carrier->check_flow;
    is_deeply [map { $_->{path} =~ s{.*/Services/\w+}{}r } $provider->requests],
        [
        '/Verifications/%2B447700900001', '/Verifications', '/VerificationCheck',
        '/VerificationCheck'
        ],
        'the requests that are sent';
    is scalar($provider->texts), 1, 'one text, and no welcome text without a sender';
};

subtest 'faults of a start' => sub {
    my @codes = (
        [60200, 400, 'number rejected'], [60205, 400, 'number rejected'],
        [60410, 403, 'blocked as fraud'], [60605, 403, 'number rejected'],
        [60203, 429, 'rate limited'], [20003, 401, $refused], [20404, 404, $refused],
        [20500, 500, 'temporary fault, nothing sent']
    );
    for (@codes) {
        my ($code, $status, $meant) = @$_;
        $carrier->check_fault(
            qr/twilio-verify\): $meant \(code $code, HTTP $status\)/, 'error',
            code => $code, status => $status
        );
    }
    $carrier->check_fault(qr/twilio-verify\): temporary fault, nothing sent \(/, $_)
        for qw(garbage close);
    $carrier->check_fault(qr/twilio-verify\): rate limited \(HTTP 429/, '429');
};

subtest 'a number that it refuses' => sub {
    for (
        [1, 'number rejected'], [3, 'blocked as fraud'], [4, 'number rejected'],
        [5, 'rate limited']
    ) {
        my ($n, $meant) = @$_;
        my $before = length $site->httpd->error_log;
        ProviderChecks::is_send_failure(
            $site->register(
                { %{ Site::person() }, smsmobile => "500555000$n", countryCode => '+1' }
            ),
            $meant,
            'no text'
        );
        like substr($site->httpd->error_log, $before), qr/twilio-verify\): $meant/, $meant;
    }
};

subtest 'a check that cannot be made' => sub {
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    my $code = $provider->code_for(Site::e164($person));
    $provider->set_mode('500', times => 1);
    my $r = $site->api("/user/$id/verify", { code => $code });
    is_deeply [$r->{status}, @{ $r->{json} }{qw(code id)}], [502, 'sms_failed', $id],
        'an expired verification is not a wrong code';
    $provider->set_mode('error', status => 429, code => 60202, times => 1);
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'too_many_attempts',
        'no more attempts';
    $provider->set_mode('error', status => 404, code => 20404, times => 1);
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'code_expired',
        'the code has expired';
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200, 'the code is still good';
    $carrier->add_secret($person, $code);
};

subtest 'two accounts with one number' => sub {
    my @people = (Site::person()) x 2;
    $people[1] = { %{ Site::person() }, smsmobile => $people[0]{smsmobile} };
    my (@ids, @codes);
    for my $person (@people) {
        push @ids, $site->register($person)->{json}{id};
        push @codes, $provider->code_for(Site::e164($person));
    }
    is $site->api("/user/$ids[0]/verify", { code => $codes[1] })->{json}{code}, 'code_expired',
        'no code for the other account'
        unless $codes[0] eq $codes[1];
    my $wrong = sprintf '%06d', ($codes[1] + 1) % 1_000_000;
    is $site->api("/user/$ids[0]/verify", { code => $wrong })->{json}{code}, 'code_expired',
        'the other account gets no attempt' for 1 .. 3;
    is $site->api("/user/$ids[1]/verify", { code => $codes[1] })->{status}, 200,
        'the newer account verifies with its code';
    $carrier->add_secret($people[1], $_) for @codes;
};

subtest 'another text is another code' => sub {
    my $person = Site::person();
    my $number = Site::e164($person);
    my $id = $site->register($person)->{json}{id};
    my %codes = ($provider->code_for($number) => 1);
    for (1 .. 6) {
        is $site->api("/user/$id/resend", {})->{status}, 202, "text $_";
        $codes{ $provider->code_for($number) }++;
    }
    cmp_ok scalar keys %codes, '>', 5, 'each new verification has its own code';
    is $site->api("/user/$id/verify", { code => $provider->code_for($number) })->{status}, 200,
        'the newest code is accepted';
    $carrier->add_secret($person, $_) for keys %codes;
};
$carrier->stop(token => $provider->token);

subtest 'with a sender for the rest' => sub {
    $provider->clear_records;
    my $both = ProviderChecks->new(
        provider => $provider,
        line => "$line\nAuthSMSSender " . $provider->vonage
    );
    $both->check_flow;
    is_deeply [map { $_->{from} } $provider->texts], ['Verify', '15005550006'],
        'the code is sent by Verify, the welcome text by Vonage';
    $both->stop;
};

subtest 'codes by call' => sub {
    $provider->clear_records;
    my $call = ProviderChecks->new(provider => $provider, line => "$line channel=call");
    $call->check_flow;
    is_deeply [map { $_->{form}{Channel} // () } $provider->requests], ['call'],
        'Twilio gets the channel';
    $call->stop;
};
$provider->stop;
done_testing;
