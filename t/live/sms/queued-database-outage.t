# SPDX-License-Identifier: Apache-2.0
# PostgreSQL goes down after the provider accepted queued texts, for longer than a lease: no process
# died, so no text is sent twice.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Postgres;
use Provider;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $provider = Provider->start;
my $params = $pg->create_database;
# A claim lasts 14 s; the site's job stays another 15 s with the server that had it.
my $outage = $ENV{AUTHSMS_LONG} ? 32 : 16;
my @sites = map {
    Site->new(
        driver => 'pgsql', pg => $pg, params => $params, children => 2,
        sender => 'AuthSMSSender ' . $provider->twilio,
        server =>
            "AuthSMSAppName outage\nAuthSMSDelivery queued\nAuthSMSTimeout 1s 4s parallel=8\n"
            . "AuthSMSLimit * off\nAuthSMSCode ttl=10m resend=0"
    )
} 1 .. 2;
# Each sends what the other sealed.
my $secret = 'hex:' . '0123456789abcdef' x 4 . "\n";
$_->httpd->write('key', $secret, 0600), $_->start for @sites;
my @people = map { Site::person() } 1 .. 8;

$provider->set_mode('slow', seconds => 2.5);
my @ids = ParallelClients->start(
    map {
        my $person = $_;
        sub { my ($say) = @_; $say->($sites[0]->register($person)->{json}{id}) }
    } @people
)->lines;
my $taken = sub { my %n; $n{ $_->{to} }++ for $provider->texts; return \%n };
ok $provider->wait_for(sub { keys %{ $taken->() } == @people }, 10), 'the provider takes the texts';
$pg->shut_down('immediate') or die 'no stop';
sleep $outage;
$provider->set_mode('ok');
$pg->start;
my $waiting = sub {
    eval { $sites[0]->sql('SELECT count(*) FROM authsms_outbox WHERE state <> 3') } // 'unknown';
};
my $end = time + 30;
sleep 0.3 until $waiting->() eq '0' || time > $end;
is $waiting->(), 0, 'each is recorded as sent';
sleep 2;    # a second text would come within this time
is_deeply $taken->(), { map { Site::e164($_) => 1 } @people }, 'and was sent once'
    or diag explain $taken->();
is $sites[1]->register(Site::person())->{status}, 201, 'the service goes on';
$_->httpd->expect_log(
    qr/the database (?:failed|cannot be reached)|connections are busy/,
    qr/AH0063\d|AH00629|AH00636|dbd|sender 1/
    ), $_->stop
    for @sites;
$provider->stop;
$pg->stop;
done_testing;
