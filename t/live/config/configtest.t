# SPDX-License-Identifier: Apache-2.0
# configtest finds each configuration error. The error names the directive, the value and the valid
# values, and never shows a secret.
use strict;
use warnings;
use Cwd qw(getcwd);
use lib 't/lib';
use Httpd;
use Test::More;

my $httpd = Httpd->new;
my $secret = 'canary-0123456789-0123456789-0123456789';
$httpd->write('key', 'k' . join('', 'a' .. 'z', 0 .. 9), 0600);
$httpd->write('short', "canary\n", 0600);
$httpd->write('public', 'p' . join('', 'a' .. 'z', 0 .. 9), 0644);
$httpd->write('many', join("\n", 'first line of it', 'password'), 0644);
$httpd->write('fails', "#!/bin/sh\necho canary\nexit 1\n", 0755);
$httpd->write('header', "X-Key: canary\n", 0600);
$httpd->write('lines', "canary\ncanary\n", 0600);
$httpd->write('prints', "#!/bin/sh\necho \"\$1\"\necho more\n", 0755);
$ENV{AUTHSMS_TEST_SECRET} = $secret;

our $base = "DBDriver sqlite3\nDBDParams @{[$httpd->dir]}/db/x.db\n";
my $key = "AuthSMSKey HS256 file:key\n";
my $api = "<Location /app_api>\nAuthSMSApi On\nRequire all granted\n</Location>\n";

sub good {
    my ($name, $conf) = @_;
    my ($code, $out) = $httpd->configtest($base . $conf);
    is $code, 0, "accepted: $name" or diag $out;
    unlike $out, qr/canary/, 'the output has no secret';
    return $out;
}

sub bad {
    my ($name, $conf, @says) = @_;
    my ($code, $out) = $httpd->configtest($base . $conf);
    isnt $code, 0, "rejected: $name";
    like $out, $_, "the error matches $_" for @says;
    unlike $out, qr/canary|CANARY0/, 'the error has no secret';
}

# The path of a key or secret for the file of this name in an example.
sub page_file {
    my ($name) = @_;
    my $file = $httpd->dir . "/$name";
    return $httpd->write($name, "Authorization: Key 0123\n", 0600) && $name if $name =~ /header$/;
    return 'key' if $name !~ /pem$/;
    system "openssl genpkey -algorithm ED25519 -out '$file' 2>/dev/null" unless -e $file;
    system "openssl pkey -in '$file' -pubout -out '$file.pub' && mv '$file.pub' '$file'"
        if $name =~ /pub/;
    chmod 0600, $file;
    return $file;
}

# directive => [valid values, invalid values]
my %values = (
    AuthSMSSchema => [['auto', 'check', 'OFF'], ['yes', '1']],
    AuthSMSDatabase => [
        ['max-age=60s', 'max-age=1', 'max-age=1d'],
        [
            'max-age=0', 'max-age=25h', 'max-age=never', 'min-age=3', '60s', 'max-age=3 max-age=4',
            ''
        ]
    ],
    AuthSMSPublicURL => [
        ['https://example.org/app_api', 'none'],
        ['example.org', 'ftp://x/', 'https://u@x/', 'https://x/?q', 'https:///x', '"https://a b/"']
    ],
    AuthSMSAllowOrigin => [
        ['*', 'none', 'https://a.example http://localhost:8100', 'capacitor://localhost'],
        [
            'https://a.example/', 'a.example', 'null', 'https://a.example:443', 'https://a:',
            '* https://a', 'none https://a', ''
        ]
    ],
    AuthSMSRegistration => [['open', 'Invite', 'closed'], ['none', 'off', '""']],
    AuthSMSStatus => [['http', 'always200'], ['200']],
    AuthSMSTokenTTL => [['90', '30s', '10m', '1h', '30d'], ['1w', '-1', '1.5h', '99999999d', 'h']],
    AuthSMSRefreshTTL => [
        ['0', '30d', '30d idle=7d', '1h idle=1h'],
        [
            '', 'x', '-1', '30d idle=31d', '30d idle=0', '30d idle=', '0 idle=1h', '30d 7d',
            '30d idle=1d idle=1d', '99999999d'
        ]
    ],
    AuthSMSIssuer => [['me', 'none'], ['""', qq("a\tb"), qq("\xff")]],
    AuthSMSAudience => [['me', 'none'], ['""']],
    AuthSMSLeeway => [['0', '10s'], ['1h', 'x']],
    AuthSMSRequireClaims => [['exp', 'exp nbf', 'none'], ['exp none', '']],
    AuthSMSProtect => [['On', 'off'], ['yes']],
    AuthSMSPassIdentity => [
        ['X-User-', 'Who-', 'off'],
        [
            'X-User', '-', 'X-', 'X_User-', 'Content-', 'X-Forwarded-', 'X-Forwarded-User-',
            'accept-', 'A:-'
        ]
    ],
    AuthSMSTokenFrom => [
        ['header', 'cookie:t', 'header cookie:t cookie:u'],
        [
            '', 'query', 'cookie', 'cookie:', 'cookie:a extra', 'header header',
            'cookie:a cookie:a', 'cookie:a;b', 'basic'
        ]
    ],
    AuthSMSCookie => [
        [
            't', 'Off', 't samesite=strict path=/app domain=example.org omit-body', '__Host-t',
            '__Host-t path=/', '__Secure-t samesite=None path=/x'
        ],
        [
            '', 'a;b', 't samesite=maybe', 't path=app', '"t" "path=/a;b"', 't domain=;',
            '__Host-t path=/x', '__host-t domain=example.org', 't secure', 't omit-body path=/',
            't path=/ path=/'
        ]
    ],
    AuthSMSUnauthorized => [
        ['401', '/login', '/login.html?a=b'],
        ['403', 'login', '//evil.example', 'https://evil.example/', '"/\\\\evil"', '"/a b"', '""']
    ],
    AuthSMSUserCheck => [['always', 'off', '10s'], ['0', 'never', '2d']],
    AuthSMSValidation => [['On', 'Off'], ['maybe']],
    AuthSMSVerifier => [
        [
            'local', 'authy key=abc', "authy key=env:AUTHSMS_TEST_SECRET email={id}\@example.org",
            'twilio-verify account=AC00000000000000000000000000000000 token=file:key '
                . 'service=VA00000000000000000000000000000000',
            'twilio-verify account=AC00000000000000000000000000000000 token=file:key '
                . 'service=VA00000000000000000000000000000000 channel=whatsapp'
        ],
        [
            'nexmo', 'local key=canary', 'local canary', 'key=canary authy', 'authy canary',
            'authy key=file:lines', 'authy', 'authy key=a key=b', 'authy kee=a', 'authy key=',
            'authy key=file:missing',
            'twilio-verify',
            'twilio-verify account=AC00000000000000000000000000000000 token=canary',
            'twilio-verify account=AC0 token=canary service=VA00000000000000000000000000000000',
            'twilio-verify account=AC00000000000000000000000000000000 token=canary service=VA0',
            'twilio-verify account=AC00000000000000000000000000000000 token=canary '
                . 'service=VA00000000000000000000000000000000 channel=email'
        ]
    ],
    AuthSMSSender => [
        [
            'log', 'none', 'log for=+44,+1876',
            'twilio account=AC00000000000000000000000000000000 token=x from=+15005550006',
            'twilio account=AC00000000000000000000000000000000 token=x '
                . 'messaging-service=MG00000000000000000000000000000000',
            'vonage key=a secret=file:key from=Shop',
            'vonage key=a secret=b from=12345 signature=file:key url=https://example.org/x',
            'webhook url=https://example.org/a?b secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
            'webhook url=http://127.0.0.1:8080 secret=file:key',
            q(http url=https://example.org/a 'body={"to":"{to}","text":"{text}"}'),
            'http url=http://127.0.0.1:8080/?t={to_digits}&x={text} method=GET '
                . 'auth=bearer:file:key',
            q(http url=https://example.org/{id} type=form method=PUT from=Shop ok=200,202 )
                . q(auth=basic:me:env:AUTHSMS_TEST_SECRET body=a={to}&b={text}&c={from} retry=500 )
                . q("header=X-A: {id}" header=file:header success=/a/0/b=c,d ref=/e rejected=/f=1 )
                . q(for=+44,+1876),
            q(http url=https://sns.eu-west-1.amazonaws.com/ type=form body=a={to}&b={text} )
                . q(auth=sigv4:eu-west-1:sns:AKIDEXAMPLE:file:key)
        ],
        [
            'pigeon', 'log x=y', 'log for=44', 'log for=+44,', 'log for=', 'none for=+44',
            'token=canary twilio', 'twilio canary', 'twilio',
            'twilio account=AC00000000000000000000000000000000 token=x',
            'twilio account=AC00000000000000000000000000000000 token=x from=+1 '
                . 'messaging-service=MG00000000000000000000000000000000',
            'twilio account=AC00000000000000000000000000000000 token=x from=+15005550006 '
                . 'url=http://example.org',
            'vonage', 'vonage key=a from=Shop', 'vonage key=a secret=canary',
            'vonage key=a secret=canary from=x@y',
            'vonage key=a secret=canary from=Shop url=http://example.org',
            'webhook', 'webhook url=https://example.org secret=canary',
            'webhook url=https://example.org secret=whsec_canary',
            'webhook url=http://example.org secret=whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
            'webhook secret=file:key',
            'http', 'http url=https://example.org/canary',
            map {
                q(http url=https://example.org/canary 'body={"to":"{to}","text":"{text}"}' ) . $_
            } 'type=xml',
            'method=GET',
            'method=get',
            'from=canary',
            'header=canary',
            '"header=X-Text: {text}"', '"header=Host: canary"', '"header=X-Canary: {canary}"',
            'auth=canary', 'auth=basic:canary', 'auth=bearer:', 'auth=bearer:file:missing',
            'auth=bearer:/canary', 'auth=sigv4:canary:sns:canary',
            'auth=bearer:canary "header=Authorization: canary"', 'ok=canary', 'ok=100',
            'ok=200,500', 'retry=200', 'success=canary', 'success=/status', 'ref=canary',
            'ref=/a~b', 'rejected=/canary', 'ok=200 ok=201', 'for=44', 'secret=canary',
            'url=https://example.org'
        ]
    ],
    AuthSMSCode => [
        ['length=8', 'ttl=5m attempts=3 resend=0'],
        [
            'length=5', 'length=11', 'length=6 length=7', 'ttl=x', 'ttl=0', 'attempts=0',
            'attempts=101', 'resend=', 'foo=1', 'length'
        ]
    ],
    AuthSMSAppName => [['Example', '"My App"', 'none'], ['""', qq("a\tb"), qq("\xff")]],
    AuthSMSTemplate => [
        [
            'code "{app}: {code}, {minutes}"', 'welcome "Hi from {app}"', 'moved default',
            'welcome none', 'welcome None', 'login "{code} }"', 'reset {code}',
            'mobile "{app} {code}"', 'alert "{app}, {event}!"', 'alert default'
        ],
        [
            '', 'code', 'code none', 'moved none', 'sms {code}', 'code "no code"',
            'welcome {code}', 'moved {minutes}', 'code "{code} {Code}"', 'code "{code} {app"',
            'code {code} more', 'alert none', 'alert "no event"', 'alert {code}', 'code {event}'
        ]
    ],
    AuthSMSWebOTP => [
        ['example.org', 'Off', 'localhost'],
        ['https://example.org', 'example.org.', '-a.example', 'a..b', 'a_b', '""', 'exa#mple.org']
    ],
    AuthSMSTestNumber => [
        ['+447700900999 123456 user=reviewer', 'none'],
        [
            '07700900999 123456 user=r', '+447700900999 12345 user=r',
            '+447700900999 "123 456" user=r', '+447700900999 123456 r', '+447700900999 123456',
            '+447700900999 123456 user=', ''
        ]
    ],
    AuthSMSDelivery => [['direct', 'queued'], ['later']],
    AuthSMSNumberTypes => [['mobile', 'Any'], ['fixed', 'none', '""']],
    AuthSMSCountry => [['44', '+1', '00353'], ['x', '+', '012', '999', '+210']],
    AuthSMSAuditLog => [
        ['none', 'audit.log', '@DIR@/logs/audit.log', '"|/bin/cat"', '"||/bin/cat -u"'],
        ['missing/audit.log', '@DIR@/logs/', '""', '"|"', '"|$ "']
    ],
    AuthSMSAllowCountries => [['all', '+44 -+44770', '1'], ['-all', '+x', 'de']],
    AuthSMSFraudGuard => [
        ['Off', 'record', 'Deny ratio=0.25 min=100', 'deny ratio=0.001 min=1'],
        [
            '', 'On', 'record ratio=1', 'record ratio=0', 'deny ratio=0.0', 'deny ratio=.3',
            'deny ratio=0.1234', 'deny ratio=30%', 'deny min=0', 'deny max=1', 'Off min=20'
        ]
    ],
    AuthSMSTimeout => [
        ['3s 10s', '1s 5s parallel=4'], ['3s', '10s 3s', '0 10s', '3s 10s parallel=0', '3s 10s x=1']
    ],
    AuthSMSLogin =>
        [['password', 'sms', 'Password SMS'], ['', 'passkey', 'pigeon', 'sms sms', 'password,sms']],
    AuthSMSSecondFactor => [['off', 'enrolled', 'Required'], ['On', 'sms']],
    AuthSMSRequireVerified => [['On', 'Off'], ['x']],
    AuthSMSPasswordHash => [
        [
            'bcrypt', 'bcrypt cost=12', 'bcrypt cost=4 parallel=2', 'argon2id',
            'Argon2id m=65536 t=3 p=4 parallel=2', 'argon2id m=262144 t=4 p=16'
        ],
        [
            'md5', 'bcrypt cost=3', 'bcrypt cost=17', 'bcrypt rounds=5', 'bcrypt m=19456',
            'argon2id cost=10', 'argon2id m=7167', 'argon2id m=262145', 'argon2id m=262144 t=5',
            'argon2id t=0', 'argon2id t=54', 'argon2id p=0', 'argon2id p=17', 'argon2id m=64M',
            'argon2id m=7168 m=7168', 'argon2id parallel=0'
        ]
    ],
    AuthSMSPasswordPolicy => [
        ['min=10', 'min=8 max=64 blocklist=many', 'blocklist=none'],
        ['min=0', 'max=4097', 'min=20 max=10', 'blocklist=missing', 'x=1']
    ],
    AuthSMSPendingTTL => [['1h', '7d'], ['0', 'x']],
    AuthSMSLimit => [
        ['login/user 5/1m', 'sms/total off', '* off', 'sms/ip 1/1s'],
        [
            'login/user', 'nobody 5/1m', 'login/user 0/1m', 'login/user 5', 'login/user 5/x',
            '* 5/1m'
        ]
    ],
    AuthSMSKey => [
        [
            'HS256 file:key', 'none', 'HS256 file:key kid=one', 'HS256 file:key verify-only',
            'HS256 file:short weak', 'HS256 hex:' . 'ab' x 16 . 'cd' x 16,
            'HS256 env:AUTHSMS_TEST_SECRET',
            'HS256 "exec:@DIR@/prints 0123456789012345678901234567890123456789"'
        ],
        [
            'HS256', 'none file:key', 'canary-0123456789 HS256', 'canary HS256',
            'HS256 canary canary', 'HS256 hex:canary', 'HS256 base64:canary!', 'RS256 canary',
            'hs256 file:key', 'HS512 file:key', 'HS256 file:short', 'HS256 file:missing',
            'HS256 env:AUTHSMS_NOT_SET', 'HS256 exec:prints',
            'HS256 exec:@DIR@/fails', 'HS256 file:key kid=', 'HS256 file:key kid=a kid=b',
            'HS256 file:key weak weak', 'HS256 file:key strong', 'HS256 secret weak',
            'HS256 aaaaaaaa weak', 'RS256 file:key weak', 'RS256 file:key', 'HS256 hex:xyz',
            'none weak'
        ]
    ],
    AuthSMSSecret => [
        ['file:key', 'file:key env:AUTHSMS_TEST_SECRET', 'none'],
        ['file:short', 'file:missing', 'canary', 'file:key canary', '']
    ],
);

# Errors that do not show the value: it contains a secret, or is missing or empty.
my $secretive = qr/^AuthSMS(?:Key|Secret|Sender|Verifier) /;
my $missing =
    qr/^(?:AuthSMSTimeout[ ]3s|AuthSMSLimit[ ]login\/user|AuthSMS\w+[ ](?:"".*|"a\tb"|"\xff")
    |AuthSMS\w+[ ])$/x;
my $right = qr/must|needs|such[ ]as|takes|only|is[ ]given[ ]twice|is[ ]not[ ]one[ ]of[ ]the[ ]keys
    |has[ ]no[ ]value|later[ ]version|cannot[ ]be[ ]read/x;

sub line { my ($name, $value) = @_; return "$name $value\n" =~ s/\@DIR\@/$httpd->dir/er }
sub with_key { my ($line) = @_; return $line =~ /^AuthSMSKey / ? $line : $key . $line }

subtest 'values' => sub {
    for my $name (sort keys %values) {
        my ($good, $bad) = @{ $values{$name} };
        good($_, with_key($_)) for map { line($name, $_) } @$good;
        for (map { line($name, $_) } @$bad) {
            my $words = join '|', map { quotemeta } grep { length } split /[\s="]/, s/^\S+ //r;
            chomp(my $text = $_);
            my $named =
                $text =~ /$secretive|$missing/ ? qr/\b$name\b/ : qr/^$name: '(?:$words)[' ]/m;
            bad($_, with_key($_), $named, $text =~ $secretive ? () : $right);
        }
    }
    my ($code, $out) = $httpd->configtest;
    unlike $out, qr/AuthSMS/, 'no directive: no output of the module';
};

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

subtest 'contexts' => sub {
    my %where = do {
        local (@ARGV, $/) = 'mod_authsms.c';
        <> =~ /^    TAKE_(?:ONE|WORDS)\("(\w+)",\s*\w+,\s*(\w+),/mg;
    };
    is_deeply [sort keys %where], [sort 'AuthSMSApi', keys %values],
        'every directive has values in this test';
    for (sort grep { $_ ne 'AuthSMSApi' } keys %where) {
        my $line = line($_, $values{$_}[0][0]);
        my $there = "$key<Location /x>\n$line</Location>\n";
        $where{$_} eq 'IN_SERVER'
            ? bad("$_ in a Location", $there, qr/\b$_\b.*not allowed/)
            : good("$_ in a Location", $there);
        good("$_ in a virtual host", "$key<VirtualHost *:1>\n$line</VirtualHost>\n");
        bad(
            "$_ in a Limit", "$key<Location /x>\n<Limit GET>\n$line</Limit>\n</Location>\n",
            qr/\b$_\b/
        );
    }
    bad "AuthSMSApi in $_->[0]", "$key$_->[0]\nAuthSMSApi On\n$_->[1]\n", qr/AuthSMSApi/
        for ['<Directory />', '</Directory>'], ['<LocationMatch "^/a">', '</LocationMatch>'],
        ['<Location ~ "^/a">', '</Location>'], ['<Location "/a*">', '</Location>'],
        ['<Files x>', '</Files>'], ['', ''], ["<Location /a>\n<If true>", "</If>\n</Location>"];
    bad 'quoted ~', "$key<Location \"~\" \"/a\">\nAuthSMSApi On\n</Location>\n", qr/AuthSMSApi/;
    my $host = sub {
        "<VirtualHost *:1>\n" . join(
            '',
            map { "<Location $_>\nAuthSMSApi $_[0]{$_}\n</Location>\n" } sort keys %{ $_[0] }
        ) . "</VirtualHost>\n";
    };
    my $all = "${key}AuthSMSSender log\n$api";
    bad 'second API in a virtual host', $host->({ '/v2/' => 'On' }) . $all,
        qr{AuthSMSApi is On below (?=.*/v2/)(?=.*/app_api/).*one};
    good 'API in a virtual host that turns the global one off',
        $host->({ '/app_api/' => 'Off', '/v2' => 'On' }) . $all;
    good 'API inside IfModule',
        $all =~ s{(AuthSMSApi On\n)}{<IfModule mod_dbd.c>\n$1</IfModule>\n}r;
    bad 'two APIs in one server', $key . $api . $api =~ s/app_api/other/r, qr{AuthSMSApi.*already},
        qr/app_api/;
};

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
        local $base = '';
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
        is scalar(() = $out =~ /^AuthSMS/mg), 1, "$line: one warning";
    }
    unlike good(
        'values that need no warning',
        "${key}AuthSMSPasswordHash bcrypt cost=10\nAuthSMSPasswordPolicy min=8\n"
            . "AuthSMSCode ttl=10m\nAuthSMSRefreshTTL 2h\nAuthSMSTokenTTL 1h\n"
        ),
        qr/^AuthSMS/m, 'no warning';
    my $hosts = join '', map { "<VirtualHost *:$_>\n</VirtualHost>\n" } 1 .. 3;
    my $shared =
          "AuthSMSSender webhook url=https://example.org secret=file:key for=+44\n"
        . "AuthSMSTemplate welcome Hello\nAuthSMSRefreshTTL 1h\n";
    for (
        ['AuthSMSSender log writes', "AuthSMSSender log\n"],
        map { [$_, $shared] } 'AuthSMSPasswordPolicy min=8',
        'each AuthSMSSender has for=', 'AuthSMSTemplate welcome: 1 message',
        'AuthSMSRefreshTTL is not longer'
        )
    {
        my ($says, $lines) = @$_;
        my $out = good('three virtual hosts that inherit an API', "$key$lines$api$hosts");
        is scalar(() = $out =~ /\Q$says\E/g), 1, "$says: logged once";
    }
    my $out = good('two values', "${key}AuthSMSSender log\n$api"
            . "<VirtualHost *:1>\nAuthSMSPasswordPolicy min=9\n</VirtualHost>\n");
    is_deeply [$out =~ /AuthSMSPasswordPolicy (min=\d+)/g], ['min=8', 'min=9'],
        'each value is logged';
};

subtest 'conf/authsms.conf' => sub {
    my $table = do { local (@ARGV, $/) = 'mod_authsms.c'; <> };
    my $reference = do { local (@ARGV, $/) = 'conf/authsms.conf'; <> };
    my %known = map { $_ => 1 } $table =~ /"(AuthSMS\w+)"/g;
    my %shown = map { $_ => 1 } $reference =~ /^\s*#?(AuthSMS\w+) /mg;
    is_deeply [sort keys %shown], [sort keys %known],
        'conf/authsms.conf has every directive';
    my $conf =
        $reference =~ s/^LoadModule.*\n//mgr =~ s{/var/lib/authsms}{$httpd->dir . '/db'}ger =~
        s/file:authsms\.key/file:key/r =~ s{/usr/local/share/mod_authsms}{getcwd() . '/conf'}er;
    my ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'configtest accepts it unchanged' or diag $out;
    $conf =~ s/^(\s*)#(?=AuthSMS)/$1/mg;
    ($code, $out) = $httpd->configtest($conf);
    is $code, 0, 'configtest accepts its commented defaults' or diag $out;
    my $defaults = join '', $reference =~ /^\s*#(AuthSMS\w+ .*\n)/mg;
    good 'defaults of conf/authsms.conf in a virtual host',
        "$key<VirtualHost *:1>\n${defaults}AuthSMSKey none\nAuthSMSSender none\n"
        . "AuthSMSProtect Off\n</VirtualHost>\n";
};

# configtest accepts the examples of the documentation. "…" is replaced by values, paths by those of
# existing files.
subtest 'examples of the documentation' => sub {
    for my $page ('README.md', glob 'docs/*.md') {
        my $text = do { local (@ARGV, $/) = $page; <> };
        my @shown = $text =~ /```apache\n(.*?)```/sg;
        for my $n (1 .. @shown) {
            my $conf = $shown[$n - 1];
            $conf =~ s/^LoadModule.*\n//mg;
            $conf =~ s/[ \t]+# .*$//mg;
            $conf =~ s/\b(AC|MG)…/$1 . '0' x 32/ge;
            $conf =~ s/…/x/g;
            $conf =~ s/env:\w+/env:AUTHSMS_TEST_SECRET/g;
            $conf =~ s{file:/etc/apache2/(\S+)}{'file:' . page_file($1)}ge;
            $conf = "$key$conf" unless $conf =~ /AuthSMSKey/;
            $conf =~ s{/var/lib/authsms}{$httpd->dir . '/db'}ge;
            $conf = "$base$conf" unless $conf =~ /DBDriver/;
            my ($code, $out) = $httpd->configtest($conf);
            is $code, 0, "$page, example $n" or diag $out;
        }
    }
};

done_testing;
