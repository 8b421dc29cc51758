# SPDX-License-Identifier: Apache-2.0
# PostgreSQL on a host that vanishes, with a standby that takes over, behind pgbouncer, under a role
# with few rights; and several servers on one database.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use ParallelClients;
use Pgbouncer;
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $free = "AuthSMSLimit * off\nAuthSMSCode resend=0\nAuthSMSUserCheck always";
my $ours = qr/the database (?:failed|cannot be reached)|connections are busy|AH0063\d|AH00629|dbd/;

sub try_login {
    my ($site, $person) = @_;
    my $begin = time;
    my $r = eval { $site->login($person) } // {};
    return ($r->{status} // 0, time - $begin);
}

sub until_good {
    my ($site, $person, $seconds) = @_;
    my ($begin, $status) = (time);
    do { ($status) = try_login($site, $person); sleep 0.1 if $status != 200 }
        until $status == 200 || time > $begin + $seconds;
    return time - $begin;
}

subtest 'a host that vanishes' => sub {
    plan skip_all => 'network namespaces are not permitted here'
        unless Postgres::can_make_namespaces();
    my $pg = Postgres->new(namespace => 1);
    my $site = Site->new(driver => 'pgsql', pg => $pg, children => 1, server => $free)->start;
    my $person = $site->signup;
    $pg->drop_replies;
    my @answers = ParallelClients->start(
        map {
            sub { $_[0]->(sprintf '%d %.1f', try_login($site, $person)) }
        } 1 .. 20
    )->lines;
    is scalar(grep { /^503/ } @answers), 20,
        'vanished host: every login returns 503' or diag "@answers";
    my $longest = ParallelClients::quantile(1, map { (split)[1] } @answers);
    cmp_ok $longest, '<', 9, "vanished host: the longest wait is $longest s";
    is $site->client->get('/index.html')->{status}, 200, 'vanished host: other pages are served';
    my ($status, $time) = try_login($site, $person);
    is $status, 503, 'vanished host: a later login returns 503';
    $pg->restore_replies;
    my $back = until_good($site, $person, 15);
    cmp_ok $back, '<', 10, sprintf 'logins succeed %.1f s after the network returns', $back;
    $site->httpd->expect_log($ours);
    $site->stop;
    $pg->stop;
};

subtest 'a standby that takes over' => sub {
    my $primary = Postgres->new;
    my $params = $primary->create_database;
    my $standby = Postgres->new(standby_of => $primary);
    my $hosts = "host=127.0.0.1,127.0.0.1 port=$primary->{port},$standby->{port}";
    $params =~ s/host=\S+ port=\S+/$hosts target_session_attrs=read-write/;
    my $site = Site->new(
        driver => 'pgsql', pg => $primary, params => $params, children => 2,
        server => $free
    )->start;
    my $person = $site->signup;
    my $parent = $site->httpd->pid;
    my $end = time + 10;
    sleep 0.1
        until time > $end
        || eval { $standby->psql($primary->{name}, 'SELECT count(*) FROM authsms_users') eq '1' };
    $primary->shut_down('immediate');
    my ($status) = try_login($site, $person);
    is $status, 503, 'no primary: 503';
    $standby->promote;
    my $back = until_good($site, $person, 20);
    cmp_ok $back, '<', 10, sprintf 'logins succeed %.1f s after the promotion', $back;
    sleep 1;    # each child finds out for itself
    is $site->register(Site::person())->{status}, 201, 'registration after the promotion: 201';
    is $site->client->get('/private/', Authorization => $person->{token})->{status}, 200,
        'earlier session: 200';
    is $site->httpd->pid, $parent, 'httpd was not restarted';
    $site->httpd->expect_log($ours);
    $site->stop;
    $standby->stop;
    $primary->stop;
};

subtest 'pgbouncer in transaction mode' => sub {
    plan skip_all => 'pgbouncer is not installed' unless Pgbouncer::available();
    my $pg = Postgres->new;
    my $direct = $pg->create_database;
    $pg->set_role_timeouts;
    my $bouncer = Pgbouncer->new($pg->{port},
        "pool_mode = transaction\ndefault_pool_size = 3\n");
    my $params = $bouncer->params($pg->{name});
    my $site =
        Site->new(driver => 'pgsql', pg => $pg, params => $params, children => 2, server => $free)
        ->start;
    my @people = map { $site->signup } 1 .. 3;
    my @answers = ParallelClients->start(
        map {
            my $i = $_;
            sub {
                my ($say) = @_;
                for (1 .. 20) {
                    $say->($site->login($people[$i % 3])->{status});
                    $say->($site->client->get('/private/', Authorization => $people[$i % 3]{token})
                            ->{status});
                }
            }
        } 1 .. 12
    )->lines;
    is_deeply [grep { $_ != 200 } @answers], [],
        scalar(@answers) . ' requests over three connections';
    is $site->api('/logout?all=1', {}, Authorization => $people[0]{token})->{status}, 200,
        'logout: 200';
    is $site->client->get('/private/', Authorization => $people[0]{token})->{status}, 401,
        'logged out token: 401';
    unlike $site->httpd->error_log, qr/statement_timeout/,
        'no warning about timeouts that the role sets';
    $site->stop;
    $bouncer->stop;
    $pg->stop;
};

subtest 'a role with the documented grants' => sub {
    my $pg = Postgres->new;
    my $owner = $pg->create_database;
    my $maker = Site->new(driver => 'pgsql', pg => $pg, params => $owner)->start;
    $maker->signup;
    $maker->stop;
    # As docs/postgresql.md says it.
    my $doc = do { local (@ARGV, $/) = 'docs/postgresql.md'; <> };
    my ($grants) = $doc =~ /```sql\n(CREATE ROLE authsms_httpd.*?)```/s
        or die 'the page has no grants';
    $grants =~ s/\bapp\b/$pg->{name}/g;
    $pg->psql($pg->{name}, $grants);
    (my $params = $owner) =~ s/user=postgres/user=authsms_httpd/;
    my $site = Site->new(
        driver => 'pgsql', pg => $pg, params => $params,
        server => "AuthSMSSchema check\nAuthSMSDelivery queued\n$free"
    )->start;
    my $person = $site->signup;
    is $site->client->get('/private/', Authorization => $person->{token})->{status}, 200,
        'register, verify, log in, open a protected page: 200';
    is $site->api('/logout', {}, Authorization => $person->{token})->{status}, 200, 'logout: 200';
    my $end = time + 20;
    my $leases =
        sub { $pg->psql($pg->{name}, "SELECT count(*) FROM authsms_jobs WHERE name = 'sweep'") };
    sleep 0.1 until $leases->() || time > $end;
    is $leases->(), 1, 'the purge holds its lease';
    isnt
        system(
              "PGOPTIONS= psql -X -q -h 127.0.0.1 -p $pg->{port} -U authsms_httpd -d $pg->{name} "
            . "-c 'DROP TABLE authsms_users' >/dev/null 2>&1"), 0, 'DROP TABLE is denied';
    $site->stop;
    $pg->stop;
};

subtest 'three servers on one database' => sub {
    my $pg = Postgres->new;
    my $params = $pg->create_database;
    my $settings =
          "AuthSMSLimit * off\nAuthSMSLimit login/user 5/1h\nAuthSMSLimit login/ip 1000/1h\n"
        . "AuthSMSCode resend=0 attempts=4\nAuthSMSUserCheck 1s";
    my @sites = map {
        Site->new(
            driver => 'pgsql', pg => $pg, params => $params, server => $settings,
            children => 1, key => 'AuthSMSKey HS256 hex:' . '0123456789abcdef' x 4
        )
    } 1 .. 3;
    ParallelClients->start(
        map {
            my $site = $_;
            sub { $site->httpd->configtest }
        } @sites
    )->lines;
    $_->start for @sites;
    my ($one, $two, $three) = @sites;

    my $person = Site::person();
    my $id = $one->register($person)->{json}{id};
    my $code = $one->code_of(Site::e164($person));
    is $two->api("/user/$id/verify", { code => '000000' })->{status}, 422,
        'wrong code on another server: 422';
    my @answers = ParallelClients->start(
        map {
            my $site = $sites[$_ % 3];
            sub { $_[0]->($site->api("/user/$id/verify", { code => $code })->{status}) }
        } 1 .. 9
    )->lines;
    is scalar(grep { $_ == 200 } @answers), 1, 'concurrent right codes: one returns 200';
    is_deeply [grep { !/^(?:200|409|429)$/ } @answers], [],
        'concurrent right codes: the others return 409 or 429';

    my $token = $two->login($person)->{json}{token};
    is $_->client->get('/private/', Authorization => $token)->{status}, 200,
        'token on every server: 200' for @sites;
    is $three->api('/logout', {}, Authorization => $token)->{status}, 200,
        'logout on the third server: 200';
    is $three->client->get('/private/', Authorization => $token)->{status}, 401,
        'token on the third server: 401';
    sleep 1.1;    # AuthSMSUserCheck
    is $_->client->get('/private/', Authorization => $token)->{status}, 401,
        'token on the others after AuthSMSUserCheck: 401' for $one, $two;

    @answers = ParallelClients->start(
        map {
            my $site = $sites[$_ % 3];
            sub { $_[0]->($site->login({ username => 'nobody', password => 'guess' })->{status}) }
        } 1 .. 24
    )->lines;
    is scalar(grep { $_ == 401 } @answers), 5,
        'login/user 5/1h over three servers: five guesses are checked';
    @answers = ParallelClients->start(
        map {
            my $site = $sites[$_ % 3];
            sub {
                $_[0]->(
                    $site->register({
                        username => 'racer', password => 'correct horse',
                        smsmobile => '07700 900777'
                    })->{status}
                );
            }
        } 1 .. 9
    )->lines;
    is $pg->psql($pg->{name}, "SELECT count(*) FROM authsms_users WHERE username = 'racer'"), 1,
        'username registered on all servers at once: one account';
    is_deeply [grep { !/^(?:201|409|429)$/ } @answers], [],
        'concurrent registrations: only 201, 409 or 429';
    $_->stop for @sites;
    $pg->stop;
};

done_testing;
