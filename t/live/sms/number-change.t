# SPDX-License-Identifier: Apache-2.0
# A pending account changes its number during a check by a remote verifier: a check of the old
# number never proves the new one.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep);

my $provider = Provider->start;
my $pg = Postgres::available() ? Postgres->new : undef;

# A request to verify has read the account, waits for a row, and finds the newer number's code,
# whose verification has no name yet.
sub overtaken {
    my ($verifier, $slow) = @_;
    my $site = Site->new(
        driver => 'pgsql', pg => $pg,
        sender => 'AuthSMSVerifier ' . $provider->$verifier, server => 'AuthSMSCode resend=0'
    )->start;
    my ($person, $other) = map { Site::person() } 1 .. 2;
    my $id = $site->register($person)->{json}{id};
    my $code = $provider->code_for(Site::e164($person));

    is $site->api("/user/$id/verify", { code => '000000' })->{json}{code}, 'invalid_code',
        'the limit has a row';
    $provider->set_mode('slow', seconds => 2, path => $slow);
    my $newer = Site::e164($other);
    my $until = sub {
        my ($true) = @_;
        for (1 .. 400) { return if $site->sql("SELECT $true") eq 't'; sleep 0.025 }
    };
    my $is_locked = "EXISTS (SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %newer%')";
    my $is_waiting = "EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)";
    my @said = ParallelClients->start(
        # Holds the row until the newer number has its code.
        sub {
            $site->sql('DO $$ BEGIN /* newer */'
                    . " PERFORM 1 FROM authsms_limits WHERE name = 'verify/user' FOR UPDATE;"
                    . ' FOR i IN 1 .. 400 LOOP'
                    . " EXIT WHEN EXISTS (SELECT 1 FROM authsms_codes WHERE mobile = '$newer');"
                    . ' PERFORM pg_sleep(0.025); END LOOP; END $$');
        },
        sub {
            $until->($is_locked);
            $_[0]->($site->api("/user/$id/verify", { code => $code })->{json}{code} // 'good');
        },
        sub {
            $until->($is_waiting);
            $site->register({ %$person, smsmobile => $other->{smsmobile} });
        },
    )->lines;
    $provider->set_mode('ok');
    is_deeply \@said, ['invalid_code'], 'the code of the old number does not verify the new number';
    is $site->sql('SELECT mobile, verified FROM authsms_users'), Site::e164($other) . '|0',
        'the new number is not verified';
    is $site->api("/user/$id/resend", {})->{status}, 202, 'a code for the new number: 202';
    is $site->api("/user/$id/verify", { code => $provider->code_for(Site::e164($other)) })
        ->{status}, 200, 'the code verifies the new number';
    $site->stop;
}

# The older number's request ends last, and has learnt who Authy takes that number for.
sub outlived {
    my (%o) = @_;
    my $site = Site->new(
        %o, sender => 'AuthSMSVerifier ' . $provider->authy,
        server => "AuthSMSCode resend=0\nAuthSMSTimeout 1s 2s"
    )->start;
    my ($person, $other) = map { Site::person() } 1 .. 2;

    $provider->set_mode('hang', path => '/sms/')->clear_records;
    my $crowd = ParallelClients->start(sub { $_[0]->($site->register($person)->{status}) });
    $provider->wait_for(sub { $_[0]->requests >= 2 });
    $provider->set_mode('ok');
    my $again = $site->register({ %$person, smsmobile => $other->{smsmobile} });
    is $again->{status}, 201, 'the new number gets a code';
    is_deeply [$crowd->lines], [502], 'the request for the old number ends with 502';
    is $site->api("/user/$again->{json}{id}/resend", {})->{status}, 202,
        'another code is requested';
    is_deeply [map { $_->{to} } $provider->texts], [(Site::e164($other)) x 2],
        'it is sent to the new number';
    $site->httpd->expect_log(qr/verifier \(authy\): unknown/);
    $site->stop;
}

for my $case (['twilio_verify', '/Verifications'], ['authy', '/users/new']) {
    subtest "$case->[0]: a code for the older number" =>
        sub { plan skip_all => 'no PostgreSQL' unless $pg; overtaken(@$case) };
}
subtest 'the older number\'s id' => sub { outlived() };
subtest 'the older number\'s id, PostgreSQL' =>
    sub { plan skip_all => 'no PostgreSQL' unless $pg; outlived(driver => 'pgsql', pg => $pg) };
$provider->stop;
$pg->stop if $pg;
done_testing;
