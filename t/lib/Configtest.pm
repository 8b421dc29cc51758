# SPDX-License-Identifier: Apache-2.0
# Runs configtest for parts of a configuration, in a ServerRoot with keys and secrets. No output may
# contain a secret.
package Configtest;
use strict;
use warnings;
use Exporter 'import';
use Httpd;
use Test::More ();

our @EXPORT = qw($httpd $base $key $api good bad with_key);

our $httpd = Httpd->new;
our $base = "DBDriver sqlite3\nDBDParams @{[$httpd->dir]}/db/x.db\n";
our $key = "AuthSMSKey HS256 file:key\n";
our $api = "<Location /app_api>\nAuthSMSApi On\nRequire all granted\n</Location>\n";

$ENV{AUTHSMS_TEST_SECRET} = 'canary-0123456789-0123456789-0123456789';
$httpd->write('key', 'k' . join('', 'a' .. 'z', 0 .. 9), 0600);
$httpd->write('short', "canary\n", 0600);
$httpd->write('public', 'p' . join('', 'a' .. 'z', 0 .. 9), 0644);
$httpd->write('many', join("\n", 'first line of it', 'password'), 0644);
$httpd->write('fails', "#!/bin/sh\necho canary\nexit 1\n", 0755);
$httpd->write('header', "X-Key: canary\n", 0600);
$httpd->write('lines', "canary\ncanary\n", 0600);
$httpd->write('prints', "#!/bin/sh\necho \"\$1\"\necho more\n", 0755);

# Two tests: configtest accepts $base and these lines. Returns its output.
sub good {
    my ($name, $conf) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($code, $out) = $httpd->configtest($base . $conf);
    my $test = Test::More->builder;
    $test->is_eq($code, 0, "accepted: $name") or $test->diag($out);
    $test->unlike($out, qr/canary/, 'the output has no secret');
    return $out;
}

# It rejects them, and the error matches each of @says.
sub bad {
    my ($name, $conf, @says) = @_;
    local $Test::Builder::Level = $Test::Builder::Level + 1;
    my ($code, $out) = $httpd->configtest($base . $conf);
    my $test = Test::More->builder;
    $test->isnt_eq($code, 0, "rejected: $name");
    $test->like($out, $_, "the error matches $_") for @says;
    $test->unlike($out, qr/canary|CANARY0/, 'the error has no secret');
    return;
}

# A line with a key, which is this line itself or another one.
sub with_key { my ($line) = @_; return $line =~ /^AuthSMSKey / ? $line : $key . $line }

1;
