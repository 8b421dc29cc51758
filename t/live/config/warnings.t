# SPDX-License-Identifier: Apache-2.0
# Warnings and notes of configtest, each logged once.
use strict;
use warnings;
use lib 't/lib';
use Configtest;
use Test::More;

subtest 'warnings' => sub {
    my @warned = (
        ['AuthSMSKey HS256 file:public', qr/AuthSMSKey: every user can read .*public/],
        ['AuthSMSKey HS256 file:short weak', qr/AuthSMSKey: HS256: .*short.* never signs/],
        ['AuthSMSKey HS256 file:key weak', qr/AuthSMSKey: HS256: .*never signs/],
        ['AuthSMSPasswordHash bcrypt cost=9', qr/AuthSMSPasswordHash: cost=9/],
        ['AuthSMSPasswordPolicy min=7', qr/AuthSMSPasswordPolicy: min=7/],
        ['AuthSMSPasswordHash argon2id m=7168', qr/AuthSMSPasswordHash: m=7168 t=2 is too weak/],
        ['AuthSMSRefreshTTL 1h', qr/AuthSMSRefreshTTL is not longer than AuthSMSTokenTTL/],
        ['AuthSMSCode ttl=11m', qr/AuthSMSCode: ttl=11m/],
        ['AuthSMSTestNumber +447700900999 123456 user=reviewer', qr/AuthSMSTestNumber: .*reviewer/],
    );
    for (@warned) {
        my ($line, $says) = @$_;
        my $out = good($line, with_key("$line\n"));
        like $out, $says, "$line: warning";
        is scalar(() = $out =~ /^ASM\d{4}: AuthSMS/mg), 1, "$line: one warning, with a tag";
    }
    unlike good(
        'values that need no warning',
        "${key}AuthSMSPasswordHash bcrypt cost=10\nAuthSMSPasswordPolicy min=8\n"
            . "AuthSMSCode ttl=10m\nAuthSMSRefreshTTL 2h\nAuthSMSTokenTTL 1h\n"
        ),
        qr/ASM\d/, 'no warning';
    my $hosts = join '', map { "<VirtualHost *:$_>\n</VirtualHost>\n" } 1 .. 3;
    my $shared =
          "AuthSMSSender webhook url=https://example.org secret=file:key for=+44\n"
        . "AuthSMSTemplate welcome Hello\nAuthSMSRefreshTTL 1h\n";
    for (
        ['AuthSMSSender log writes', "AuthSMSSender log\n"],
        map { [$_, $shared] } 'AuthSMSPasswordPolicy min=8',
        'each AuthSMSSender has for=', 'AuthSMSTemplate welcome: 1 message',
        'AuthSMSRefreshTTL is not longer'
    ) {
        my ($says, $lines) = @$_;
        my $out = good('three virtual hosts that inherit an API', "$key$lines$api$hosts");
        is scalar(() = $out =~ /\Q$says\E/g), 1, "$says: logged once";
    }
    my $out = good('two values', "${key}AuthSMSSender log\n$api"
            . "<VirtualHost *:1>\nAuthSMSPasswordPolicy min=9\n</VirtualHost>\n");
    is_deeply [$out =~ /AuthSMSPasswordPolicy (min=\d+)/g], ['min=8', 'min=9'],
        'each value is logged';
};

done_testing;
