# SPDX-License-Identifier: Apache-2.0
# configtest finds directives that need others, exclude others, or leave a Location open.
use strict;
use warnings;
use lib 't/lib';
use Configtest;
use Test::More;

subtest 'SetHandler authsms-check' => sub {
    my $check = sub { "<Location $_[0]>\nSetHandler authsms-check\n$_[1]</Location>\n" };
    my $jwt = "AuthType JWT\nRequire valid-user\n";
    my $guard = sub { "<$_[0]>\n$jwt</" . ($_[0] =~ s/ .*//r) . ">\n" };
    my $error = qr/authsms-check in a Location without AuthType JWT.*Add AuthType JWT.*line \d+/;
    bad $_->[0], $key . $_->[1], $error for ['no guard at all', $check->('/check', '')],
        ['only Require', $check->('/check', "Require ip 127.0.0.1\n")],
        ['another Location is protected', $check->('/check', '') . $guard->('Location /private')],
        ['a deeper Location is protected', $check->('/check', '') . $guard->('Location /check/x')],
        ['a similar Location is protected', $check->('/check', '') . $guard->('Location /che')],
        [
        'in a virtual host, and the guard in another',
        "<VirtualHost *:1>\n@{[$check->('/check', '')]}</VirtualHost>\n"
            . "<VirtualHost *:2>\n@{[$guard->('Location /check')]}</VirtualHost>\n"
        ],
        ['in an inner section', $check->('/check', "<If true>\nSetHandler x\n</If>\n")];
    good $_->[0], $key . $_->[1] for ['AuthType JWT', $check->('/check', $jwt)],
        ['AuthSMSProtect On', $check->('/check', "AuthSMSProtect On\n")],
        ['AuthSMSProtect On for the server', "AuthSMSProtect On\n" . $check->('/check', '')],
        ['an outer Location', $check->('/check', '') . $guard->('Location /')],
        ['another section of the path', $check->('/check', '') . $guard->('Location "/check/"')],
        ['a section that matches', $check->('/check', '') . $guard->('LocationMatch .')],
        ['a folder', $check->('/check', '') . $guard->('Directory /')],
        ['in an inner section', $check->('/check', "<If true>\n$jwt</If>\n")],
        [
        'the guard outside of the virtual host',
        $guard->('Location /check')
            . "<VirtualHost *:1>\n@{[$check->('/check', '')]}</VirtualHost>\n"
        ];
};

subtest 'directives that depend on each other' => sub {
    my $send = "AuthSMSSender log\n";
    like good(
        'size of a template',
        "$key${send}AuthSMSTemplate code \"{app}: {code} $_->[0]\"\n$api"
        ),
        qr/AuthSMSTemplate code: $_->[1]/, "size of a template: $_->[1]"
        for ['is it', '1 message of GSM-7, 26 septets in all'],
        ['x' x 160, '2 messages of GSM-7, 181 septets in all'],
        ["\xe2\x9c\x93", '1 message of UCS-2, 22 units in all'],
        ["\xe2\x9c\x93" . 'x' x 60, '2 messages of UCS-2, 82 units in all'];
    like good(
        'size of a template with AuthSMSWebOTP',
        "$key${send}AuthSMSTemplate code {code}\nAuthSMSWebOTP example.org\n$api"
        ),
        qr/1 message of GSM-7, 28 septets/, 'the line for browsers is included in the size';
    like good('API with the default minimum of passwords', $key . $send . $api),
        qr/AuthSMSPasswordPolicy min=8: .* only factor, NIST SP 800-63B-4 requires at least 15/,
        'note: 15 characters where passwords are the only factor';
    unlike good($_, "$key$send$_\n$api"), qr/800-63B/, "$_: no note"
        for 'AuthSMSPasswordPolicy min=15', 'AuthSMSSecondFactor required', 'AuthSMSLogin sms';
    unlike good('default templates', $key . $send . $api), qr/AuthSMSTemplate/,
        'no size of a default template';
    {
        local $httpd->{without} = ['watchdog'];
        good 'queued delivery without mod_watchdog', "${key}${send}AuthSMSDelivery queued\n$api";
    }
    like good('API with the log sender', $key . $send . $api), qr/AuthSMSSender log writes codes/,
        'warning: AuthSMSSender log';
    my $limited = "AuthSMSSender webhook url=https://example.org secret=file:key for=+44,+1876\n"
        . "AuthSMSSender webhook url=https://example.net secret=file:key for=+49\n";
    like good('senders with for= alone', "$key$limited$_$api"),
        qr/each AuthSMSSender has for=, .* than \+44 \+1876 \+49 get no text: add a sender without/,
        'note: numbers without a sender'
        for '', "AuthSMSAllowCountries all\n", "AuthSMSAllowCountries +44 +33\n",
        "AuthSMSAllowCountries -+44\n", "AuthSMSAllowCountries +1 +49\n";
    unlike good($_->[0], "$key$limited$_->[1]$api"), qr/has for=/, "$_->[0]: no note"
        for ['for= covers AuthSMSAllowCountries', "AuthSMSAllowCountries +44 +4930 -+4470\n"],
        ['a sender without for=', $send];
    good 'AuthSMSValidation Off without a sender', "${key}AuthSMSValidation Off\n$api";
    good 'AuthSMSVerifier authy without a sender', "${key}AuthSMSVerifier authy key=abc\n$api";
    bad 'API without a key', $send . $api, qr/AuthSMSApi On needs an AuthSMSKey.*line \d+/;
    bad 'API with a verify-only key',
        "AuthSMSKey HS256 file:key verify-only\nAuthSMSSecret file:key\n$send$api", qr/verify-only/;
    bad 'API with a weak key',
        "AuthSMSKey HS256 file:short weak\nAuthSMSSecret file:key\n$send$api",
        qr/verify-only nor weak/;
    bad 'API without a sender', $key . $api, qr/AuthSMSSender/;
    bad 'AuthType JWT without a key',
        "<Location /p>\nauthtype jwt\nRequire valid-user\n</Location>\n",
        qr/AuthType JWT.*AuthSMSKey/;
    bad 'AuthSMSProtect without a key', "<Directory />\nAuthSMSProtect On\n</Directory>\n",
        qr/AuthSMSProtect On.*AuthSMSKey/;
    bad 'AuthSMSProtect in a virtual host without a key',
        "<VirtualHost *:1>\n<Location /p>\nAuthSMSProtect On\n</Location>\n</VirtualHost>\n",
        qr/AuthSMSKey/;
    good 'AuthSMSProtect in a virtual host with its own key',
        "<VirtualHost *:1>\n$key<Location /p>\nAuthSMSProtect On\n</Location>\n"
        . "</VirtualHost>\n<VirtualHost *:2>\n</VirtualHost>\n";
    bad 'AuthSMSProtect in a virtual host with AuthSMSKey none',
        "$key<VirtualHost *:1>\nAuthSMSKey none\n<Location /p>\nAuthSMSProtect On\n"
        . "</Location>\n</VirtualHost>\n",
        qr/AuthSMSKey/;
    bad 'global AuthSMSProtect, key in one virtual host only',
        "<VirtualHost *:1>\n$key</VirtualHost>\n<Location /p>\nAuthSMSProtect On\n</Location>\n",
        qr/AuthSMSKey/;
    my $required = "AuthSMSSecondFactor required\n";
    good 'AuthSMSSecondFactor required', $key . $send . $required . $api;
    bad 'AuthSMSSecondFactor required with AuthSMSValidation Off',
        "${key}AuthSMSValidation Off\n$required$api",
        qr/AuthSMSSecondFactor required.*AuthSMSValidation On/;
    bad 'AuthSMSSecondFactor required with AuthSMSStatus always200', $key . $send . $required . $_,
        qr/AuthSMSSecondFactor required.*AuthSMSStatus always200/
        for "AuthSMSStatus always200\n$api", $api =~ s/On/On\nAuthSMSStatus Always200/r,
        "AuthSMSStatus http\n<VirtualHost *:1>\nAuthSMSStatus always200\n</VirtualHost>\n$api";
    good 'AuthSMSStatus always200 in another Location',
        $key . $send . $required . "AuthSMSStatus always200\n" . $api =~
        s/On/On\nAuthSMSStatus http/r . "<Location /x>\nAuthSMSStatus always200\n</Location>\n";
    good 'AuthSMSLogin sms', "$key${send}AuthSMSLogin sms\n$api";
    bad 'AuthSMSLogin sms with AuthSMSValidation Off',
        "${key}AuthSMSValidation Off\nAuthSMSLogin sms password\n$api",
        qr/AuthSMSLogin sms.*AuthSMSValidation On/;
    bad 'AuthSMSLogin sms with a remote verifier and no sender',
        "${key}AuthSMSVerifier authy key=abc\nAuthSMSLogin sms password\n$api",
        qr/AuthSMSLogin sms needs an AuthSMSSender/;
    bad 'AuthSMSSecondFactor required with AuthSMSLogin sms alone',
        "$key${send}AuthSMSLogin sms\n$required$api",
        qr/AuthSMSSecondFactor required.*AuthSMSLogin sms/;
    bad 'AuthSMSTokenTTL 0 without AuthSMSRequireClaims none', "${key}AuthSMSTokenTTL 0\n",
        qr/AuthSMSTokenTTL 0.*AuthSMSRequireClaims none/;
    good 'AuthSMSTokenTTL 0 with AuthSMSRequireClaims none',
        "${key}AuthSMSTokenTTL 0\nAuthSMSRequireClaims none\n";
    {
        local $Configtest::base = '';
        bad 'API without a database', $key . $send . $api, qr/DBDriver.*DBDParams/;
        my $guard = "<Location /p>\nAuthSMSProtect On\n</Location>\n";
        bad 'guard without a database', $key . $guard, qr/DBDriver.*AuthSMSUserCheck off/;
        good 'guard with AuthSMSUserCheck off, without a database',
            $key . $guard =~ s/On/On\nAuthSMSUserCheck off/r;
        good 'global AuthSMSUserCheck off, without a database',
            "${key}AuthSMSUserCheck off\n<VirtualHost *:1>\n$guard</VirtualHost>\n";
        bad 'a Location overrides AuthSMSUserCheck off, without a database',
            "${key}AuthSMSUserCheck off\n" . $guard =~ s/On/On\nAuthSMSUserCheck 5s/r, qr/DBDriver/;
        bad 'DBDMax 0',
            "DBDriver sqlite3\nDBDParams x\nDBDMax 0\n" . $key . $send . $api,
            qr/DBDMax must be 1 or more/;
        bad 'DBDMax 0 in a virtual host',
            "DBDriver sqlite3\nDBDParams x\nDBDMax 8\n<VirtualHost *:1>\nDBDMax 0\n"
            . $key
            . $send
            . $api
            . "</VirtualHost>\n", qr/DBDMax must be 1 or more/;
        local $httpd->{without} = ['dbd'];
        bad 'API without mod_dbd', $key . $send . $api, qr/LoadModule dbd_module/;
    }
};

done_testing;
