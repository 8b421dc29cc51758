# SPDX-License-Identifier: Apache-2.0
# Expired rows are purged in the background, by one server at a time.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)';

# Expired rows, more than one unit of work deletes, and unexpired rows.
sub fill {
    my ($site, $user) = @_;
    my $later = int(time + 3600) . '000000';
    $site->sql($_)
        for "$numbers INSERT INTO authsms_users SELECT 'old' || i, 'n', 'old' || i, 'h', '1', "
        . "'+1', '+1', NULL, 0, 0, 1, 1, 0, 0, 0, 5, NULL FROM n",
        "$numbers INSERT INTO authsms_sessions SELECT 'old' || i, '$user', 1, 1, 5, NULL, "
        . "NULL FROM n",
        "$numbers INSERT INTO authsms_limits SELECT 'login/user', 'old' || i, 1, 5 FROM n",
        "$numbers INSERT INTO authsms_addresses SELECT 'old' || i, '$user', 5 FROM n",
        "INSERT INTO authsms_codes VALUES ('$user', 1, 'old', '+1', 'd', NULL, 0, 1, 5)",
        "INSERT INTO authsms_limits VALUES ('login/user', 'new', 1, $later)",
        "INSERT INTO authsms_addresses VALUES ('new', '$user', $later)",
        "INSERT INTO authsms_codes VALUES ('$user', 2, 'new', '+1', 'd', NULL, 0, 1, $later)",
        "INSERT INTO authsms_sessions VALUES ('for ever', '$user', 1, 1, 0, NULL, NULL)";
}

# Another server holds the lease for a minute.
sub lease_to_another {
    my ($site) = @_;
    my $until = int(time + 60) . '000000';
    $site->sql(
              "INSERT INTO authsms_jobs VALUES ('sweep', 'another', $until) ON CONFLICT (name) DO "
            . "UPDATE SET holder = excluded.holder, until = excluded.until");
}

sub counts {
    my ($site) = @_;
    return join ' ', map {
        $site->sql("SELECT count(*) FROM authsms_$_ WHERE 1 = 1"
                . ($_ eq 'limits' ? " AND name = 'login/user'" : ''))
    } qw(users sessions limits addresses codes);
}

sub check_purge {
    my (%o) = @_;
    my $site = Site->new(%o);
    $site->start;
    my $person = $site->signup;
    lease_to_another($site);
    fill($site, $person->{id});
    is counts($site), '1001 1002 1001 1002 2', 'rows before';
    $site->sql('DELETE FROM authsms_jobs');
    $site->httpd->graceful;
    my $end = time + 20;
    sleep 0.1 until counts($site) eq '1 2 1 2 1' || time > $end;
    is counts($site), '1 2 1 2 1', 'expired rows are deleted, unexpired rows stay';
    is $site->sql("SELECT count(*) FROM authsms_jobs WHERE name = 'sweep'"), 1,
        'one server holds the lease';
    is $site->client->get('/app_api/users', Authorization => $person->{token})->{status}, 200,
        'the session stays valid: 200';
    $site->stop;
}

my $pg = Postgres::available() ? Postgres->new : undef;
for my $driver ('sqlite', $pg ? 'pgsql' : ()) {
    subtest $driver => sub { check_purge(driver => $driver, pg => $pg) };
}

subtest 'another server holds the lease' => sub {
    my $site = Site->new;
    $site->start;
    $site->signup;
    lease_to_another($site);
    # The trigger counts attempts to acquire the lease; a failed attempt changes no row.
    $site->sql($_)
        for "INSERT INTO authsms_limits VALUES ('x', 'y', 1, 5)",
        'CREATE TABLE attempts (holder TEXT)',
        'CREATE TRIGGER count_attempts BEFORE INSERT ON authsms_jobs BEGIN '
        . 'INSERT INTO attempts VALUES (NEW.holder); END';
    $site->httpd->graceful;
    my $end = time + 20;
    my $attempts = sub { $site->sql('SELECT count(*) FROM attempts') };
    sleep 0.1 until $attempts->() || time > $end;
    cmp_ok $attempts->(), '>=', 1, 'a purge tries to acquire the lease';
    sleep 2;    # a purge that ignores the lease deletes the row within milliseconds
    is $site->sql("SELECT count(*) FROM authsms_limits WHERE name = 'x'"), 1,
        'another server holds the lease: nothing is purged';
    is $site->sql("SELECT holder FROM authsms_jobs WHERE name = 'sweep'"), 'another',
        'the lease stays with the other server';
    $site->stop;
};

# The database is configured globally, the keys and the API in a virtual host.
subtest 'the API of a virtual host' => sub {
    my $site = Site->new(children => 1);
    my ($outside, $inside) = $site->httpd->{conf} =~ /\A(.*?)(^AuthSMSKey.*)\z/ms or die;
    $site->httpd->{conf} =
        "$outside<VirtualHost *:${\$site->httpd->port}>\n$inside</VirtualHost>\n";
    $site->start;
    $site->signup;
    lease_to_another($site);
    $site->sql("INSERT INTO authsms_limits VALUES ('x', 'y', 1, 5)");
    $site->sql('DELETE FROM authsms_jobs');
    $site->httpd->graceful;
    my $there = sub { $site->sql("SELECT count(*) FROM authsms_limits WHERE name = 'x'") };
    my $end = time + 20;
    sleep 0.1 until !$there->() || time > $end;
    is $there->(), 0, 'expired rows are deleted for a virtual host too';
    $site->stop;
};

$pg->stop if $pg;
done_testing;
