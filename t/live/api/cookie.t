# SPDX-License-Identifier: Apache-2.0
# AuthSMSCookie: when the API sets and deletes the cookie, and what other sites cannot do with it.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $protect = "AuthType JWT\nRequire valid-user\n";
my $site = Site->new(
    children => 1,
    server => "AuthSMSCookie session samesite=Strict path=/\nAuthSMSUserCheck always\n"
        . "AuthSMSTokenTTL 10m\n",
    api => "AuthSMSTokenFrom header cookie:session\nAuthSMSAllowOrigin https://app.example\n",
    locations => "<Location /both>\n${protect}AuthSMSTokenFrom header cookie:session\n</Location>\n"
        . "<Location /cookies>\n${protect}AuthSMSTokenFrom cookie:first cookie:session\n"
        . "</Location>\n"
        . "<Location /reverse>\nAuthSMSProtect On\nAuthSMSTokenFrom cookie:session header\n"
        . "AuthSMSAllowOrigin https://app.example\n</Location>\n"
        . "<Location /any>\n${protect}AuthSMSTokenFrom cookie:session\nAuthSMSAllowOrigin *\n"
        . "</Location>\n"
);
$site->httpd->write("htdocs/$_/index.html", "$_ page\n") for qw(both cookies reverse any);
$site->start;
my $c = $site->client;
my $host = '127.0.0.1:' . $site->httpd->port;
my $alice = $site->signup;

sub status { my ($path, @h) = @_; return $c->get($path, @h)->{status} }
sub cookies { my ($r) = @_; return $r->{headers}{'set-cookie'} // [] }

subtest 'the cookie' => sub {
    my $r = $site->login($alice);
    my ($set) = @{ cookies($r) };
    my ($token) = $r->{json}{token} =~ /^JWT (.*)/;
    is $set, "session=$token; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=600",
        'login: the cookie is set';
    is @{ cookies($site->login({ %$alice, password => 'wrong' })) }, 0, 'failed login: no cookie';
    is @{ cookies($c->get('/app_api/users', Cookie => "session=$token")) }, 0,
        'valid cookie: not set again';
    my $clear = 'session=; Path=/; HttpOnly; Secure; SameSite=Strict; Max-Age=0';
    is_deeply cookies($c->get('/both/', Cookie => 'session=rubbish')), [$clear],
        'invalid cookie: 401 deletes it';
    is_deeply cookies($c->get('/reverse/', Cookie => 'session=rubbish')), [$clear],
        'invalid cookie, AuthSMSProtect: deleted';
    is_deeply cookies($c->get('/app_api/users', Cookie => 'session=rubbish')), [$clear],
        'invalid cookie, API: deleted';
    is @{ cookies($c->get('/both/', Authorization => 'JWT rubbish')) }, 0,
        'invalid token in the header: no Set-Cookie';
    is @{ cookies($c->get('/both/')) }, 0, 'no token: no Set-Cookie';
    is @{ cookies($c->get('/cookies/', Cookie => 'first=rubbish')) }, 0,
        'invalid cookie of another name: no Set-Cookie';
    $r = $site->api('/logout', {}, Cookie => "session=$token", Origin => "http://$host");
    is $r->{status}, 200, 'logout by cookie: 200';
    is_deeply cookies($r), [$clear], 'logout by cookie: the cookie is deleted';
    is status('/both/', Cookie => "session=$token"), 401, 'logout by cookie: the session is ended';
    is_deeply cookies($site->api('/logout', {})), [$clear], 'logout without a cookie: deleted';
    is_deeply cookies($site->api('/logout', {}, Origin => 'https://evil.example')), [],
        'logout from another site without a cookie: no Set-Cookie';
};

subtest 'other sites' => sub {
    my $token = ($site->login($alice)->{json}{token} =~ s/^JWT //r);
    my $post = sub {
        my ($path, @h) = @_;
        return $c->request('POST', $path, [@h, 'Content-Type' => 'application/json'], '{}');
    };
    my @foreign = (
        ['another site', Origin => 'https://evil.example'], ['no site', Origin => 'null'],
        ['another port', Origin => "http://$host" . '1'],
        ['another scheme', Origin => "https://$host"],
        ['a name that begins alike', Origin => "http://$host.evil.example"],
        ['cross-site', 'Sec-Fetch-Site' => 'cross-site'],
        ['same-site', 'Sec-Fetch-Site' => 'same-site'],
        ['an origin with a path', Origin => "http://$host/"], ['an empty one', Origin => ''],
        ['an unknown word', 'Sec-Fetch-Site' => 'x'],
    );
    my @own = (
        ['its own', Origin => "http://$host"],
        ['an allowed one', Origin => 'https://app.example'], ['none'],
        ['same-origin', 'Sec-Fetch-Site' => 'same-origin'],
        ['typed by a person', 'Sec-Fetch-Site' => 'none']
    );
    for (@foreign) {
        my ($name, @h) = @$_;
        my $r = $site->api('/logout', {}, Cookie => "session=$token", @h);
        is "$r->{status} $r->{json}{code}", '403 cross_origin', "logout, $name: 403 cross_origin";
        is $post->('/reverse/', Cookie => "session=$token", @h)->{status}, 403,
            "POST to a guarded page, $name: 403";
        is $site->api('/authenticate', { map { $_ => $alice->{$_} } qw(username password) }, @h)
            ->{json}{code}, 'cross_origin', "login, $name: cross_origin";
        is status('/reverse/', Cookie => "session=$token", @h), 200, "GET, $name: 200";
        is status(
            '/reverse/', Cookie => "session=$token", @h, Upgrade => 'websocket',
            Connection => 'Upgrade'
            ),
            403, "WebSocket, $name: 403";
        is $post->('/reverse/', Authorization => "JWT $token", @h)->{status}, 200,
            "POST with a token in the header, $name: 200";
        is $site->api('/logout', {}, @h)->{status}, 200,
            "logout without a token, $name: 200";
    }
    for (@own) {
        my ($name, @h) = @$_;
        is $post->('/reverse/', Cookie => "session=$token", @h)->{status}, 200, "POST, $name: 200";
        my $r =
            $site->api('/authenticate', { map { $_ => $alice->{$_} } qw(username password) }, @h);
        is $r->{status}, 200, "login, $name: 200";
        is $site->api('/logout', {}, Cookie => 'session=' . ($r->{json}{token} =~ s/^JWT //r), @h)
            ->{status}, 200, "logout, $name: 200";
    }
    is $post->('/any/', Cookie => "session=$token", Origin => 'https://evil.example')->{status},
        403, 'AuthSMSAllowOrigin *, another site: 403';
    is $c->request($_, '/reverse/', [Cookie => "session=$token", Origin => 'https://evil.example'])
        ->{status}, 403, "$_, another site: 403"
        for qw(PUT PATCH DELETE);
};

subtest 'several cookies of one name' => sub {
    my $token = ($site->login($alice)->{json}{token} =~ s/^JWT //r);
    my $domains = sub {
        my ($path, @h) = @_;
        return [map { /; Domain=([^;]+)/ ? $1 : '-' } @{ cookies($c->get($path, @h)) }];
    };
    is_deeply $domains->(
        '/both/', Host => 'www.example.org',
        Cookie => "session=$token; session=x"
        ),
        ['-', 'www.example.org', 'example.org'],
        'guard: the cookie is deleted for the host and each parent domain';
    is_deeply $domains->(
        '/app_api/users', Host => 'www.example.org:8080',
        Cookie => "session=$token; session=x"
        ),
        ['-', 'www.example.org', 'example.org'],
        'API: the cookie is deleted for the host and each parent domain';
    is_deeply $domains->(
        '/both/', Host => 'a.b.c.d.e.f.example.org',
        Cookie => "session=$token; session=x"
        ),
        [
        '-', 'a.b.c.d.e.f.example.org', 'b.c.d.e.f.example.org', 'c.d.e.f.example.org',
        'd.e.f.example.org', 'e.f.example.org'
        ],
        'at most five domains';
    is_deeply $domains->('/both/', Host => $_, Cookie => "session=$token; session=x"), ['-'],
        "$_: only the host's own cookie" for '127.0.0.1', 'localhost', '[::1]';
    is_deeply $domains->('/both/', Host => 'www.example.org', Cookie => 'session=x'), ['-'],
        'a single one may be of another site of the domain';
    is_deeply $domains->('/cookies/', Host => 'www.example.org', Cookie => 'first=x; first=y'), [],
        'two cookies of another name: no Set-Cookie';
    my $r =
        $site->api('/logout', {}, Host => 'www.example.org', Cookie => "session=$token; session=x");
    is scalar @{ cookies($r) }, 3, 'logout: three cookies are deleted';
};
$site->httpd->expect_log(qr/refused: cross_origin/);
$site->stop;

subtest 'with a domain' => sub {
    my $site = Site->new(
        sender => '', children => 1,
        server => "AuthSMSValidation Off\nAuthSMSCookie session domain=example.org path=/app",
        locations => "<Location /cookies>\n${protect}AuthSMSTokenFrom cookie:session\n</Location>\n"
    )->start;
    my $clear = sub {
        my ($domain) = @_;
        return
              "session=; Path=/app"
            . ($domain ? "; Domain=$domain" : '')
            . '; HttpOnly; Secure; SameSite=Lax; Max-Age=0';
    };
    my $got = sub {
        my ($cookie) = @_;
        return cookies(
            $site->client->get('/cookies/', Host => 'www.example.org', Cookie => $cookie));
    };
    like cookies($site->login($site->signup))->[0],
        qr{; Path=/app; Domain=example.org; HttpOnly; Secure; SameSite=Lax; Max-Age=3600\z},
        'login: the cookie is set';
    is_deeply $got->('session=x'), [$clear->('example.org'), $clear->()],
        'a 401 takes it away, and one of the host alone';
    is_deeply $got->('session=x; session=y'),
        [$clear->('example.org'), $clear->(), $clear->('www.example.org')],
        'and of two any that there may be';
    $site->stop;
};

subtest 'without the token in the body, at a public address' => sub {
    my $site = Site->new(
        children => 1, api => "AuthSMSTokenFrom cookie:__Host-t\n",
        server =>
            "AuthSMSCookie __Host-t omit-body\nAuthSMSPublicURL https://example.org/app_api\n"
            . "AuthSMSRequireClaims none\nAuthSMSTokenTTL 0"
    )->start;
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    $site->verify($person, $id);
    my $r = $site->login($person);
    is $r->{status}, 200, 'login: 200';
    ok !exists $r->{json}{token}, 'omit-body: no token in the body';
    my ($token) =
        cookies($r)->[0] =~ /^__Host-t=([\w.-]+); Path=\/; HttpOnly; Secure; SameSite=Lax$/;
    ok $token, 'but in a cookie, which lives as long as the browser where tokens live for ever'
        or diag cookies($r)->[0];
    is $site->client->get('/app_api/users', Cookie => "__Host-t=$token")->{status}, 200,
        'it is good';
    is $site->api(
        '/logout', {}, Cookie => "__Host-t=$token",
        Origin => 'http://127.0.0.1:' . $site->httpd->port
        )->{status}, 403,
        'the address inside is not its own';
    is $site->api('/logout', {}, Cookie => "__Host-t=$token", Origin => 'https://example.org')
        ->{status}, 200, 'the one outside is';
    is_deeply cookies($site->client->get(
        '/app_api/users', Host => 'www.example.org', Cookie => '__Host-t=a; __Host-t=b'
        )),
        ['__Host-t=; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age=0'],
        'a browser holds one of this name';
    $site->httpd->expect_log(qr/refused: cross_origin/);
    $site->stop;
};

done_testing;
