# SPDX-License-Identifier: Apache-2.0
# Servers of two releases on one database: no request fails while one upgrades the tables and the
# others serve, restart gracefully or start.
use strict;
use warnings;
use lib 't/lib';
use Authsmsctl ();
use Httpd;
use ParallelClients;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $next = "$Httpd::root/t/next";
plan skip_all => 'no PostgreSQL here' unless Postgres::available();
plan skip_all => 'make check TESTS= builds the next release' unless -e "$next/.libs/mod_authsms.so";

my $key = join '', map { sprintf '%02x', int rand 256 } 1 .. 32;
my $free = "AuthSMSLimit * off\nAuthSMSValidation Off\nAuthSMSUserCheck always";

sub site {
    my ($pg, $params, $mode, $is_next) = @_;
    local $Httpd::module = $is_next ? "$next/.libs/mod_authsms.so" : $Httpd::module;
    my $site = Site->new(
        driver => 'pgsql', pg => $pg, params => $params, sender => '', children => 1,
        key => "AuthSMSKey HS256 hex:$key", server => "$free\nAuthSMSSchema $mode"
    );
    $site->start;
    return $site;
}

# Register, log in and read the protected page until told to stop; every status that is not as it
# should be.
sub client {
    my ($stop, $site) = @_;
    return sub {
        my ($say) = @_;
        my $rounds = 0;
        until (-e $stop) {
            my $person = { %{ Site::person() }, username => "user$$-" . $rounds++ };
            my $made = $site->register($person);
            $say->("register $made->{status}") if $made->{status} != 201;
            my $in = $site->login($person);
            $say->("login $in->{status}") if $in->{status} != 200;
            my $page = $site->client->get('/private/', Authorization => $in->{json}{token} // '');
            $say->("page $page->{status}") if $page->{status} != 200;
        }
        $say->("rounds $rounds");
    };
}

# Requests that the first of these has answered.
sub answered {
    my ($site) = @_;
    open my $in, '<', $site->httpd->dir . '/logs/access_log' or return 0;
    my $n = () = <$in>;
    return $n;
}

sub wait_for_more {
    my ($site) = @_;
    my ($begin, $end) = (answered($site), time + 60);
    sleep 0.05 until answered($site) > $begin + 30 || time > $end;
    return answered($site) - $begin;
}

sub under_load {
    my ($sites, $work) = @_;
    my $stop = $sites->[0]->httpd->dir . '/stop';
    unlink $stop;
    my $crowd = ParallelClients->start(map { client($stop, $_) } @$sites, @$sites);
    cmp_ok wait_for_more($sites->[0]), '>', 30, 'requests are served before the change';
    $work->();
    cmp_ok wait_for_more($sites->[0]), '>', 30, 'requests are served after the change';
    $sites->[0]->httpd->write('stop', '');
    is_deeply [grep { !/^rounds/ } $crowd->lines], [], 'no request failed';
}

sub version { my ($site) = @_; return $site->sql('SELECT version, min_module FROM authsms_schema') }

my $pg = Postgres->new;

subtest 'auto: the first server of the next release upgrades' => sub {
    my $params = $pg->create_database;
    my @old = map { site($pg, $params, 'auto') } 1, 2;
    my $new;
    under_load(
        \@old,
        sub {
            $new = site($pg, $params, 'auto', 1);
            is $new->login(Site::person())->{status}, 401, 'the new server works';
            is version($new), '7|5', 'the tables are upgraded';
            $_->httpd->graceful for @old;
        }
    );
    under_load([$old[0], $new], sub { $old[1]->httpd->graceful; $new->httpd->graceful });
    $_->stop for @old, $new;
};

subtest 'check: the tables first, then the servers' => sub {
    my $params = $pg->create_database;
    my @there = ('--driver', 'pgsql', '--params', $params);
    my @old = map { site($pg, $params, 'check') } 1, 2;
    Authsmsctl::run($old[0], @there, qw(schema create));
    is $_->login(Site::person())->{status}, 401, 'an old server works' for @old;
    $_->httpd->expect_log(qr/AuthSMSSchema check: the tables have version 0/) for @old;
    my $new;
    under_load(
        \@old,
        sub {
            local $Authsmsctl::program = "$next/authsmsctl";
            my ($code, $out) = Authsmsctl::run($old[0], @there, qw(schema upgrade));
            is $code, 0, 'schema upgrade' or diag $out;
            $new = site($pg, $params, 'check', 1);
            $_->httpd->graceful for @old;
        }
    );
    under_load([@old, $new], sub { $_->httpd->graceful for @old, $new });

    local $Authsmsctl::program = "$next/authsmsctl";
    my ($code, $out) = Authsmsctl::run($old[0], @there, qw(schema contract));
    is $code, 0, 'schema contract, though older servers run' or diag $out;
    is version($new), '7|7', 'the tables need a module of version 7';
    $old[0]->httpd->graceful;
    is $old[0]->login(Site::person())->{status}, 503, 'an old server returns 503';
    is $new->login(Site::person())->{status}, 401, 'a new server works';
    $old[0]->httpd->expect_log(qr/need a module of version 7/);
    $_->stop for @old, $new;
};

subtest 'a new server before the tables' => sub {
    my $params = $pg->create_database;
    my $old = site($pg, $params, 'auto');
    is $old->login(Site::person())->{status}, 401, 'the old server serves';
    my $new = site($pg, $params, 'check', 1);
    is $new->login(Site::person())->{status}, 503, 'the new server returns 503';
    $new->httpd->expect_log(
        qr/AuthSMSSchema check: the tables have version 6, this module needs 7/);
    local $Authsmsctl::program = "$next/authsmsctl";
    my ($code, $out) =
        Authsmsctl::run($old, '--driver', 'pgsql', '--params', $params, qw(schema upgrade));
    is $code, 0, 'schema upgrade' or diag $out;
    is $new->login(Site::person())->{status}, 401,
        'after the upgrade the new server works without a restart';
    $_->stop for $old, $new;
};

subtest 'auto: a large table is left to the administrator' => sub {
    my $params = $pg->create_database;
    my $old = site($pg, $params, 'auto');
    is $old->login(Site::person())->{status}, 401, 'the old server serves';
    $old->sql("INSERT INTO authsms_users (id, username, username_key, password, mobile_given, "
            . "mobile, country, verified, locked,"
            . " created_at, updated_at, last_login, valid_from, proved_at, pending_until) "
            . "SELECT 'id' || n, 'u' || n, 'u' || n, 'x', '', '',"
            . " '+44', 1, 0, 1, 1, 0, 0, 0, 0 FROM generate_series(1, 20000) n");
    my $new = site($pg, $params, 'auto', 1);
    is $new->login(Site::person())->{status}, 503, 'the new server returns 503';
    is version($old), '6|5', 'the new server does not upgrade the table';
    $new->httpd->expect_log(
        qr/AuthSMSSchema[ ]auto:[ ]the[ ]tables[ ]have[ ]version[ ]6,
            [ ]this[ ]module[ ]needs[ ]7:[ ].*authsmsctl[ ]schema[ ]upgrade/x
    );
    under_load(
        [$old],
        sub {
            local $Authsmsctl::program = "$next/authsmsctl";
            my ($code, $out) =
                Authsmsctl::run($old, '--driver', 'pgsql', '--params', $params, qw(schema upgrade));
            is $code, 0, 'schema upgrade' or diag $out;
        }
    );
    is $new->login(Site::person())->{status}, 401, 'after the upgrade the new server works';
    $_->stop for $old, $new;
};

$pg->stop;
done_testing;
