# SPDX-License-Identifier: Apache-2.0
# Expired rows are purged in the background, by one server at a time.
use strict;
use warnings;
use lib 't/lib';
use ClockOffset;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $numbers = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1000)';

# Expired rows, more than one unit of work deletes, and unexpired rows.
sub fill {
    my ($site, $user) = @_;
    my $later = int(time + 3600) . '000000';
    my $codes = 'authsms_codes (user_id, purpose, id, mobile, digest, attempts, created_at, '
        . 'expires_at)';
    my $sessions = 'authsms_sessions (sid, user_id, created_at, used_at, expires_at)';
    my $limits = 'authsms_limits (name, key, hits, ends_at)';
    my $addresses = 'authsms_addresses (key, user_id, expires_at)';
    $site->sql($_)
        for "$numbers INSERT INTO authsms_users (id, username, username_key, password, "
        . "mobile_given, mobile, country, verified, locked, created_at, updated_at, last_login, "
        . "valid_from, proved_at, pending_until) SELECT 'old' || i, 'n', 'old' || i, 'h', '1', "
        . "'+1', '+1', 0, 0, 1, 1, 0, 0, 0, 5 FROM n",
        "$numbers INSERT INTO $sessions SELECT 'old' || i, '$user', 1, 1, 5 FROM n",
        "$numbers INSERT INTO $limits SELECT 'login/user', 'old' || i, 1, 5 FROM n",
        "$numbers INSERT INTO $addresses SELECT 'old' || i, '$user', 5 FROM n",
        "INSERT INTO $codes VALUES ('$user', 1, 'old', '+1', 'd', 0, 1, 5)",
        "INSERT INTO $limits VALUES ('login/user', 'new', 1, $later)",
        "INSERT INTO $addresses VALUES ('new', '$user', $later)",
        "INSERT INTO $codes VALUES ('$user', 2, 'new', '+1', 'd', 0, 1, $later)",
        "INSERT INTO $sessions VALUES ('does not expire', '$user', 1, 1, 0)";
}

# Another server holds the lease for a minute.
sub lease_to_another {
    my ($site) = @_;
    my $until = int(time + 60) . '000000';
    $site->sql(
              "INSERT INTO authsms_jobs (name, holder, until) VALUES ('sweep', 'another', $until) "
            . "ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until");
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

# Count attempts to acquire the lease. A failed attempt changes no row.
sub count_attempts {
    my ($site, $driver) = @_;
    my $count = 'INSERT INTO attempts (holder) VALUES (NEW.holder);';
    my $trigger = 'CREATE TRIGGER count_attempts BEFORE INSERT ON authsms_jobs';
    $site->sql($_)
        for 'CREATE TABLE attempts (holder TEXT)',
        $driver eq 'sqlite'
        ? "$trigger BEGIN $count END"
        : (
              'CREATE FUNCTION count_attempts() RETURNS trigger LANGUAGE plpgsql AS $$ '
            . "BEGIN $count RETURN NEW; END \$\$",
        "$trigger FOR EACH ROW EXECUTE FUNCTION count_attempts()"
        );
    return sub { $site->sql('SELECT count(*) FROM attempts') };
}

sub check_lease {
    my ($driver, %o) = @_;
    my $site = Site->new(%o, driver => $driver);
    $site->start;
    $site->signup;
    lease_to_another($site);
    $site->sql("INSERT INTO authsms_limits (name, key, hits, ends_at) VALUES ('x', 'y', 1, 5)");
    my $attempts = count_attempts($site, $driver);
    $site->httpd->graceful;
    my $end = time + 20;
    sleep 0.1 until $attempts->() || time > $end;
    cmp_ok $attempts->(), '>=', 1, 'a purge tries to acquire the lease';
    sleep 2;    # a purge that ignores the lease deletes the row within milliseconds
    is $site->sql("SELECT count(*) FROM authsms_limits WHERE name = 'x'"), 1,
        'another server holds the lease: nothing is purged';
    is $site->sql("SELECT holder FROM authsms_jobs WHERE name = 'sweep'"), 'another',
        'the lease stays with the other server';
    $site->stop;
}

subtest 'another server holds the lease, sqlite' => sub { check_lease('sqlite') };

# Leases end by PostgreSQL's clock, which all servers share.
for my $hours (2, -2) {
    subtest "another server holds the lease, pgsql, this server's clock is $hours h ahead" => sub {
        my $clock = ClockOffset->new;
        plan skip_all => 'no PostgreSQL or no C compiler here' unless $pg && $clock;
        $clock->set($hours * 3600);
        check_lease('pgsql', pg => $pg, env => $clock->env);
    };
}

# The database is configured globally, the keys and the API in a virtual host.
subtest 'the API of a virtual host' => sub {
    my $site = Site->new(children => 1);
    my ($outside, $inside) = $site->httpd->{conf} =~ /\A(.*?)(^AuthSMSKey.*)\z/ms or die;
    $site->httpd->{conf} =
        "$outside<VirtualHost *:${\$site->httpd->port}>\n$inside</VirtualHost>\n";
    $site->start;
    $site->signup;
    lease_to_another($site);
    $site->sql("INSERT INTO authsms_limits (name, key, hits, ends_at) VALUES ('x', 'y', 1, 5)");
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
