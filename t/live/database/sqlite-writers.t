# SPDX-License-Identifier: Apache-2.0
# SQLite's single writer: concurrent writers, processes that die, a shell that holds the lock, a
# stopped child.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use POSIX ();
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $free = "AuthSMSLimit * off\nAuthSMSCode resend=0";

sub at_once {
    return ParallelClients->start(
        map {
            my $w = $_;
            sub { select STDOUT; $| = 1; $w->() }
        } @_
    )->lines;
}

subtest 'sixteen writers in four processes' => sub {
    my $site = Site->new(children => 4, threads => 8, server => $free)->start;
    my $seconds = $ENV{AUTHSMS_LONG} ? 60 : 5;
    my $person = $site->signup;
    my @answers = at_once(
        map {
            my $i = $_;
            sub {
                my $end = time + $seconds;
                for (my $n = 0; time < $end; $n++) {
                    my $begin = time;
                    my $r =
                          $n % 2
                        ? $site->login($person)
                        : $site->register({
                        username => "w$i-$n", password => 'correct horse',
                        smsmobile => sprintf '07700 9%05d', $n
                        });
                    printf "%s %.3f\n", $r->{status} // 'none', time - $begin;
                }
            }
        } 1 .. 16
    );
    my @slow = sort { $a <=> $b } map { (split)[1] } @answers;
    is_deeply [grep { !/^20[01] / } @answers], [], 'no request is refused';
    note sprintf '%d requests in %d s, p99 %.3f s, slowest %.3f s', scalar @answers, $seconds,
        $slow[$#slow * .99], $slow[-1];
    cmp_ok $slow[-1], '<', 5, 'no request waits for 5 s';
    is $site->sql('PRAGMA integrity_check'), 'ok', 'the file passes integrity_check';
    $site->stop;
};

subtest 'children that die' => sub {
    my $site =
        Site->new(children => 3, threads => 8, server => "$free\nAuthSMSValidation Off")->start;
    my $deaths = 50;
    my $file = $site->httpd->dir . '/accepted';
    my @clients = map {
        my $i = $_;
        my $pid = fork // die "fork: $!";
        if (!$pid) {
            $SIG{TERM} = 'DEFAULT';
            open my $out, '>>', $file or POSIX::_exit(1);
            for (my $n = 0;; $n++) {
                my $r = eval {
                    $site->register({
                        username => "k$i-$n", password => 'correct horse',
                        smsmobile => '07700 900123'
                    });
                };
                syswrite $out, "k$i-$n " . ($r && $r->{status} || 'lost') . "\n";
            }
        }
        $pid;
    } 1 .. 6;
    for (1 .. $deaths) {
        sleep 0.05 + rand 0.1;
        my @children = $site->httpd->children;
        kill 'KILL', $children[rand @children] if @children;
    }
    kill 'TERM', @clients;
    waitpid $_, 0 for @clients;
    sleep 0.5;    # for requests whose clients were terminated
    open my $in, '<', $file or die;
    my %told = map { split } <$in>;
    my %there = map { $_ => 1 } split /\n/, $site->sql('SELECT username FROM authsms_users');
    my @created = grep { $told{$_} eq '201' } keys %told;
    my @lost = grep { $told{$_} ne '201' } keys %told;
    cmp_ok @created, '>', $deaths,
        scalar(@created) . ' accounts were told of, ' . @lost . ' answers were lost';
    is_deeply [grep { !$there{$_} } @created], [], 'each acknowledged account exists';
    is $site->sql('PRAGMA integrity_check'), 'ok', 'the file passes integrity_check';
    my %again = map {
        $_ => $site->register(
            { username => $_, password => 'correct horse', smsmobile => '07700 900123' })->{status}
            // 'none'
    } @lost;
    is_deeply [grep { $again{$_} ne ($there{$_} ? '409' : '201') } keys %again], [],
        'every other account exists or can be registered';
    $site->httpd->expect_log(qr/exit signal Killed|AH10392|AH00\d+|cgid/);
    $site->stop;
};

subtest 'a shell holds the file' => sub {
    my $site = Site->new(server => $free)->start;
    my $person = $site->signup;
    my $shell = $site->hold_database;
    my @answers = at_once(
        map {
            sub {
                my $begin = time;
                my $r = $site->login($person);
                printf "%s %s %.1f\n", $r->{status}, $r->{headers}{'retry-after'}[0] // '-',
                    time - $begin;
            }
        } 1 .. 12
    );
    is scalar(grep { /^503 \d+ / } @answers), 12, 'writers: 503 with Retry-After';
    is_deeply [grep { (split)[2] > 5 } @answers], [], 'within 5 s' or diag "@answers";
    is $site->client->get('/private/', Authorization => $person->{token})->{status}, 200,
        'readers are not affected';
    close $shell;
    is $site->login($person)->{status}, 200, 'afterwards: login 200';
    $site->httpd->expect_log(qr/the database failed with|writers' lock|connections are busy/);
    $site->stop;
};

subtest 'a child is stopped' => sub {
    my $site = Site->new(children => 3, threads => 8, server => $free)->start;
    my $person = $site->signup;
    my @stopped;
    my @answers = at_once(
        sub {
            sleep 0.5;
            for (1 .. 3) {
                my ($child) = $site->httpd->children;
                kill 'STOP', $child;
                sleep 1.5;
                kill 'CONT', $child;
                sleep 0.3;
            }
        },
        map {
            sub {
                my $end = time + 6;
                while (time < $end) {
                    my $begin = time;
                    my $r = $site->login($person);
                    printf "%s %.1f\n", $r->{status} // 'none', time - $begin;
                }
            }
        } 1 .. 6
    );
    is_deeply [grep { !/^(?:200|503) / } @answers], [],
        'responses are 200, or 503 while the child is stopped';
    is_deeply [grep { (split)[1] > 5 } @answers], [], 'no request takes 5 s';
    is $site->login($person)->{status}, 200, 'afterwards: login 200';
    $site->httpd->expect_log(qr/writers' lock|connections are busy|the database failed with/);
    $site->stop;
};

done_testing;
