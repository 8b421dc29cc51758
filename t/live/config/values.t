# SPDX-License-Identifier: Apache-2.0
# configtest accepts the valid values of each directive, where it may stand, and rejects others. The
# error names directive, value and valid values.
use strict;
use warnings;
use lib 't/lib';
use Configtest;
use Test::More;

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

done_testing;
