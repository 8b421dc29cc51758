# SPDX-License-Identifier: Apache-2.0
# `./dev demo` ends on Ctrl-C, also when it is pressed several times, and leaves nothing behind.
use strict;
use warnings;
use lib 't/lib';
use File::Temp qw(tempdir);
use IO::Socket::INET;
use POSIX qw(setsid);
use Test::More;
use Time::HiRes qw(sleep);

my $tmp = tempdir(CLEANUP => 1);
chmod 0755, $tmp;
my $port = do { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport };
my $connects = sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") };
my $within = sub {
    my $test = shift;
    for (1 .. 300) { return 1 if $test->(); sleep 0.05 }
    0;
};

my $pid = fork // die;
if (!$pid) {
    setsid;
    $ENV{TMPDIR} = $tmp;
    $SIG{INT} = 'DEFAULT';
    open STDOUT, '>', "$tmp/out";
    open STDERR, '>&', \*STDOUT;
    exec './dev', 'demo', $port or die;
}
ok $within->($connects), 'it serves';
ok scalar(glob "$tmp/authsms-demo-*"), 'out of a directory of its own';
kill INT => -$pid;
sleep 0.02;
kill INT => -$pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it ended';
is_deeply [glob "$tmp/authsms-demo-*"], [], 'nothing of it is left';
ok $within->(sub { !$connects->() }), 'nor its server';
ok $within->(sub { !kill 0 => -$pid }), 'nor any process';

mkdir qq{$tmp/a"b} or die;
like `TMPDIR='$tmp/a"b' ./dev demo $port 2>&1`,
    qr/^(?=.*Syntax error)(?=.*httpd ended: see above)/s, 'why httpd did not start';

for my $wrong (qw(0 65536 99999 4294967376 -1 80x)) {
    is `./dev demo $wrong 2>&1`, "./dev demo: '$wrong' is not a port number (1 to 65535)\n",
        "port $wrong: nothing is built";
}

done_testing;
