# SPDX-License-Identifier: Apache-2.0
# The README from a bare Debian with the source to an account and a protected page: each command as
# it stands. Run by ./dev package, with a network that has loopback alone. AUTHSMS_ROOT is the
# chroot. It has the source in AUTHSMS_SOURCE, and in apt's cache what the README installs.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use DebianPackage;
use Test::More;
use Time::HiRes qw(time);

my $root = $ENV{AUTHSMS_ROOT}
    or plan skip_all => 'run by ./dev package: AUTHSMS_ROOT names no chroot';
my $source = $ENV{AUTHSMS_SOURCE} or die 'AUTHSMS_SOURCE names no directory';
binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);
my $debian = DebianPackage->new(root => $root);
my $page = do { local (@ARGV, $/) = 'README.md'; <> };
utf8::decode($page);
my $start = time;

# The blocks of a section in a language.
sub blocks {
    my ($heading, $language) = @_;
    my ($section) = $page =~ /^## \Q$heading\E\n(.*?)(?=^## |\z)/ms
        or die "README.md has no section $heading";
    my @blocks = $section =~ /^```\Q$language\E\n(.*?)^```/msg;
    die "README.md: no block of $language in $heading" unless @blocks;
    return @blocks;
}

# Here is no systemd.
$debian->write('/usr/local/bin/systemctl', "#!/bin/sh\nexec apache2ctl \"\$1\"\n", 0755);
$debian->write('/usr/sbin/policy-rc.d', "#!/bin/sh\nexit 101\n", 0755);
$debian->run_ok('apt-get install --no-install-recommends curl', 'curl, which the README uses');

subtest 'Install' => sub {
    my ($install) = blocks('Install', 'sh');
    my $said = $debian->run_ok("cd '$source'\n$install", 'the commands');
    like $said, qr/a2enmod authsms/, 'make install says how to continue';
};

subtest 'Configure' => sub {
    my ($prepare, $enable) = blocks('Configure', 'sh');
    $debian->run_ok($prepare);
    my ($file) = $page =~ m{^Write `(/etc/apache2/conf-available/[\w.-]+)`}m
        or die 'README.md names no file for the configuration';
    $debian->write($file, blocks('Configure', 'apache'));
    like $debian->run_ok($enable), qr/^Syntax OK$/m, 'configtest';
    $debian->wait_until_up;
    is $debian->private_status, 401, 'the protected page: 401 without a token';
    my ($doctor) = $page =~ /`(authsmsctl [^`]* doctor)`/ or die 'README.md names no doctor';
    like $debian->run_ok($doctor), qr/^problems: 0, /m, 'it finds no problem';
};

subtest 'Use' => sub {
    my ($session) = blocks('Use', 'console');
    my ($variables, $id, $code, $token) = ('') x 4;
    for ($session =~ /^\$ (.*?)(?=^\$ |\z)/msg) {
        my ($command, $shown) = split /\n/, $_, 2;
        if ($command =~ /^\w+=/) {
            $variables .= "$command\n";
            next;
        }
        my $filled = $command =~ s/01a2099a-50a8-…/$id/r;
        $filled =~ s/code=\K\d+/$code/;
        $filled =~ s/eyJ0eXAi…/$token/;
        utf8::encode($filled);
        my $said = $debian->run_ok("$variables$filled", $command);
        $id = $1 if $said =~ /"id":"([^"]+)"/;
        $code = $1 if $said =~ /code is (\d+)/;
        $token = $1 if $said =~ /"token":"JWT ([^"]+)"/;
        $shown =~ s/01a2099a-50a8-…/…/g;
        my $pattern = join '[^"]+', map { quotemeta } split /…/, $shown =~ s/\s+\z//r, -1;
        $pattern =~ s/code\\ is\\ \K\d+/\\d+/;
        like $said, qr/\A$pattern\s*\z/, 'prints what the page shows';
    }
    ok $token, 'a token';
};

note sprintf 'from the bare system to the protected page: %d s, without downloads', time - $start;
$debian->stop_httpd;
done_testing;
