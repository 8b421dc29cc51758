# SPDX-License-Identifier: Apache-2.0
# What is logged for a refusal: path and reason at debug, a warning where the configuration may be
# wrong; never the token.
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

# The module's lines of one request.
sub said {
    my (@request) = @_;
    my $before = length $site->httpd->error_log;
    my $r = $c->request(@request);
    # The API has a line of its own for each answer.
    my @lines = grep { /\[authsms:/ && !/, account / } split /\n/, substr $site->httpd->error_log,
        $before;
    return ($r->{status}, map { s/^.*?\[client [^\]]*\] //r } @lines);
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
$site->httpd->expect_log(
    qr/refused: cross_origin|LimitRequestFieldSize of this virtual host/,
    qr/AH0163[01]|AH00127|unable to include/
);
$site->stop;
done_testing;
