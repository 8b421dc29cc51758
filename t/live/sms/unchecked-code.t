# SPDX-License-Identifier: Apache-2.0
# A check that the remote verifier did not make costs the user neither an attempt of the code nor a
# use of verify/user.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;

my $provider = Provider->start;

sub begin {
    my ($driver, $pg, $line, %o) = @_;
    $provider->clear_records->set_mode('ok');
    my $site = Site->new(
        driver => $driver, pg => $pg, sender => $line, children => 1,
        server => "AuthSMSTimeout 1s 2s parallel=8", %o
    )->start;
    $site->httpd->expect_log(qr/verifier \(/);
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    return ($site, $person, $id, $provider->code_for(Site::e164($person)));
}

# Attempts of the code, uses of the limit.
sub spent {
    my ($site, $id) = @_;
    return [
        map { $_ || 0 } $site->sql("SELECT attempts FROM authsms_codes WHERE user_id = '$id'"),
        $site->sql("SELECT sum(hits) FROM authsms_limits WHERE name = 'verify/user'")
    ];
}

sub unchecked {
    my ($driver, $pg, $line) = @_;
    my ($site, $person, $id, $code) = begin($driver, $pg, $line);
    my $try = sub { return $site->api("/user/$id/verify", { code => $_[0] }) };
    my $wrong = $code =~ tr/0-9/1-90/r;
    is $try->($wrong)->{status}, 422, 'wrong code: 422';
    is_deeply spent($site, $id), [1, 1], 'it counts as one attempt and one use';
    # Each answer of the provider between two faults keeps its breaker closed.
    for my $status (500 .. 504) {
        $provider->set_mode("$status");
        is $try->($code)->{status}, 502, "HTTP $status" for 1 .. 2;
        $provider->set_mode('429', retry_after => 7);
        my $r = $try->($code);
        is_deeply [$r->{status}, $r->{json}{code}, $r->{headers}{'retry-after'}[0]],
            [429, 'rate_limited', 7], 'later';
        is_deeply spent($site, $id), [1, 1], 'no attempt and no use is counted';
    }
    $provider->set_mode('hang');
    is $try->($wrong)->{status}, 502, 'no response of the verifier: 502';
    is_deeply spent($site, $id), [2, 2], 'counted, because the check may have happened';
    $provider->set_mode('500');
    $try->($code) for 1 .. 4;
    my $asked = () = $provider->requests;
    is $try->($code)->{status}, 502, 'open circuit breaker: 502' for 1 .. 12;
    is scalar(() = $provider->requests), $asked, 'no request is sent';
    is_deeply spent($site, $id), [2, 2], 'no attempt and no use is counted';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest "$driver, Twilio Verify" =>
        sub { unchecked($driver, $pg, 'AuthSMSVerifier ' . $provider->twilio_verify) };
}
subtest 'Authy' => sub { unchecked('sqlite', undef, 'AuthSMSVerifier ' . $provider->authy) };

subtest 'after many failed checks the right code is right' => sub {
    my ($site, $person, $id, $code) =
        begin('sqlite', undef, 'AuthSMSVerifier ' . $provider->twilio_verify);
    for (1 .. 6) {
        for (['503'], [error => status => 429, code => 20429]) {
            $provider->set_mode(@$_, times => 1);
            like $site->api("/user/$id/verify", { code => $code })->{status}, qr/^(?:429|502)$/,
                'the code cannot be checked: 502';
        }
    }
    is $site->api("/user/$id/verify", { code => $code })->{status}, 200,
        'the account is not locked out';
    $site->stop;
};

subtest 'a provider that refuses connections' => sub {
    my ($site, $person, $id, $code) =
        begin('sqlite', undef, 'AuthSMSVerifier ' . $provider->twilio_verify);
    $provider->stop;
    is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'sms_failed',
        'it is not a wrong code' for 1 .. 12;
    is_deeply spent($site, $id), [0, 0], 'no attempt and no use is counted';
    $site->stop;
};
$pg->stop if $pg;
done_testing;
