# SPDX-License-Identifier: Apache-2.0
# root's shell opens the SQLite file at the same time as a child: its -wal and -shm files belong to
# root for a moment, and the child can only read.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Site;
use Test::More;
use Time::HiRes qw(sleep time);

plan skip_all => 'not root' if $>;
my $site = Site->new(children => 1, server => "LogLevel authsms:info");
my $file = $site->httpd->dir . '/db/users.db';
my ($uid, $gid) = (stat $site->httpd->dir . '/db')[4, 5];
system("sqlite3 '$file' 'PRAGMA journal_mode=WAL; CREATE TABLE others (x)' >/dev/null") == 0
    or die 'sqlite3';
chown $uid, $gid, $file;
for ("$file-shm", "$file-wal") { open my $out, '>', $_ or die; close $out }

my $opened = sub {
    grep { (readlink($_) // '') eq "$file-shm" }
        map { glob "$_/fd/*" } grep { ((stat)[4] // 0) == $uid } glob '/proc/[0-9]*';
};
my $giving = ParallelClients->start(sub {
    my ($say) = @_;
    my $end = time + 10;
    sleep 0.001 until $opened->() || time > $end;
    $say->($opened->() ? 'opened' : 'not opened');
    chown $uid, $gid, "$file-shm", "$file-wal";
});
$site->start;
is_deeply [$giving->lines], ['opened'], 'a child opened the files of root';
my $person = $site->signup;
ok $person->{token}, 'the child can write';
like $site->httpd->error_log, qr/could only read: the database was reopened/,
    'the reopening is logged';
$site->stop;

$site = Site->new(children => 1);
$file = $site->httpd->dir . '/db/users.db';
system("sqlite3 '$file' 'PRAGMA journal_mode=WAL; CREATE TABLE others (x)' >/dev/null") == 0
    or die 'sqlite3';
chown $uid, $gid, $file;
for ("$file-shm", "$file-wal") { open my $out, '>', $_ or die; close $out }
$site->start;
is $site->register(Site::person())->{status}, 503,
    'files beside it that stay root\'s (of the file itself configtest says so)';
my @told =
    $site->httpd->error_log =~ /(SQLite can only read, so the API .*: make httpd.s user .*)/g;
is @told, 1, 'is told once, with what to do' or diag explain \@told;
$site->httpd->expect_log(qr/SQLite can only read|the database failed with SQLite code (?:8|14)|AH/);
$site->stop;
done_testing;
