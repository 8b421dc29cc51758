# SPDX-License-Identifier: Apache-2.0
# What is logged for a refusal by the guard, the API and the other handlers: path and reason at
# debug, a warning where the configuration may be wrong; never the token.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;
use Token;

my $protect = "AuthType JWT\nRequire valid-user\n";
my $site = Site->new(
    children => 1, log_level => 'warn authsms:debug',
    server => "AuthSMSCookie t\nLimitRequestFieldSize 60000\nLimitRequestLine 20000\n",
    api => "AuthSMSTokenFrom header cookie:t\n",
    locations => "<Location /both>\n${protect}AuthSMSTokenFrom header cookie:t\n</Location>\n"
        . "<Location /claim>\nAuthType JWT\nRequire authsms-claim role admin\n</Location>\n"
        . "<Location /parts>\nOptions +Includes\nSetOutputFilter INCLUDES\n</Location>\n"
        . "<Location /check>\nSetHandler authsms-check\n$protect</Location>\n"
        . "<Location /metrics>\nSetHandler authsms-metrics\nRequire local\n</Location>\n"
        . "<Location /open-metrics>\nSetHandler authsms-metrics\nRequire all granted\n</Location>\n"
        . "<Location /roles>\nAuthType JWT\nRequire authsms-role editor\n</Location>\n"
        . "<Location /here>\nAuthSMSTokenFrom cookie:t\n"
        . "AuthSMSAllowOrigin https://app.example\n$protect</Location>\n"
);
$site->httpd->{conf} .= <<"END";
<VirtualHost *:@{[$site->httpd->port]}>
ServerName first.example
</VirtualHost>
<VirtualHost *:@{[$site->httpd->port]}>
ServerName narrow.example
LimitRequestFieldSize 2000
</VirtualHost>
<VirtualHost *:@{[$site->httpd->port]}>
ServerName public.example
AuthSMSPublicURL https://public.example/app_api
</VirtualHost>
END
$site->httpd->write("htdocs/$_/index.html", "page\n") for qw(both claim here);
$site->httpd->write(
    'htdocs/parts/two.html',
    "<!--#include virtual=\"/both/\" -->\n<!--#include virtual=\"/private/\" -->\n"
);
$site->start;
my $c = $site->client;
my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;

# The module's lines of one request, with their tags.
sub tagged {
    my (@request) = @_;
    my $before = length $site->httpd->error_log;
    my $r = $c->request(@request);
    my @lines = grep { /\[authsms:/ } split /\n/, substr $site->httpd->error_log, $before;
    return ($r->{status}, map { s/^.*?\[client [^\]]*\] //r } @lines);
}

# The same without tags, and without the line that the API has for each answer.
sub said {
    my ($status, @lines) = tagged(@_);
    return ($status, map { s/^ASM\d{4}: //r } grep { !/, account / } @lines);
}

sub get { my ($path, @h) = @_; return said('GET', $path, \@h) }

subtest 'path and reason' => sub {
    my $absent = "no_token: none of AuthSMSTokenFrom's sources has a token";
    for (
        ['nothing', [], $absent],
        [
            'a token without a scheme', [Authorization => $token],
            qr/no_token:[ ]the[ ]Authorization[ ]field[ ]has[ ]a[ ]token[ ]without[ ]a[ ]scheme:
                [ ]write[ ]JWT[ ]or[ ]Bearer[ ]before[ ]it/x
        ],
        [
            'another scheme', [Authorization => 'Basic Zm9v'],
            qr/no_token: the Authorization field has another scheme/
        ],
        [
            'a scheme alone', [Authorization => 'Bearer'],
            qr/no_token: the Authorization field has a scheme and no token/
        ],
        [
            'two fields', [Authorization => 'Basic Zm9v', Authorization => "JWT $token"],
            qr/invalid_token: a token in one Authorization field beside another scheme/
        ],
        ['two cookies', [Cookie => 't=a; t=b'], qr/invalid_token: several cookies have the name/],
        ['not signed here', [Authorization => "JWT ${token}x"], qr/invalid_token: signature/],
        [
            'expired',
            [
                Authorization => 'JWT '
                    . Token::make($site->key, { %{ Token::claims($alice->{token}) }, exp => 1 })
            ],
            qr/expired_token: expired/
        ],
        [
            'no account',
            [
                Authorization => 'JWT '
                    . Token::make($site->key, { sub => 'nobody', exp => time + 60 })
            ],
            qr/invalid_token: no such account/
        ],
        [
            'a control character',
            [
                Authorization => 'JWT '
                    . Token::make($site->key, { sub => "a\nb", exp => time + 60 })
            ],
            qr/invalid_token: sub/
        ],
    ) {
        my ($name, $headers, $reason) = @$_;
        for my $path ('/both/index.html', '/app_api/users') {
            my ($status, @lines) = get($path, @$headers);
            is $status, 401, "$name: 401";
            is scalar @lines, 1, 'one line' or diag explain \@lines;
            like $lines[0], qr{\A\Q$path\E: refused: $reason}, 'path and reason are logged';
        }
    }
    my ($status, @lines) = get('/claim/', Authorization => "JWT $token");
    is $lines[0], '/claim/: insufficient_scope: Require authsms-claim role admin denies it',
        'a missing claim is logged';
    (undef, @lines) = get('/parts/two.html');
    is_deeply [map { m{^(/\w+/)[\w.]*: refused} } @lines], ['/both/', '/private/'],
        'each refused part of a page is logged';
    (undef, @lines) = get('/both/' . 'x' x 200 . '/x' x 300);
    like $lines[0], qr{\A/both/x{194}: refused: no_token: none of}, 'a long path is cut';
    unlike $site->httpd->error_log, qr/\Q$token\E/, 'no token is logged';
};

subtest 'a long token' => sub {
    my $of = sub {
        my ($bytes) = @_;
        return 'JWT ' . Token::make(
            $site->key,
            { %{ Token::claims($alice->{token}) }, x => 'x' x ($bytes * 3 / 4) }
        );
    };
    is_deeply [get('/both/index.html', Authorization => $of->(50_000))], [200],
        'a token up to LimitRequestFieldSize is accepted';
    is_deeply [get('/both/index.html', Cookie => 't=' . $of->(30_000) =~ s/JWT //r)], [200],
        'in a cookie too';
    is_deeply [get('/both/index.html', Host => 'narrow.example', Authorization => $of->(1000))],
        [200], "of its own virtual host's";
    my ($status, @lines) =
        get('/both/index.html', Host => 'narrow.example', Authorization => $of->(2500));
    is $status, 401, 'a longer token: 401';
    like join("\n", @lines),
        qr{^/both/index.html:[ ]a[ ]token[ ]of[ ]\d+[ ]bytes[ ]is[ ]refused:[ ]LimitRequestFieldSize
            [ ]of[ ]this[ ]virtual[ ]host[ ]is[ ]2000\.[ ]Raise[ ]it[ ]there.*\n
            /both/index.html:[ ]refused:
            [ ]invalid_token:[ ]longer[ ]than[ ]LimitRequestFieldSize\z}x,
        'the cause is logged';
};

subtest 'another site' => sub {
    my $port = $site->httpd->port;
    my @cookie = (Cookie => "t=$token");
    my $remedy =
        'If that is a site of yours, correct AuthSMSPublicURL or name it in AuthSMSAllowOrigin';
    for (
        [
            "127.0.0.1:$port", [Origin => 'https://evil.example'],
            "Origin 'https://evil.example', expected Origin 'http://127.0.0.1:$port' "
                . "(AuthSMSPublicURL is not set: the request's Host)"
        ],
        [
            'public.example', [Origin => 'http://public.example'],
            "Origin 'http://public.example', expected Origin 'https://public.example' "
                . "(AuthSMSPublicURL https://public.example/app_api)"
        ],
        [
            "127.0.0.1:$port", ['Sec-Fetch-Site' => 'cross-site'],
            "no Origin, and Sec-Fetch-Site 'cross-site', expected Origin "
                . "'http://127.0.0.1:$port' (AuthSMSPublicURL is not set: the request's Host)"
        ],
        [
            "127.0.0.1:$port", [Origin => 'https://' . 'x' x 5000],
            "Origin 'https://"
                . 'x' x 192
                . "', expected Origin 'http://127.0.0.1:$port' (AuthSMSPublicURL is not set: "
                . "the request's Host)"
        ],
        [
            "127.0.0.1:$port", [Origin => "https://a\t\x{80}b"],
            "Origin 'https://a\\\\t\\\\x80b', expected Origin 'http://127.0.0.1:$port' "
                . "(AuthSMSPublicURL is not set: the request's Host)"
        ],
    ) {
        my ($host, $headers, $text) = @$_;
        for my $path ('/here/index.html', '/app_api/logout') {
            my ($status, @lines) = said(
                'POST', $path,
                [Host => $host, @cookie, @$headers, 'Content-Type' => 'application/json'], '{}'
            );
            is $status, 403, "$path: refused";
            is_deeply \@lines,
                ["$path: refused: cross_origin: " . $text =~ s/\\\\/\\/gr . ". $remedy"],
                'one line with the received and the expected origin';
        }
    }
    is_deeply [said('POST', '/here/index.html', [@cookie, Origin => 'https://app.example'])],
        [200], 'nothing is logged for an allowed origin';
};

subtest 'each refusal has a line with a tag, its path and its reason' => sub {
    my $json = ['Content-Type' => 'application/json'];
    my $origin = [
        Origin => 'https://evil.example', 'Access-Control-Request-Method' => 'POST',
    ];
    my @auth = (Authorization => "JWT $token");
    my $post = sub { return ('POST', "/app_api$_[0]", [@$json, @{ $_[2] // [] }], $_[1]) };
    for (
        ['no token', 401, 'ASM0410: /both/: refused: no_token: ', 'GET', '/both/'],
        [
            'a false token', 401, 'ASM0411: /both/: refused: invalid_token: parts', 'GET', '/both/',
            [Authorization => 'JWT x']
        ],
        [
            'a role', 401,
            'ASM0420: /roles/: insufficient_scope: Require authsms-role editor denies',
            'GET', '/roles/', \@auth
        ],
        [
            'a preflight', 401,
            "ASM0416: /both/: preflight refused: AuthSMSAllowOrigin does not list "
                . "'https://evil.example'", 'OPTIONS', '/both/', $origin
        ],
        [
            'a preflight of the API', 204, 'ASM0416: /app_api/user: preflight refused', 'OPTIONS',
            '/app_api/user', $origin
        ],
        [
            'check: TRACE', 405, 'ASM0407: /check: refused: SetHandler authsms-check', 'TRACE',
            '/check'
        ],
        ['check: no token', 401, 'ASM0410: /check: refused: no_token', 'GET', '/check'],
        [
            'metrics: POST', 405, 'ASM0621: /metrics: refused: .* not POST', 'POST', '/metrics',
            [], ''
        ],
        [
            'metrics: public', 500, 'ASM0620: /open-metrics: SetHandler authsms-metrics', 'GET',
            '/open-metrics'
        ],
        ['API: no route', 404, 'ASM0502: /app_api/none: 404 not_found', 'GET', '/app_api/none'],
        ['API: method', 405, 'ASM0501: /user: 405 method_not_allowed', 'GET', '/app_api/user'],
        ['API: no token', 401, 'ASM0501: /users: 401 no_token', 'GET', '/app_api/users'],
        [
            'API: credentials', 401, 'ASM0501: /authenticate: 401 bad_credentials',
            $post->('/authenticate', '{"username":"nobody","password":"hidden words"}')
        ],
        [
            'API: a missing field', 400, 'ASM0501: /authenticate: 400 missing_username',
            $post->('/authenticate', '{}')
        ],
        [
            'API: no JSON', 400, 'ASM0501: /authenticate: 400 bad_request',
            $post->('/authenticate', '{"password":"hidden words"')
        ],
        [
            'API: media type', 415, 'ASM0501: /authenticate: 415 unsupported_media_type', 'POST',
            '/app_api/authenticate', ['Content-Type' => 'text/plain'], 'hidden words'
        ],
        [
            'API: too large', 413, 'ASM0501: /authenticate: 413 too_large',
            $post->('/authenticate', '{"password":"' . 'x' x 100_000 . '"}')
        ],
        [
            'API: a receipt', 403, 'ASM0501: /sms/status: 403 bad_signature',
            $post->('/sms/status', '{}')
        ],
        [
            'API: a long path', 404, 'ASM0502: /app_api/y{191}: 404 not_found', 'GET',
            '/app_api/' . 'y' x 1000
        ],
        [
            'API: an encoding', 400, 'ASM0503: /app_api/user: 400 bad_request', 'POST',
            '/app_api/user', [@$json, 'Transfer-Encoding' => 'unknown'], ''
        ],
        [
            'API: a malformed request', 400, 'ASM0503: /app_api/user: 400 bad_request', 'GET',
            '/app_api/user', ['Content-Length' => 'x'], ''
        ],
    ) {
        my ($name, $status, $line, @request) = @$_;
        my ($is, @lines) = tagged(@request);
        is $is, $status, "$name: $status";
        is scalar(grep { /\A$line/ } @lines), 1, 'one line with path and reason'
            or diag explain \@lines;
        is_deeply [grep { !/\AASM\d{4}: / } @lines], [], 'each line has a tag';
    }
    unlike $site->httpd->error_log, qr/hidden words|\Q$token\E/, 'no secret is logged';
};
$site->httpd->expect_log(qr/authsms-metrics without a Require/);
$site->httpd->expect_log(
    qr/refused: cross_origin|LimitRequestFieldSize of this virtual host/,
    qr/AH0163[01]|AH00127|unable to include/
);
$site->stop;
done_testing;
