# SPDX-License-Identifier: Apache-2.0
# A child ends while its background thread waits for a database that does not answer.
use strict;
use warnings;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $site =
    Site->new(driver => 'pgsql', pg => $pg, children => 1, server => 'AuthSMSDelivery queued')
    ->start;
$site->signup;
my $postmaster = do { open my $in, '<', "$pg->{dir}/data/postmaster.pid" or die; <$in> + 0 };
my @all = ($postmaster, split ' ', `ps -o pid= --ppid $postmaster`);

kill 'STOP', @all;
sleep 0.7;    # whoever looks for texts does so three times a second
my $pid = $site->httpd->pid;
my $begin = time;
kill 'TERM', $pid;
sleep 0.05 while kill(0, $pid) && time < $begin + 15;
kill 'CONT', @all;
ok !kill(0, $pid), sprintf 'httpd ends, in %.1f s', time - $begin;
$site->httpd->expect_log(
    qr/the database (?:failed with no SQLSTATE|cannot be reached: no connection within)|AH00045/);
$site->stop;
$pg->stop;
done_testing;
