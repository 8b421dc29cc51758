# SPDX-License-Identifier: Apache-2.0
# A child ends while its background thread waits for a database that does not answer. In prefork,
# everything that the thread uses is valid until it ends.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use Postgres;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'no PostgreSQL here' unless Postgres::available();
my $pg = Postgres->new;
my $postmaster = do { open my $in, '<', "$pg->{dir}/data/postmaster.pid" or die; <$in> + 0 };
my $folder = tempdir(CLEANUP => 1);
chmod 0755, $folder;
my $library = "$folder/delay_unlock.so";
my $has_library = system("cc -shared -fPIC -o $library t/lib/delay_unlock.c 2>/dev/null") == 0;

sub check_exit {
    my (%o) = @_;
    my $site = Site->new(
        %o,
        driver => 'pgsql', pg => $pg,
        server => 'AuthSMSDelivery queued'
    )->start;
    sleep 1.5;    # each child opens its connection and looks for queued texts
    my @all = ($postmaster, split ' ', `ps -o pid= --ppid $postmaster`);
    kill 'STOP', @all;
    sleep 0.7;    # the next poll begins, and waits for the stopped server
    my $pid = $site->httpd->pid;
    my $begin = time;
    kill 'TERM', $pid;
    sleep 0.05 while kill(0, $pid) && time < $begin + 15;
    kill 'CONT', @all;
    ok !kill(0, $pid), sprintf 'httpd ends, in %.1f s', time - $begin;
    $site->httpd->expect_log(
        qr/the database (?:failed with no SQLSTATE|cannot be reached: no connection within)/,
        qr/AH00045/
    );
    $site->stop;
    return;
}

subtest 'event' => sub { check_exit(children => 1) };
for my $run (1 .. 3) {
    subtest "prefork, threads are slow to unlock, run $run" => sub {
        plan skip_all => 'no C compiler here' unless $has_library;
        check_exit(mpm => 'prefork', env => { LD_PRELOAD => $library });
    };
}
$pg->stop;
done_testing;
