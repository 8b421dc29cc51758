# SPDX-License-Identifier: Apache-2.0
# ./dev installs packages for root alone. For other users it names the missing packages and the
# command that installs them.
use strict;
use warnings;
use Cwd qw(abs_path);
use File::Copy qw(copy);
use File::Path qw(make_path remove_tree);
use File::Temp qw(tempdir);
use Test::More;

my $dir = tempdir(CLEANUP => 1);
my ($tree, $bin, $calls) = ("$dir/tree", "$dir/bin", "$dir/calls");
make_path("$tree/t/npm", "$tree/t/bench", $bin);
copy($_, "$tree/$_")
    or die "$_: $!"
    for 'dev', 't/npm/package.json', 't/npm/package-lock.json', 't/bench/guard.pl';
chmod 0755, "$tree/dev";

sub write_file {
    my ($name, $text) = @_;
    open my $out, '>', $name or die "$name: $!";
    print $out $text;
    close $out or die;
    chmod 0755, $name;
}

sub slurp { my ($name) = @_; open my $in, '<', $name or return ''; local $/; return <$in> // '' }

# A PATH with nothing but what ./dev itself calls, and stubs that record their calls.
for my $tool (qw(bash cat cmp cp dirname grep mkdir readlink rm sed)) {
    chomp(my $path = `sh -c "command -v $tool"`);
    symlink abs_path($path), "$bin/$tool" or die "$tool: $!";
}
write_file("$bin/$_->[0]", "#!/bin/sh\n$_->[1]\n") for
    ['id', 'echo $STUB_UID'],
    [
    'dpkg-query',
    'shift 3; for p; do case " $STUB_MISSING " in *" $p "*) ;; *) echo $p installed;; esac; done'
    ],
    ['apt-get', "echo apt-get \$* >>$calls; exit 100"],
    ['npm', "echo npm \$* >>$calls; mkdir -p node_modules"],
    ['autoreconf', 'echo the build begins; exit 1'];

sub set_node {
    my ($there) = @_;
    $there ? write_file("$bin/node", "#!/bin/sh\n") : unlink "$bin/node";
}

sub set_npm_packages {
    my ($lock) = @_;
    remove_tree("$tree/t/npm/node_modules");
    return unless defined $lock;
    mkdir "$tree/t/npm/node_modules";
    write_file("$tree/t/npm/node_modules/.installed-from", $lock);
}

# The exit status, what it printed, and the calls of package managers.
sub dev {
    my ($uid, $missing, $words) = @_;
    unlink $calls;
    local %ENV = (PATH => $bin, STUB_UID => $uid, STUB_MISSING => $missing);
    my $said = `exec $tree/dev $words 2>&1`;
    return ($? >> 8, $said, slurp($calls));
}

my $lock = slurp('t/npm/package-lock.json');
my $begins = qr/the build begins/;

# Each command, a package that it needs, and the set that has it.
my @commands = (
    ['build', 'libjson-c-dev', 'build'], ['demo 8080', 'libcurl4-openssl-dev', 'build'],
    ['check --core', 'pgbouncer', 'core'],
    ['check', 'valgrind', 'check'], ['check t/unit/lint.t', 'chromium', 'check'],
    ['lint', 'clang-tidy', 'lint'],
    ['bench guard', 'wrk', 'bench'], ['ha', 'patroni', 'ha'],
);
set_node(1);
set_npm_packages($lock);
for (@commands) {
    my ($words, $package, $set) = @$_;
    subtest "./dev $words" => sub {
        my ($status, $said, $called) = dev(1000, $package, $words);
        is $status, 1, 'stops for a user';
        like $said, qr/^\.\/dev \w+: missing: \Q$package\E\n/, 'names the missing package';
        like $said, qr/as root: \.\/dev deps $set\n\z/, 'names the command that installs it';
        is $called, '', 'installs nothing';
        ($status, $said, $called) = dev(0, $package, "deps $set");
        like $called, qr/^apt-get update/, 'which does install it for root';
        ($status, $said, $called) = dev(1000, $package, "deps $set");
        is $status, 1, 'and stops for a user';
        like $said, qr/only root .*\b\Q$package\E\n\z/, 'with the reason';
        is $called, '', 'and installs nothing';
        ($status, $said, $called) = dev(0, $package, $words);
        like $called, qr/^apt-get update/, 'root needs no other command';
        ($status, $said, $called) = dev(1000, '', $words);
        like $said, $begins, 'a user builds where nothing is missing';
        is $called, '', 'without a package manager';
    };
}

for my $words ('check', 'check --core', 'check t/unit/lint.t') {
    for (['no npm packages', undef], ['npm packages of another lock file', "$lock "]) {
        my ($what, $installed) = @$_;
        subtest "./dev $words: $what" => sub {
            set_npm_packages($installed);
            my ($status, $said, $called) = dev(1000, '', $words);
            is $status, 1, 'stops for a user';
            like $said, qr/missing: npm packages of t\/npm\n.*as root: \.\/dev deps/,
                'names them and ./dev deps';
            is $called, '', 'installs nothing';
            ($status, $said, $called) = dev(0, '', $words);
            like $called, qr/\Anpm ci .*\n\z/, 'root installs them';
            like $said, $begins, 'and builds';
            ($status, $said, $called) = dev(1000, '', $words);
            like $said, $begins, 'a user builds then';
            is $called, '', 'without a package manager';
        };
    }
}

set_node(0);
set_npm_packages(undef);
my ($status, $said, $called) = dev(1000, 'gcc perl', 'check');
like $said, qr/missing: gcc, perl, nodejs, npm packages of t\/npm\n/,
    'all missing packages are named at once';
is $called, '', 'and none installed';
set_node(1);
like + (dev(1000, '', $_))[1], $begins, "./dev $_ needs no npm package" for qw(build lint bench ha);
is((dev(0, '', 'deps nonsense'))[0], 2, './dev deps names its sets');
done_testing;
