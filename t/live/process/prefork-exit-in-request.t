# SPDX-License-Identifier: Apache-2.0
# A prefork child is terminated by a signal to the thread that holds a connection.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

my $site = Site->new(mpm => 'prefork')->start;
my $person = $site->signup;
my $shell = $site->hold_database;
my $crowd = ParallelClients->start(
    map {
        sub {
            eval { $site->login($person) }
        }
    } 1 .. 3
);
sleep 0.5;    # the requests wait for the lock
my $pid = $site->httpd->pid;
my $begin = time;
kill 'TERM', $pid;
sleep 0.05 while kill(0, $pid) && time < $begin + 20;
cmp_ok time - $begin, '<', 9, 'httpd ends in time';
close $shell;
$crowd->lines;
$site->httpd->expect_log(
    qr/the database failed with SQLite code 5|the writers' lock cannot be acquired|AH00045/);
$site->stop;
done_testing;
