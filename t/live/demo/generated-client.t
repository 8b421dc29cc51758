# SPDX-License-Identifier: Apache-2.0
# A client that is generated from the OpenAPI document of ./dev demo talks to that demo.
use strict;
use warnings;
use lib 't/lib';
use Cwd qw(getcwd);
use File::Copy qw(copy);
use File::Temp qw(tempdir);
use IO::Socket::INET;
use JSON::PP;
use POSIX qw(setsid);
use Test::More;
use Time::HiRes qw(sleep);

my $npm = getcwd() . '/t/npm/node_modules';
plan skip_all => 'no node, openapi-typescript, openapi-fetch or typescript here (./dev deps)'
    if grep({ !-d "$npm/$_" } qw(openapi-typescript openapi-fetch typescript))
    || !`node --version 2>/dev/null`;

my $dir = tempdir(CLEANUP => 1);
chmod 0755, $dir;
my $port = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1')->sockport;
my $url = "http://127.0.0.1:$port/app_api";

my $pid = fork // die "fork: $!";
if (!$pid) {
    setsid;
    $ENV{TMPDIR} = $dir;
    $SIG{INT} = 'DEFAULT';
    open STDOUT, '>', "$dir/log" or die;
    open STDERR, '>&', \*STDOUT or die;
    exec './dev', 'demo', $port or die;
}
END { local $?; kill INT => -$pid if $pid }
for (1 .. 1200) {
    last if IO::Socket::INET->new(PeerAddr => "127.0.0.1:$port");
    sleep 0.1;
}

copy('t/npm/generated-client.ts', "$dir/client.ts") or die $!;
symlink $npm, "$dir/node_modules" or die $!;
sub write_file {
    my ($name, $text) = @_;
    open my $out, '>', "$dir/$name" or die "$name: $!";
    print $out $text;
    close $out or die "$name: $!";
    return;
}
write_file('package.json', '{"type":"module"}');
write_file(
    'tsconfig.json',
    encode_json({
        compilerOptions => {
            strict => JSON::PP::true, target => 'es2022', module => 'nodenext',
            lib => ['es2022', 'dom', 'dom.iterable'], types => [],
            noUncheckedIndexedAccess => JSON::PP::true
        },
        files => ['client.ts']
    })
);

sub run {
    my ($name, @command) = @_;
    my $said = `cd '$dir' && @command 2>&1`;
    is $?, 0, $name or diag $said;
    return $said;
}

run(
    'openapi-typescript makes types of the document',
    'node', 'node_modules/openapi-typescript/bin/cli.js', "$url/openapi.json", '-o authsms.d.ts'
);
run('the client compiles', 'node', 'node_modules/typescript/bin/tsc', '-p .');
my $said = `node t/npm/generated-client.mjs '$dir/client.js' '$url' '$dir/log' 2>&1`;
is_deeply eval { decode_json($said) },
    {
    id => 'the same', wrongCode => 'invalid_code',
    verified => 'You did it! Your signup is complete and you can now use the App :)',
    username => 'Grace', sessions => 1, refreshed => JSON::PP::true, changed => 202,
    taken => 'username_taken', afterwards => 'invalid_token'
    },
    'and talks to the demo'
    or diag $said;

kill INT => -$pid;
waitpid $pid, 0;
$pid = 0;
done_testing;
