# SPDX-License-Identifier: Apache-2.0
# Whatever can be wrong is wrong at configtest: with the directive's name, the value, and what would be right; never a secret.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Test::More;

my $httpd = Httpd->new;
my $secret = 'canary-0123456789-0123456789-0123456789';
$httpd->write('key', 'k' . join('', 'a' .. 'z', 0 .. 9), 0600);
$httpd->write('short', "short\n", 0600);
$httpd->write('public', 'p' . join('', 'a' .. 'z', 0 .. 9), 0644);
$httpd->write('many', join("\n", 'first line of it', 'password'), 0644);
$httpd->write('fails', "#!/bin/sh\nexit 1\n", 0755);
$httpd->write('prints', "#!/bin/sh\necho \"\$1\"\necho more\n", 0755);
$ENV{AUTHSMS_TEST_SECRET} = $secret;

our $base = "DBDriver sqlite3\nDBDParams @{[$httpd->dir]}/db/x.db\n";
my $key = "AuthSMSKey HS256 file:key\n";
my $api = "<Location /app_api>\nAuthSMSApi On\nRequire all granted\n</Location>\n";

sub good {
    my ($name, $conf) = @_;
    my ($code, $out) = $httpd->configtest($base . $conf);
    is $code, 0, "good: $name" or diag $out;
    unlike $out, qr/canary/, 'no secret';
    return $out;
}

sub bad {
    my ($name, $conf, @says) = @_;
    my ($code, $out) = $httpd->configtest($base . $conf);
    isnt $code, 0, "bad: $name";
    like $out, $_, 'says so' for @says;
    unlike $out, qr/canary/, 'no secret';
}

subtest 'values' => sub {
    my %values = (
        AuthSMSSchema => [['auto', 'check', 'OFF'], ['yes', '1']],
        AuthSMSPublicURL => [['https://example.org/app_api', 'none'], ['example.org', 'ftp://x/', 'https://u@x/', 'https://x/?q']],
        AuthSMSAllowOrigin => [['*', 'none', 'https://a.example http://localhost:8100'], ['https://a.example/', 'a.example', '* https://a', 'none https://a']],
        AuthSMSStatus => [['http', 'always200'], ['200']],
        AuthSMSTokenTTL => [['90', '30s', '10m', '1h', '30d'], ['1w', '-1', '1.5h', '99999999d', 'h']],
        AuthSMSIssuer => [['me', 'none'], ['""']],
        AuthSMSAudience => [['me', 'none'], ['""']],
        AuthSMSLeeway => [['0', '10s'], ['1h', 'x']],
        AuthSMSRequireClaims => [['exp', 'exp nbf', 'none'], ['exp none']],
        AuthSMSProtect => [['On', 'off'], ['yes']],
        AuthSMSUserCheck => [['always', 'off', '10s'], ['0', 'never', '2d']],
        AuthSMSValidation => [['On', 'Off'], ['maybe']],
        AuthSMSVerifier => [['local', 'authy key=abc', "authy key=env:AUTHSMS_TEST_SECRET email={id}\@example.org"],
            ['nexmo', 'local key=x', 'authy', 'authy key=a key=b', 'authy kee=a', 'authy key=', 'authy key=file:missing']],
        AuthSMSSender => [['log', 'none', 'twilio account=AC00000000000000000000000000000000 token=x from=+15005550006',
                'twilio account=AC00000000000000000000000000000000 token=x messaging-service=MG00000000000000000000000000000000'],
            ['pigeon', 'log x=y', 'twilio', 'twilio account=AC00000000000000000000000000000000 token=x',
                'twilio account=AC00000000000000000000000000000000 token=x from=+1 messaging-service=MG00000000000000000000000000000000',
                'twilio account=AC00000000000000000000000000000000 token=x from=+15005550006 url=http://example.org']],
        AuthSMSCode => [['length=8', 'ttl=5m attempts=3 resend=0'], ['length=5', 'length=11', 'length=6 length=7', 'ttl=x', 'attempts=0', 'foo=1', 'length']],
        AuthSMSAppName => [['Example', '"My App"', 'none'], []],
        AuthSMSCountry => [['44', '+1', '00353'], ['x', '+', '012']],
        AuthSMSAllowCountries => [['all', '+44 -+44770', '1'], ['-all', '+x', 'de']],
        AuthSMSTimeout => [['3s 10s', '1s 5s parallel=4'], ['3s', '10s 3s', '0 10s', '3s 10s parallel=0', '3s 10s x=1']],
        AuthSMSRequireVerified => [['On', 'Off'], ['x']],
        AuthSMSPasswordHash => [['bcrypt', 'bcrypt cost=12', 'bcrypt cost=4 parallel=2'], ['md5', 'bcrypt cost=3', 'bcrypt cost=17', 'bcrypt rounds=5', 'argon2id']],
        AuthSMSPasswordPolicy => [['min=10', 'min=8 max=64 blocklist=many', 'blocklist=none'], ['min=0', 'max=73', 'min=20 max=10', 'blocklist=missing', 'x=1']],
        AuthSMSPendingTTL => [['1h', '7d'], ['0', 'x']],
        AuthSMSLimit => [['login/user 5/1m', 'sms/total off', '* off', 'sms/ip 1/1s'], ['login/user', 'nobody 5/1m', 'login/user 0/1m', 'login/user 5', 'login/user 5/x', '* 5/1m']],
        AuthSMSKey => [['HS256 file:key', 'HS256 file:key kid=one', 'HS256 file:key verify-only', 'HS256 file:short weak',  'HS256 hex:' . 'ab' x 16 . 'cd' x 16,
                'HS256 env:AUTHSMS_TEST_SECRET', 'HS256 "exec:@DIR@/prints 0123456789012345678901234567890123456789"'],
            ['HS256', 'none file:key', 'hs256 file:key', 'HS512 file:key', 'HS256 file:short', 'HS256 file:missing', 'HS256 env:AUTHSMS_NOT_SET', 'HS256 exec:prints',
                'HS256 exec:@DIR@/fails', 'HS256 file:key kid=', 'HS256 file:key kid=a kid=b', 'HS256 file:key weak weak', 'HS256 file:key strong', 'HS256 secret weak', 'HS256 aaaaaaaa weak', 'RS256 file:key weak', 'RS256 file:key', 'HS256 hex:xyz']],
        AuthSMSSecret => [['file:key', 'file:key env:AUTHSMS_TEST_SECRET', 'none'], ['file:short', 'file:missing', '']],
    );
    my $dir = $httpd->dir;
    for my $name (sort keys %values) {
        my ($right, $wrong) = @{ $values{$name} };
        my $rest = $name eq 'AuthSMSKey' ? '' : $key;
        good("$name $_", $rest . "$name $_\n" =~ s/\@DIR\@/$dir/r) for @$right;
        for (@$wrong) {
            my ($word) = map { quotemeta } /(\S+)$/;
            bad("$name $_", $rest . "$name $_\n" =~ s/\@DIR\@/$dir/r, qr/\b$name\b/);
        }
    }
    my ($code, $out) = $httpd->configtest;
    unlike $out, qr/AuthSMS/, 'and nothing of ours without a directive';
};

subtest 'what would be right' => sub {
    bad 'a number', "${key}AuthSMSCode length=99\n", qr/AuthSMSCode: '99': must be a whole number from 6 to 10/;
    bad 'a word', "${key}AuthSMSStatus 200\n", qr/AuthSMSStatus: '200': must be http or always200/;
    bad 'a duration', "${key}AuthSMSPendingTTL 1w\n", qr/AuthSMSPendingTTL: '1w': must be a duration such as 90, 30s/;
    bad 'a limit', "${key}AuthSMSLimit x/y 1/1m\n", qr{AuthSMSLimit: 'x/y': must be one of .*login/user};
    bad 'a key', "AuthSMSKey XX file:key\n", qr/AuthSMSKey: 'XX': must be one of HS256 .*EdDSA/;
    bad 'a short literal key', "AuthSMSKey HS256 canary\n", qr/AuthSMSKey: 'HS256': /;
    bad 'a sender', "${key}AuthSMSSender x\n", qr/AuthSMSSender: 'x': must be one of .*twilio/;
    bad 'a misspelt key that holds a secret', "${key}AuthSMSSender twilio account=AC00000000000000000000000000000000 tokn=canary from=+1500\n", qr/AuthSMSSender.*tokn/;
};

subtest 'places' => sub {
    bad "$_->[0] in a Location", "<Location /x>\n$_->[0] $_->[1]\n</Location>\n", qr/\b$_->[0]\b.*not allowed/
        for ['AuthSMSKey', 'HS256 file:key'], ['AuthSMSSender', 'log'], ['AuthSMSTokenTTL', '1h'], ['AuthSMSLimit', '* off'];
    good 'D directives in a Location and outside', "${key}AuthSMSAllowOrigin *\n<Location /x>\nAuthSMSAllowOrigin none\nAuthSMSStatus http\nAuthSMSUserCheck always\n</Location>\n";
    bad "AuthSMSApi in $_->[0]", "$key$_->[0]\nAuthSMSApi On\n$_->[1]\n", qr/AuthSMSApi/
        for ['<Directory />', '</Directory>'], ['<LocationMatch "^/a">', '</LocationMatch>'], ['<Location ~ "^/a">', '</Location>'], ['<Location "/a*">', '</Location>'],
        ['<Files x>', '</Files>'], ['', ''], ["<Location /a>\n<If true>", "</If>\n</Location>"];
    bad 'two APIs', $key . $api . $api =~ s/app_api/other/r, qr{AuthSMSApi.*already}, qr/app_api/;
    bad 'Protect in a Limit', "$key<Location /x>\n<Limit GET>\nAuthSMSProtect On\n</Limit>\n</Location>\n", qr/AuthSMSProtect/;
};

subtest 'what belongs together' => sub {
    my $send = "AuthSMSSender log\n";
    like good('an API', $key . $send . $api), qr/AuthSMSSender log writes codes/, 'which warns of the log sender';
    good 'validation off needs no sender', "${key}AuthSMSValidation Off\n$api";
    good 'nor does authy', "${key}AuthSMSVerifier authy key=abc\n$api";
    bad 'an API without a key', $send . $api, qr/AuthSMSApi On needs an AuthSMSKey/;
    bad 'an API that cannot sign', "AuthSMSKey HS256 file:key verify-only\nAuthSMSSecret file:key\n$send$api", qr/verify-only/;
    bad 'an API without a sender', $key . $api, qr/AuthSMSSender/;
    bad 'AuthType JWT without a key', "<Location /p>\nauthtype jwt\nRequire valid-user\n</Location>\n", qr/AuthType JWT.*AuthSMSKey/;
    bad 'AuthSMSProtect without a key', "<Directory />\nAuthSMSProtect On\n</Directory>\n", qr/AuthSMSProtect On.*AuthSMSKey/;
    bad 'in a virtual host', "<VirtualHost *:1>\n<Location /p>\nAuthSMSProtect On\n</Location>\n</VirtualHost>\n", qr/AuthSMSKey/;
    good 'whose own key will do', "<VirtualHost *:1>\n$key<Location /p>\nAuthSMSProtect On\n</Location>\n</VirtualHost>\n";
    bad 'tokens for ever', "${key}AuthSMSTokenTTL 0\n", qr/AuthSMSTokenTTL 0.*AuthSMSRequireClaims none/;
    good 'said twice', "${key}AuthSMSTokenTTL 0\nAuthSMSRequireClaims none\n";
    like good('a readable key', "AuthSMSKey HS256 file:public\n"), qr/everybody may read/, 'warns';
    like good('a cheap hash', "${key}AuthSMSPasswordHash bcrypt cost=4\n"), qr/cost=4/, 'warns';
    {
        local $base = '';
        bad 'an API without a database', $key . $send . $api, qr/DBDriver.*DBDParams/;
        local $httpd->{without} = ['dbd'];
        bad 'nor mod_dbd', $key . $send . $api, qr/LoadModule dbd_module/;
    }
};

subtest 'the reference' => sub {
    my $table = do { local (@ARGV, $/) = 'mod_authsms.c'; <> };
    my $reference = do { local (@ARGV, $/) = 'conf/authsms.conf'; <> };
    my %known = map { $_ => 1 } $table =~ /"(AuthSMS\w+)"/g;
    my %told = map { $_ => 1 } $reference =~ /^\s*#?(AuthSMS\w+) /mg;
    is_deeply [sort keys %told], [sort keys %known], 'conf/authsms.conf shows every directive there is';
    my $conf = $reference =~ s/^LoadModule.*\n//mgr =~ s{/var/lib/authsms}{$httpd->dir . '/db'}er =~ s/file:authsms\.key/file:key/r;
    my ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'and can be used as it is' or diag $out;
    $conf =~ s/^(\s*)#(?=AuthSMS)/$1/mg;
    ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'its defaults are right' or diag $out;
};

done_testing;
