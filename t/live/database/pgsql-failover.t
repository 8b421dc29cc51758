# SPDX-License-Identifier: Apache-2.0
# Several PostgreSQL hosts, one of them the primary: a host that hangs, a replaced primary that
# still answers, a pooler without a server.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use IO::Socket::INET;
use ParallelClients;
use Pgbouncer;
use Postgres;
use Site;
use TcpForwarder;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $free = "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSUserCheck always";
my $key = 'AuthSMSKey HS256 hex:' . '0123456789abcdef' x 4;

sub guarded {
    my ($site, $person) = @_;
    return $site->client->get('/private/', Authorization => $person->{token})->{status};
}

sub count { my ($log, $re) = @_; return scalar(() = $log =~ /$re/g) }

# Until it is true; how long it took.
sub soon {
    my ($seconds, $true) = @_;
    my $begin = time;
    sleep 0.05 until $true->() || time > $begin + $seconds;
    return time - $begin;
}

subtest 'a first host that hangs' => sub {
    my $pg = Postgres->new;
    my $params = $pg->create_database;
    # The kernel accepts connections; no process answers.
    my $hung = IO::Socket::INET->new(
        LocalAddr => '127.0.0.1', LocalPort => 0, Proto => 'tcp',
        Listen => 128
    ) or die;
    $params =~ s/connect_timeout=2/connect_timeout=5/;
    my $hosts = 'host=127.0.0.1,127.0.0.1 port=' . $hung->sockport . ",$pg->{port}";
    $params =~ s/host=\S+ port=\S+/$hosts target_session_attrs=read-write/;
    my $site =
        Site->new(driver => 'pgsql', pg => $pg, params => $params, children => 4, server => $free);
    my $page = sub {
        my $begin = time;
        my $r = eval { $site->client->get('/index.html') } // {};
        return ($r->{status} // 0, time - $begin);
    };

    # A child that opened eight connections first would answer nothing for 40 s, one that waits for
    # a single one for 5 s.
    $site->start;
    my $begin = time;
    my ($status, $took) = $page->();
    is $status, 200, 'hanging host: a page is served';
    cmp_ok $took, '<', 4, sprintf 'the page does not wait for the host: %.2f s', $took;
    my $answer = sub { $site->login({ username => 'nobody', password => 'x' })->{status} };
    like $answer->(), qr/^(?:503|401)$/, 'hanging host: the API returns 503 or 401';
    my $back = soon(20, sub { $answer->() == 401 }) && time - $begin;
    cmp_ok $back, '<', 10, sprintf 'the API works after one connect_timeout: %.1f s', $back;

    $site->httpd->graceful;
    $begin = time;
    my @pages = map { [$page->()] } 1 .. 20;
    is_deeply [grep { $_->[0] != 200 } @pages], [], 'graceful restart: pages are served';
    cmp_ok ParallelClients::quantile(1, map { $_->[1] } @pages), '<', 4,
        'graceful restart: no page waits for the host';
    $back = soon(20, sub { $answer->() == 401 }) && time - $begin;
    cmp_ok $back, '<', 10, sprintf 'graceful restart: the API works after %.1f s', $back;
    my @statuses = ParallelClients->start(
        map {
            sub { $_[0]->($answer->()) for 1 .. 5 }
        } 1 .. 8
    )->lines;
    cmp_ok scalar(grep { $_ == 401 } @statuses), '>', 0,
        'requests are served while connections are opened';
    $site->httpd->expect_log(qr/the database cannot be reached|connections are busy/);
    $site->stop;
    $pg->stop;
};

# The old primary still accepts reads and writes. New connections lead to the new primary.
sub split_brain {
    my ($max_age) = @_;
    my $old = Postgres->new;
    my $params = $old->create_database;
    my $new = Postgres->new(standby_of => $old);
    my $switch = TcpForwarder->new($old->{port});
    (my $switched = $params) =~ s/port=\S+/port=$switch->{port}/;
    my $site = Site->new(
        driver => 'pgsql', pg => $old, params => $switched, children => 1, key => $key,
        server => $free . ($max_age ? "\nAuthSMSDatabase max-age=$max_age" : '')
    )->start;
    my $person = $site->signup;
    # Several connections of the child lead to the old one.
    ParallelClients->start(
        map {
            sub { $site->login($person) for 1 .. 3 }
        } 1 .. 6
    )->lines;
    my $end = time + 10;
    sleep 0.1 until time > $end || eval {
        $new->psql($old->{name}, 'SELECT count(*) FROM authsms_sessions') eq
            $old->psql($old->{name}, 'SELECT count(*) FROM authsms_sessions');
    };
    $new->promote;
    $switch->forward_to($new->{port});
    (my $direct = $params) =~ s/port=\S+/port=$new->{port}/;
    $new->{name} = $old->{name};
    my $other = Site->new(
        driver => 'pgsql', pg => $new, params => $direct, children => 1, key => $key,
        server => $free
    )->start;
    my $close = sub {
        $_->httpd->expect_log(qr/the database failed/), $_->stop for $site, $other;
        $switch->stop;
        $_->stop for $new, $old;
    };
    return ($site, $other, $person, $old, $new, $close);
}

subtest 'a primary that was replaced: tokens and logging out' => sub {
    my ($site, $other, $person, $old, $new, $close) = split_brain(undef);
    my $login = $other->login($person);
    is $login->{status}, 200, 'login on the new primary: 200';
    my %there = (%$person, token => $login->{json}{token});
    sleep 2.1;
    is guarded($site, \%there), 200, 'its token on a server connected to the old primary: 200';
    my $registered = $site->register(Site::person());
    is $registered->{status}, 201, 'registration on this server: 201';
    is $new->psql(
        $old->{name},
        "SELECT count(*) FROM authsms_users WHERE id = '$registered->{json}{id}'"
        ),
        1,
        'the registration is on the new primary';
    my $sessions = sub { $new->psql($old->{name}, 'SELECT count(*) FROM authsms_sessions') };
    my $before = $sessions->();
    is $site->api('/logout', {}, Authorization => $there{token})->{status}, 200, 'logout: 200';
    is $sessions->(), $before - 1, 'the session is deleted on the new primary';
    is guarded($other, \%there), 401, 'logged out token on the other server: 401';
    $close->();
};

subtest 'a primary that was replaced: a connection that is lost' => sub {
    my ($site, $other, $person, $old, $new, $close) = split_brain(undef);
    my $backends =
          "FROM pg_stat_activity WHERE datname = current_database() AND backend_type = 'client "
        . "backend' AND pid <> pg_backend_pid()";
    soon(10, sub { $old->psql($old->{name}, "SELECT count(*) $backends") == 8 });
    is $site->login($person)->{status}, 200, 'login over one of eight connections: 200';
    # It is used next, is found lost, and those that lead to the same server are not used any more.
    is $old->psql(
        $old->{name},
        "SELECT pg_terminate_backend(pid, 5000) $backends ORDER BY query_start DESC NULLS "
            . "LAST LIMIT 1"
        ),
        't', 'this connection is terminated';
    my @people = map { {
        username => "lost$_", password => 'correct horse', smsmobile => sprintf '07700 91%04d',
        $_
    } } 1 .. 6;
    my @answers = ParallelClients->start(
        map {
            my $p = $_;
            sub { $_[0]->($site->register($p)->{status}) }
        } @people
    )->lines;
    is_deeply [grep { $_ != 201 } @answers], [], 'six concurrent registrations: all 201';
    is $new->psql($old->{name}, "SELECT count(*) FROM authsms_users WHERE username LIKE 'lost%'"),
        6, 'all are on the new primary';
    $close->();
};

subtest 'a primary that was replaced: the age of connections' => sub {
    my ($site, $other, $person, $old, $new, $close) = split_brain('2s');
    sleep 2.5;    # max-age= of AuthSMSDatabase
    my $registered = $site->register(Site::person());
    is $registered->{status}, 201, 'registration after an idle time: 201';
    is $new->psql(
        $old->{name},
        "SELECT count(*) FROM authsms_users WHERE id = '$registered->{json}{id}'"
        ),
        1,
        'after max-age the registration is on the new primary';
    $close->();
};

subtest 'pgbouncer without a server' => sub {
    plan skip_all => 'pgbouncer is not installed' unless Pgbouncer::available();
    my $pg = Postgres->new;
    my $direct = $pg->create_database;
    $pg->set_role_timeouts;
    my $bouncer = Pgbouncer->new(
        $pg->{port},
        "pool_mode = transaction\ndefault_pool_size = 3\nserver_login_retry = 1\n"
            . "query_wait_timeout = 2\n"
    );
    my $site = Site->new(
        driver => 'pgsql', pg => $pg, children => 1, server => $free,
        params => $bouncer->params($pg->{name})
    )->start;
    my $person = $site->signup;
    $pg->shut_down;
    my $size = length $site->httpd->error_log;
    my $until = time + 6;
    my @answers = ParallelClients->start(
        map {
            sub {
                my ($say) = @_;
                while (time < $until) {
                    my $begin = time;
                    $say->(sprintf '%s %.2f', guarded($site, $person), time - $begin);
                    sleep 0.02;
                }
            }
        } 1 .. 6
    )->lines;
    is_deeply [grep { !/^503/ } @answers], [], scalar(@answers) . ' requests: 503';
    cmp_ok ParallelClients::quantile(1, map { (split)[1] } @answers), '<', 6,
        'no request waits 6 s';
    $pg->start;
    my $back = soon(15, sub { guarded($site, $person) == 200 });
    cmp_ok $back, '<', 5, sprintf '200 again %.1f s after the start of the server', $back;
    my $log = substr $site->httpd->error_log, $size;
    my @lines = grep { /\[authsms:/ } split /\n/, $log;
    cmp_ok @lines, '<=', 4, scalar(@lines) . ' lines in the log' or diag join "\n", @lines[0 .. 9];
    is count($log, qr/the database cannot be reached/), 1, 'the outage is logged once';
    $site->httpd->expect_log(
        qr/the database cannot be reached|the database failed|connections are busy/);
    $site->stop;
    $bouncer->stop;
    $pg->stop;
};

done_testing;
