# SPDX-License-Identifier: Apache-2.0
# ./dev demo: the commands that it prints work as they stand, codes appear in its output, and
# browsers are sent to localhost, where tokens are in cookies.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Client;
use File::Temp qw(tempdir);
use IO::Socket::INET;
use IO::Socket::IP;
use POSIX qw(setsid);
use Test::More;
use Time::HiRes qw(sleep);

plan skip_all => 'no curl here' unless `curl --version 2>/dev/null`;

my $tmp = tempdir(CLEANUP => 1);
chmod 0755, $tmp;
my $port = do { IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport };
my $pid = fork // die;
if (!$pid) {
    setsid;
    $ENV{TMPDIR} = $tmp;
    $SIG{INT} = 'DEFAULT';
    open STDOUT, '>', "$tmp/out";
    open STDERR, '>&', \*STDOUT;
    exec './dev', 'demo', $port or die;
}

# What a test gives, as soon as it gives anything.
sub wait_for {
    my ($test) = @_;
    for (1 .. 600) {
        my $found = $test->();
        return $found if $found;
        sleep 0.05;
    }
    return;
}

sub printed {
    open my $in, '<:utf8', "$tmp/out" or return '';
    local $/;
    return <$in> // '';
}

ok wait_for(sub { IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port") }), 'it serves';
my $welcome = printed();
like $welcome, qr{Open  http://localhost:$port/ }, 'the address for browsers';

my $client = Client->new($port);
my $page = $client->get('/', Host => "localhost:$port");
is $page->{status}, 200, 'localhost: the pages';
like $page->{headers}{'content-security-policy'}[0], qr/default-src 'none'/, 'with a strict policy';
my $sent = $client->get('/?return=%2fprivate%2f', Host => "127.0.0.1:$port");
is_deeply [$sent->{status}, $sent->{headers}{location}],
    [302, ["http://localhost:$port/?return=%2fprivate%2f"]], '127.0.0.1: sent to localhost';

# Paste the session. Each line with … is filled in from the response or the text above it.
my ($session) = $welcome =~ /^(    BASE=.*?)\n\n/ms or die 'no session';
my $response = '';
my $values = '';
for my $command (split /\n(?! )/, $session =~ s/^    //mgr) {
    if ($command =~ /^(\w+)='?…/) {
        my $name = $1;
        my $value =
              $name eq 'CODE' ? wait_for(sub { (printed() =~ />> SMS to .* code is (\d+)/)[0] })
            : $name eq 'ID' ? ($response =~ /"id":"([^"]+)"/)[0]
            : ($response =~ /"token":"([^"]+)"/)[0];
        ok $value, "$name is printed" or diag $response;
        $values .= "$name='$value'\n";
        next;
    }
    $values .= "$command\n" and next if $command =~ /^BASE=/;
    open my $shell, '>:utf8', "$tmp/commands" or die;
    print $shell $values, $command =~ s/^curl -s/curl -sS --fail/r, "\n";
    close $shell;
    $response = `bash '$tmp/commands' 2>&1`;
    is $?, 0, $command =~ s/\s*\n.*//sr or diag $response;
}
like $response, qr/<h1[^>]*>Members/, 'the last command shows the protected page'
    or diag $response;

my ($role) = $welcome =~ /^ +(\S+authsmsctl .*)$/m or die 'no command for the role';
is `$role 2>&1`, "ada: editor\n", 'the command for the role';
my ($token) = $values =~ /^TOKEN='(.*)'$/m;
ok wait_for(sub { $client->get('/editors/', Authorization => $token)->{status} == 200 }),
    'then the page for editors is open';

my @gzip = (Host => "localhost:$port", 'Accept-Encoding' => 'gzip');
for my $path (qw(/ /style.css /js/app.js /lang/en.json)) {
    is $client->get($path, @gzip)->{headers}{'content-encoding'}[0], 'gzip', "$path is compressed";
}
is $client->get('/app_api/openapi.json', @gzip)->{headers}{'content-encoding'}, undef,
    'responses of the API are not';

kill INT => -$pid;
waitpid $pid, 0;
is $? >> 8, 0, 'it ended';

# localhost is ::1 for a browser, if there is one.
SKIP: {
    my $other = IO::Socket::IP->new(Listen => 1, LocalHost => '::1', LocalPort => $port)
        or skip 'no IPv6 here', 1;
    like `./dev demo $port 2>&1`, qr/^Port $port is in use\./m, 'a port that is in use at ::1';
}
done_testing;
