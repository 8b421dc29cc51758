# SPDX-License-Identifier: Apache-2.0
# PostgreSQL is down when httpd starts, goes down and returns: 503 at once, never a page, and
# recovery without a restart.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $site =
    Site->new(driver => 'pgsql', pg => $pg, children => 1, server => 'AuthSMSUserCheck always');
my $c = $site->client;

sub unavailable {
    my ($r, $name) = @_;
    is $r->{status}, 503, "$name: 503";
    like $r->{headers}{'retry-after'}[0], qr/^\d+$/, 'with Retry-After';
    unlike $r->{body}, qr/protected|sql|connect/i, 'and no detail';
}

# Within so many seconds it is true again.
sub soon {
    my ($true) = @_;
    for (1 .. 40) { return 1 if $true->(); sleep 0.1 }
    return 0;
}

$pg->shut_down;
$site->start;
my $start = time;
unavailable($site->api('/authenticate', { username => 'x', password => 'y' }), 'down at the start');
is $c->get('/app_api/')->{status}, 200, 'a route without database: 200';
is $c->get('/private/')->{status}, 401, 'no token: 401';
cmp_ok time - $start, '<', 1, 'without delay';

$pg->start;
ok soon(sub { $site->api('/authenticate', { username => 'x', password => 'y' })->{status} == 401 }),
    'PostgreSQL starts: tables are created, requests succeed';
my $alice = $site->signup;
my $guarded = sub { $c->get('/private/', Authorization => $alice->{token}) };
is $guarded->()->{status}, 200, 'a token is accepted';

$pg->shut_down;
$start = time;
unavailable($guarded->(), 'down: the guard');
unavailable($site->register(Site::person()), 'a registration');
cmp_ok time - $start, '<', 1, 'without delay';
$pg->start;
ok soon(sub { $guarded->()->{status} == 200 }), 'it recovers without a restart';

# Killed back ends and an immediate restart between two requests are not noticed at all.
for my $how ('killed', 'restarted') {
    if ($how eq 'killed') {
        $pg->psql(
            'postgres',
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '$pg->{name}'"
        );
    }
    else {
        $pg->shut_down;
        $pg->start;
        # Unless the background jobs met the server down: then within the second that they keep
        # others from it.
        my $end = time + 1;
        sleep 0.05 until $guarded->()->{status} == 200 || time > $end;
    }
    is_deeply [map { $guarded->()->{status} } 1 .. 12], [(200) x 12],
        "$how: every request is answered";
    is $site->register(Site::person())->{status}, 201, 'registration: 201';
}

$site->httpd->expect_log(qr/\[dbd:|the database (?:cannot be reached|failed)/);
$site->stop;
$pg->stop;
done_testing;
