# SPDX-License-Identifier: Apache-2.0
# Three PostgreSQL behind HAProxy, two httpd: a crash of the primary, and a switchover. Everything
# acknowledged still holds afterwards. `./dev ha` is the long form, with Patroni.
use strict;
use warnings;
use lib 't/lib';
use Haproxy;
use Ledger;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
plan skip_all => 'no HAProxy here' unless Haproxy::available();

my $primary = Postgres->new;
my $params = $primary->create_database;
my @standbys = map { Postgres->new(standby_of => $primary) } 1, 2;
my @all = ($primary, @standbys);
$primary->require_synchronous_commit;
my @checks = map { [Haproxy::start_health_check($_)] } @all;
my $haproxy = Haproxy->new(map { [$all[$_]{port}, $checks[$_][0]] } 0 .. 2);
$params =~ s/port=\S+/port=$haproxy->{port}/;
my @sites = map {
    Site->new(
        driver => 'pgsql', pg => $primary, params => $params, children => 1,
        key => 'AuthSMSKey HS256 hex:' . '0123456789abcdef' x 4,
        server => "AuthSMSLimit * off\nAuthSMSValidation Off\nAuthSMSUserCheck always"
    )->start
} 1, 2;

sub received {
    my ($pg) = @_;
    return $pg->psql('postgres', "SELECT pg_wal_lsn_diff(pg_last_wal_receive_lsn(), '0/0')");
}

# The standby that has received more becomes the primary, the others follow it.
sub take_over {
    my (@candidates) = @_;
    my ($next, @others) = sort { received($b) <=> received($a) } @candidates;
    $next->promote;
    my $promoted = time;
    $_->become_standby_of($next) for @others;
    return ($promoted, $next, @others);
}

# Clients before, during and after; what the ledger says.
sub under_load {
    my ($fault, $what) = @_;
    my $ledger = Ledger->start(4, @sites);
    sleep 3;    # load before the fault
    my $promoted = $what->();
    my $end = time + 20;
    sleep 0.1
        until $sites[0]->login({ username => 'nobody', password => 'x' })->{status} == 401
        || time > $end;
    sleep 4;    # and after it
    $ledger->stop_and_check;
    note sprintf
        '%s: %d requests (%s); %d accounts, %d logins, %d logouts; slowest %s %.2f s; back '
        . 'after %s s',
        $fault, scalar @{ $ledger->{requests} }, $ledger->statuses,
        @$ledger{qw(made in out)}, @{ $ledger->{slowest} }{qw(name seconds)},
        $ledger->seconds_until_login($promoted) // 'never';
    is_deeply $ledger->{wrong}, [], "$fault: every acknowledged account, login and logout holds";
    cmp_ok $ledger->{$_}, '>', 5,
        "$fault: more than five were acknowledged ($_)" for qw(made in out);
    cmp_ok $ledger->{slowest}{seconds}, '<', 10, "$fault: no request waited 10 s";
    my $back = $ledger->seconds_until_login($promoted);
    ok defined $back && $back < 10, "$fault: logins succeed within 10 s of the promotion";
    return $ledger;
}

under_load(
    'a crash',
    sub {
        $primary->crash;
        (my $promoted, $primary, @standbys) = take_over(@standbys);
        $primary->require_synchronous_commit;
        return $promoted;
    }
);

under_load(
    'a switchover',
    sub {
        my $old = $primary;
        $old->shut_down('fast');
        (my $promoted, $primary) = take_over(@standbys);
        $old->become_standby_of($primary);
        $primary->require_synchronous_commit;
        @standbys = ($old);
        return $promoted;
    }
);

$_->httpd->expect_log(qr/the database cannot be reached|the database failed|connections are busy/),
    $_->stop for @sites;
$haproxy->stop;
kill 'TERM', map { $_->[1] } @checks;
waitpid $_->[1], 0 for @checks;
$_->stop for @all;
done_testing;
