# SPDX-License-Identifier: Apache-2.0
# Text of the errors of configtest: the directive, the value unless it is a secret, what is valid.
use strict;
use warnings;
use lib 't/lib';
use Configtest;
use Test::More;

subtest 'errors name the valid values' => sub {
    bad 'number out of range', "${key}AuthSMSCode length=99\n",
        qr/AuthSMSCode: '99': must be a whole number from 6 to 10/;
    bad 'invalid keyword', "${key}AuthSMSStatus 200\n",
        qr/AuthSMSStatus: '200': must be http or always200/;
    bad 'invalid duration', "${key}AuthSMSPendingTTL 1w\n",
        qr/AuthSMSPendingTTL: '1w': must be a duration such as 90, 30s/;
    bad 'unknown limit', "${key}AuthSMSLimit x/y 1/1m\n",
        qr{AuthSMSLimit: 'x/y': must be one of .*login/user};
    bad 'unknown algorithm', "AuthSMSKey XX file:key\n",
        qr/AuthSMSKey: 'XX': must be one of HS256 .*EdDSA/;
    bad 'short literal key', "AuthSMSKey HS256 canary\n", qr/AuthSMSKey: 'HS256': /;
    bad 'tab in a text', qq(${key}AuthSMSIssuer "a\tb"\n),
        qr/AuthSMSIssuer: 'a\\tb': must be a line of UTF-8/;
    bad 'text that is not UTF-8', "${key}AuthSMSAppName \xff\n",
        qr/AuthSMSAppName: '\\xff': must be/;
    bad 'unquoted pair with a space',
        "${key}AuthSMSSender twilio account=AC00000000000000000000000000000000 "
        . "token=exec:/usr/bin/id canary from=+15005550006\n",
        qr/quote a pair with blanks as a whole/;
    my $http = "${key}AuthSMSSender http url=https://example.org/send ";
    bad '{from} without from=', qq(${http}'body={"to":"{to}","from":"{from}","text":"{text}"}'\n),
        qr/AuthSMSSender: 'http': body= has \{from\}, but from= is missing/;
    bad 'JSON body that is none', qq(${http}'body={"to":"{to}","text":{text}}'\n),
        qr/AuthSMSSender: 'http': body= must be JSON once its placeholders are filled in: put them/;
    bad 'unknown placeholder', qq(${http}'body={"to":"{to}","text":"{message}"}'\n),
        qr/AuthSMSSender: 'http': body= has an unknown placeholder: it must be \{to\}/;
    bad 'body without a text', qq(${http}'body={"to":"{to}"}'\n),
        qr/AuthSMSSender: 'http': url= and body= must have \{to\} or \{to_digits\}, and \{text\}/;
    bad 'unknown sender', "${key}AuthSMSSender x\n",
        qr/AuthSMSSender: 'x': must be one of .*twilio/;
    bad 'login method of a later version', "${key}AuthSMSLogin password passkey\n",
        qr/AuthSMSLogin: 'passkey': comes with a later version.*password and sms/;
    bad 'max= above 72 with bcrypt', "${key}AuthSMSPasswordPolicy max=73\n",
        qr/AuthSMSPasswordPolicy max=73 must be at most 72.*use max=72, or.*argon2id/;
    bad 'max= above 72 with bcrypt in one virtual host',
        "${key}AuthSMSPasswordHash argon2id\nAuthSMSPasswordPolicy max=100\n"
        . "<VirtualHost *:1>\nAuthSMSPasswordHash bcrypt\n</VirtualHost>\n",
        qr/AuthSMSPasswordPolicy max=100 must be at most 72/;
    good 'max=4096 with argon2id, in a later line',
        "${key}AuthSMSPasswordPolicy max=4096\nAuthSMSPasswordHash argon2id\n";
    bad 'min= above the default max=', "${key}AuthSMSPasswordPolicy min=73\n",
        qr/AuthSMSPasswordPolicy min=73 must be at most max=72, which is the default/;
    for my $pair ('m=19455 t=2', 'm=7168 t=4', 'm=47103 t=1') {
        like good("argon2id $pair", "${key}AuthSMSPasswordHash argon2id $pair\n"),
            qr/AuthSMSPasswordHash: \Q$pair\E is too weak: use at least m=19456 t=2/,
            "$pair: warning";
    }
    for my $pair ('m=19456 t=2', 'm=7168 t=5', 'm=12288 t=3', 'm=9216 t=4', 'm=47104 t=1') {
        unlike good("argon2id $pair", "${key}AuthSMSPasswordHash argon2id $pair\n"),
            qr/too weak/, "$pair: no warning";
    }
    bad 'secret before the algorithm', "AuthSMSKey canary HS256\n",
        qr/AuthSMSKey: the first word must be one of HS256/;
    bad 'misspelt key with a secret',
        "${key}AuthSMSSender twilio account=AC00000000000000000000000000000000 tokn=canary "
        . "from=+1500\n",
        qr/AuthSMSSender.*tokn/;
};

# A path, variable or placeholder instead of a secret is rejected. The error has the correct
# spelling, and not the value.
subtest 'values that are no secret' => sub {
    my $dir = $httpd->dir;
    my $twilio = 'twilio account=AC00000000000000000000000000000000 from=+15005550006';
    my %lines = (
        AuthSMSKey => sub { "AuthSMSKey HS256 \"$_[0]\"\n" },
        AuthSMSSecret => sub { qq(${key}AuthSMSSecret file:key "$_[0]"\n) },
        'AuthSMSSender twilio' => sub { "${key}AuthSMSSender $twilio \"token=$_[0]\"\n" },
        'AuthSMSSender vonage' =>
            sub { qq(${key}AuthSMSSender vonage key=a secret=b from=Shop "signature=$_[0]"\n) },
        'AuthSMSSender webhook' =>
            sub { qq(${key}AuthSMSSender webhook url=https://example.org "secret=$_[0]"\n) },
        'AuthSMSVerifier authy' => sub { qq(${key}AuthSMSVerifier authy "key=$_[0]"\n) },
        'AuthSMSVerifier twilio-verify' => sub {
            qq(${key}AuthSMSVerifier twilio-verify )
                . qq(account=AC00000000000000000000000000000000 )
                . qq(service=VA00000000000000000000000000000000 "token=$_[0]"\n);
        },
    );
    my @mistakes = (
        ["$dir/key", qr{write file:\Q$dir\E/key}],
        ["$dir/not-yet", qr{write file:\Q$dir\E/not-yet}],
        ['/canary-of-a-base64-secret/0123456789012345', qr{write file:PATH}],
        ['./key', qr{write file:\./key}], ['../nokey', qr{write file:\.\./nokey}],
        ['~/canary', qr{write file:}], ['key', qr{write file:key}],
        ['file=key', qr{write file:key}],
        ['File:key', qr{write file:key}], ['env=CANARY', qr{write env:NAME}],
        ['exec=/bin/canary', qr{write exec:/PATH}],
        ['${AUTHSMS_CANARY}', qr{write env:AUTHSMS_CANARY}],
        ['canary${X}canary', qr{write env:NAME}], ['$AUTHSMS_CANARY', qr{write env:NAME}],
        ['change me to something long and random, please', qr{placeholder}],
        ['CHANGEME', qr{placeholder}], ['secret', qr{placeholder}],
        ['your-secret-here', qr{placeholder}], ['<your token>', qr{placeholder}],
        ['xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx', qr{placeholder}],
        ['$CANARY0123456789CANARY', qr{write env:NAME}],
    );
    for my $name (sort keys %lines) {
        my ($directive) = split / /, $name;
        # AuthSMSKey is tested with each mistake. The other directives share its parser.
        my @some = $name eq 'AuthSMSKey' ? @mistakes : @mistakes[0, 2, 7, 11, 14];
        bad("$name $_->[0]", $lines{$name}->($_->[0]), qr/$directive: /, $_->[1]) for @some;
    }
    local $ENV{AUTHSMS_PATH} = "$dir/key";
    bad 'variable that contains a path', $lines{AuthSMSKey}->('env:AUTHSMS_PATH'),
        qr{env:AUTHSMS_PATH: its value is the path of a file: write file:};
    bad 'path as hex', $lines{AuthSMSKey}->("hex:$dir/key"), qr{write file:\Q$dir\E/key};
    good 'secret with characters of a path',
        $lines{AuthSMSKey}->('a/b~c$d=e-0123456789-0123456789-file:x');
    $httpd->write('placeholder', "change-me-change-me-change-me-change-me\n", 0600);
    bad "$_ with a placeholder in a file", "$_ file:placeholder\n", qr/printed in public documents/
        for 'AuthSMSKey HS256', "${key}AuthSMSSecret";
    bad "$_ with a secret printed in an RFC",
        "$_ base64:AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUu"
        . "TwjAzZr1Z9CAow\n",
        qr/printed in public documents/ for 'AuthSMSKey HS512', "${key}AuthSMSSecret";
};

subtest 'unsuitable keys' => sub {
    my $dir = $httpd->dir;
    my $make = sub {
        my ($name, @how) = @_;
        system "openssl genpkey @how -out '$dir/$name' 2>/dev/null";
        chmod 0600, "$dir/$name";
    };
    bad 'HS512 key of 37 bytes', "AuthSMSKey HS512 file:key\n",
        qr/AuthSMSKey: 'HS512': the secret is too short: it has 37 bytes, and needs at least 64/;
    bad 'AuthSMSSecret of 6 bytes', "${key}AuthSMSSecret file:short\n",
        qr/AuthSMSSecret: the secret is too short: it has 6 bytes, and needs at least 32/;
    $make->('pss.pem', '-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048');
    bad "$_ with a key restricted to RSA-PSS", "AuthSMSKey $_ file:pss.pem\n",
        qr/AuthSMSKey: '$_': .*RSA-PSS.*needs an RSA key/ for 'PS256', 'RS256';
    $make->('p384.pem', '-algorithm EC -pkeyopt ec_paramgen_curve:P-384');
    bad 'ES256 with a P-384 key', "AuthSMSKey ES256 file:p384.pem\n",
        qr/curve is secp384r1.*ES256 needs P-256/;
    bad 'EdDSA with an EC key', "AuthSMSKey EdDSA file:p384.pem\n",
        qr/type is EC.*EdDSA needs ED25519/;
    bad 'two keys with one kid',
        "AuthSMSKey HS256 file:key kid=a\nAuthSMSKey HS384 hex:@{['0123456789abcdef' x 6]} kid=a\n",
        qr/AuthSMSKey: 'a': is the kid of two keys/;
    bad 'two keys with one thumbprint',
        "AuthSMSKey ES384 file:p384.pem\nAuthSMSKey ES384 file:p384.pem verify-only\n",
        qr/is the kid of two keys/;
    good 'one kid in two virtual hosts',
        "AuthSMSKey HS256 file:key kid=a\n<VirtualHost *:1>\n"
        . "AuthSMSKey HS256 file:key kid=a\n</VirtualHost>\n";
    good 'the same key without a kid, twice', $key x 2;
};

done_testing;
