# SPDX-License-Identifier: Apache-2.0
# A child that ends while it sends a queued text records the result, so that no other process sends
# it again.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $provider = Provider->start;

sub sending {
    my ($signal, %o) = @_;
    my $site = Site->new(
        %o, children => 1, sender => 'AuthSMSSender ' . $provider->twilio,
        server => "AuthSMSDelivery queued\nAuthSMSTimeout 1s 6s\nAuthSMSLimit * off"
    )->start;
    my @people = map { Site::person() } 1 .. 3;

    $provider->set_mode('ok')->clear_records;
    $provider->set_mode('slow', seconds => 1.5);
    my @ids = map { $site->register($_)->{json}{id} } @people;
    ok $provider->wait_for(sub { $_[0]->requests >= 1 }), 'texts are being sent';
    kill $signal, $site->httpd->pid;
    my $states =
        sub { $site->sql("SELECT count(*) FROM authsms_outbox WHERE kind = 'code' AND state = 3") };
    my $end = time + 12;
    sleep 0.2 until $states->() == 3 || time > $end;
    is $states->(), 3, 'each sent text is recorded as sent';
    for my $person (@people) {
        my $number = Site::e164($person);
        is scalar(grep { $_->{to} eq $number } $provider->texts), 1, 'each text is sent once';
    }
    # A signal that httpd gets while it restarts is lost.
    $site->httpd->wait_log(sub { (() = $_[0] =~ /resuming normal operations/g) > 1 }, 'restarted');
    # The old child takes the place of the new one meanwhile.
    $site->httpd->expect_log(qr/AH03490|AH00045/);
    $site->stop;
}

subtest "@$_" =>
    sub { my ($mpm, $driver, $signal) = @$_; sending($signal, mpm => $mpm, driver => $driver) }
    for ['event', 'sqlite', 'USR1'], ['event', 'sqlite', 'HUP'], ['prefork', 'sqlite', 'USR1'],
    Postgres::available() ? ['prefork', 'pgsql', 'HUP'] : ();
$provider->stop;
done_testing;
