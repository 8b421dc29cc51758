# SPDX-License-Identifier: Apache-2.0
# A prefork child ends while its background thread waits for a database that does not answer: what
# the thread uses is still valid.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $folder = tempdir(CLEANUP => 1);
chmod 0755, $folder;
plan skip_all => 'no C compiler here'
    if system("cc -shared -fPIC -o $folder/delay_unlock.so t/lib/delay_unlock.c 2>/dev/null");
my $pg = Postgres->new;
my $postmaster = do { open my $in, '<', "$pg->{dir}/data/postmaster.pid" or die; <$in> + 0 };

for (1 .. 3) {
    my $site = Site->new(
        mpm => 'prefork', driver => 'pgsql', pg => $pg,
        server => 'AuthSMSDelivery queued', env => { LD_PRELOAD => "$folder/delay_unlock.so" }
    )->start;
    sleep 1.5;
    my @all = ($postmaster, split ' ', `ps -o pid= --ppid $postmaster`);
    kill 'STOP', @all;
    sleep 0.7;    # whoever looks for texts does so three times a second
    my $pid = $site->httpd->pid;
    my $begin = time;
    kill 'TERM', $pid;
    sleep 0.05 while kill(0, $pid) && time < $begin + 15;
    kill 'CONT', @all;
    ok !kill(0, $pid), sprintf 'httpd ends, in %.1f s', time - $begin;
    $site->httpd->expect_log(qr/the database failed with no SQLSTATE|AH00045/);
    $site->stop;
}
$pg->stop;
done_testing;
