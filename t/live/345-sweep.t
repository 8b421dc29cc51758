# SPDX-License-Identifier: Apache-2.0
# What is over goes away by itself, on one server at a time.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)';

# Rows that ended long ago, more than one unit takes, beside rows that live.
sub fill {
    my ($site, $user) = @_;
    my $later = int(time + 3600) . '000000';
    $site->sql($_) for
        "$numbers INSERT INTO authsms_users SELECT 'old' || i, 'n', 'old' || i, 'h', '1', '+1', '+1', NULL, 0, 0, 1, 1, 0, 0, 0, 5, NULL FROM n",
        "$numbers INSERT INTO authsms_sessions SELECT 'old' || i, '$user', 1, 1, 5, NULL, NULL FROM n",
        "$numbers INSERT INTO authsms_limits SELECT 'login/user', 'old' || i, 1, 5 FROM n",
        "$numbers INSERT INTO authsms_addresses SELECT 'old' || i, '$user', 5 FROM n",
        "INSERT INTO authsms_codes VALUES ('$user', 1, 'old', '+1', 'd', NULL, 0, 1, 5)",
        "INSERT INTO authsms_limits VALUES ('login/user', 'new', 1, $later)",
        "INSERT INTO authsms_addresses VALUES ('new', '$user', $later)",
        "INSERT INTO authsms_codes VALUES ('$user', 2, 'new', '+1', 'd', NULL, 0, 1, $later)",
        "INSERT INTO authsms_sessions VALUES ('for ever', '$user', 1, 1, 0, NULL, NULL)";
}

sub counts { my ($site) = @_; return join ' ', map { $site->sql("SELECT count(*) FROM authsms_$_ WHERE 1 = 1" . ($_ eq 'limits' ? " AND name = 'login/user'" : '')) } qw(users sessions limits addresses codes) }

# Another server has the job for a minute.
sub occupy {
    my ($site) = @_;
    my $until = int(time + 60) . '000000';
    $site->sql("INSERT INTO authsms_jobs VALUES ('sweep', 'another', $until) ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until");
}

sub sweep {
    my (%o) = @_;
    my $site = Site->new(%o);
    $site->start;
    my $person = $site->signup;
    occupy($site);
    fill($site, $person->{id});
    is counts($site), '1001 1002 1001 1002 2', 'rows';
    $site->sql("DELETE FROM authsms_jobs");
    $site->httpd->graceful;
    my $end = time + 20;
    sleep 0.1 until counts($site) eq '1 2 1 2 1' || time > $end;
    is counts($site), '1 2 1 2 1', 'what was over is gone, the rest is there';
    is $site->sql("SELECT count(*) FROM authsms_jobs WHERE name = 'sweep'"), 1, 'a server has the job';
    is $site->client->get('/app_api/users', Authorization => $person->{token})->{status}, 200, 'nobody noticed';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { sweep(driver => $driver, pg => $pg) };
}

subtest 'another server has the job' => sub {
    my $site = Site->new;
    $site->start;
    $site->signup;
    occupy($site);
    $site->httpd->graceful;
    $site->sql("INSERT INTO authsms_limits VALUES ('x', 'y', 1, 5)");
    sleep 4;
    is $site->sql("SELECT count(*) FROM authsms_limits WHERE name = 'x'"), 1, 'it is left to it';
    $site->stop;
};

$pg->stop if $pg;
done_testing;
