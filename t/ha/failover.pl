# SPDX-License-Identifier: Apache-2.0
# Failover of a real cluster: Patroni, etcd, three PostgreSQL. Each fault hits the primary, the
# first host of DBDParams, while clients of two httpd each connect over several hosts, over HAProxy,
# and over pgbouncer and HAProxy. A ledger for each path; exits with 1 if anything that was
# acknowledged does not hold, a request takes 6 s, or logins fail for more than 3 s after the
# promotion. Run by ./dev ha [switchover|crash|stop ...].
use strict;
use warnings;
use lib 't/lib';
use Haproxy;
use Ledger;
use Patroni;
use Pgbouncer;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

$| = 1;
my $cluster = Patroni->new;
my @nodes = @{ $cluster->{nodes} };
my $haproxy = Haproxy->new(map { [@$_{qw(port rest)}] } @nodes);
my $pgbouncer = Pgbouncer->new($haproxy->{port});

# pgbouncer passes no options on: the bounds belong to the role.
$cluster->psql('postgres', "ALTER ROLE postgres SET $_")
    for "statement_timeout = '3s'", "lock_timeout = '2s'",
    "idle_in_transaction_session_timeout = '10s'";
my $bounds =
      'connect_timeout=2 tcp_user_timeout=3000 keepalives_idle=5 keepalives_interval=2 '
    . 'keepalives_count=2';
my %where = (
          'several hosts' => 'host='
        . join(',', map { '127.0.0.1' } @nodes)
        . ' port='
        . join(',', map { $_->{port} } @nodes)
        . ' target_session_attrs=read-write',
    HAProxy => "host=127.0.0.1 port=$haproxy->{port}",
    pgbouncer => "host=127.0.0.1 port=$pgbouncer->{port}",
);
my @paths = ('several hosts', 'HAProxy', 'pgbouncer');
my %sites;
for my $path (@paths) {
    my $database = 'by_' . lc $path =~ s/ /_/gr;    # "pgbouncer" is its console
    $cluster->psql('postgres', "CREATE DATABASE $database");
    $sites{$path} = [
        map {
            Site->new(
                driver => 'pgsql', pg => { name => $database },
                params => "$where{$path} user=postgres dbname=$database $bounds", children => 1,
                key => 'AuthSMSKey HS256 hex:' . '0123456789abcdef' x 4,
                server => "AuthSMSLimit * off\nAuthSMSValidation Off\nAuthSMSUserCheck always"
            )->start
        } 1,
        2
    ];
}

# Each takes the primary, and returns the time of the promotion.
my %fault = (
    switchover => sub { return $cluster->switchover },
    crash => sub {
        my ($old) = @_;
        $cluster->crash($old);
        my $promoted = $cluster->wait_promotion($old);
        sleep 3;
        $cluster->start($old);
        return $promoted;
    },
    stop => sub {
        my ($old) = @_;
        my $begin = time;
        my @stopped = $cluster->processes($old);
        kill 'STOP', @stopped;
        my $promoted = $cluster->wait_promotion($old);
        sleep 0.1 until time > $begin + 20;
        kill 'CONT', @stopped;
        return $promoted;
    },
);

my $failed = 0;
sub claim { my ($true, $what) = @_; return if $true; $failed = 1; print "      NOT so: $what\n" }

for my $name (@ARGV ? @ARGV : qw(switchover crash stop)) {
    my $work = $fault{$name} or die "there is no fault '$name'\n";
    $cluster->make_primary($nodes[0]);
    my %ledger = map { $_ => Ledger->start(2, @{ $sites{$_} }) } @paths;
    sleep 5;
    my $begin = time;
    my $promoted = $work->($nodes[0]);
    sleep 10;
    printf "%s, promotion after %.1f s\n", $name, $promoted - $begin;
    printf "  %-14s %8s %8s %8s %8s %8s %8s %8s %8s  %s\n", 'path', 'accounts', 'logins',
        'logouts', 'wrong', 'slowest', 'back', 'outage', 'longest', 'responses';
    for my $path (@paths) {
        my $ledger = $ledger{$path}->stop_and_check;
        my $back = $ledger->seconds_until_login($promoted) // 999;
        printf "  %-14s %8d %8d %8d %8d %7.2fs %7.2fs %7.2fs %8s  %s\n", $path,
            @$ledger{qw(made in out)}, scalar @{ $ledger->{wrong} }, $ledger->{slowest}{seconds},
            $back,
            $ledger->outage_seconds($promoted), $ledger->{slowest}{name}, $ledger->statuses;
        claim(0, $_) for @{ $ledger->{wrong} };
        claim($ledger->{slowest}{seconds} < 6, 'the slowest request takes less than 6 s');
        claim($back < 3, 'logins succeed within 3 s of the promotion');
    }
}

$_->httpd->expect_log(qr/the database cannot be reached|the database failed|connections are busy/),
    $_->stop for map { @$_ } @sites{@paths};
$_->stop for $pgbouncer, $haproxy, $cluster;
claim(Test::More->builder->is_passing, 'the error logs have nothing unexpected');
done_testing;
exit $failed;
