# SPDX-License-Identifier: Apache-2.0
# The refresh token's cookie (AuthSMSCookie omit-body): when it is set, read and cleared.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $site = Site->new(
    children => 1,
    server => "AuthSMSCookie __Host-s omit-body\nAuthSMSUserCheck always\n"
        . "AuthSMSRefreshTTL 1h idle=20m\n",
    api => "AuthSMSTokenFrom header cookie:__Host-s\nAuthSMSAllowOrigin https://app.example\n",
    locations => "<Location /both>\nAuthType JWT\nRequire valid-user\n"
        . "AuthSMSTokenFrom header cookie:__Host-s\n</Location>\n"
);
$site->httpd->write('htdocs/both/index.html', "page\n");
$site->start;
my $c = $site->client;
my $name = '__Secure-s-refresh';
my $clear = "$name=; Path=/app_api; HttpOnly; Secure; SameSite=Strict; Max-Age=0";
my $person = Site::person();
$site->verify($person, $site->register($person)->{json}{id});

# The values of the cookies that a response sets; those for the refresh token unchanged.
sub tokens {
    my ($r) = @_;
    my %value = map { /^([^=]+)=([^;]*)/ } @{ $r->{headers}{'set-cookie'} // [] };
    return @value{ '__Host-s', $name };
}
sub refresh_cookies {
    my ($r) = @_;
    return [grep { /^\Q$name\E=/ } @{ $r->{headers}{'set-cookie'} // [] }];
}
sub outcome { my ($r) = @_; return join ' ', $r->{status}, $r->{json}{code} // () }

subtest 'login and refresh' => sub {
    my $r = $site->login($person);
    my ($token, $refresh) = tokens($r);
    is_deeply [@{ $r->{json} }{qw(token refresh_token)}], [undef, undef],
        'login: no token in the body';
    like $refresh, qr/^[\w-]{86}$/, 'login: the cookie has a refresh token';
    is_deeply refresh_cookies($r),
        ["$name=$refresh; Path=/app_api; HttpOnly; Secure; SameSite=Strict; Max-Age=1200"],
        'login: its attributes';
    $r = $site->api('/token', {}, Cookie => "a=b; $name=$refresh");
    is outcome($r), '200', 'POST /token with the cookie: 200';
    is_deeply [sort keys %{ $r->{json} }], [qw(expires_in msg success)], 'no token in the body';
    my ($second, $next) = tokens($r);
    isnt $next, $refresh, 'another refresh token';
    is $c->get('/both/', Cookie => "__Host-s=$second")->{status}, 200, 'the new cookie: 200';
    my $other = (tokens($site->login($person)))[1];
    $r = $site->api('/token', { refresh_token => $other }, Cookie => "$name=$next");
    is outcome($r), '200', 'body and cookie: 200';
    is outcome($site->api('/token', {}, Cookie => "$name=$next")), '200',
        'the body wins: the cookie was not spent';
    is outcome($site->api('/token', {}, Cookie => "__Host-s=$second")), '401 no_token',
        'the cookie of the token does not count';
    $r = $c->form_post(
        '/app_api/token', { grant_type => 'refresh_token' },
        Cookie => "$name=" . (tokens($r))[1]
    );
    is outcome($r), '200', 'with grant_type: 200';
    is $r->{json}{access_token}, undef, 'with grant_type: no token in the body';
};

subtest 'refused' => sub {
    my $r = $site->api('/token', {}, Cookie => "$name=rubbish");
    is outcome($r), '401 invalid_token', 'invalid cookie: 401';
    is_deeply refresh_cookies($r), [$clear], 'invalid cookie: cleared';
    $r = $c->form_post(
        '/app_api/token', { grant_type => 'refresh_token' },
        Cookie => "$name=rubbish"
    );
    is outcome($r), '400 invalid_grant', 'invalid cookie with grant_type: 400';
    is_deeply refresh_cookies($r), [$clear], 'invalid cookie with grant_type: cleared';
    my $good = (tokens($site->login($person)))[1];
    $r = $site->api('/token', { refresh_token => 'rubbish' }, Cookie => "$name=$good");
    is outcome($r), '401 invalid_token', 'invalid body: 401';
    is_deeply refresh_cookies($r), [], 'invalid body: the cookie stays';
    $r = $site->api(
        '/token', {},
        Host => 'www.example.org', Cookie => "$name=$good; $name=other"
    );
    is outcome($r), '401 invalid_token', 'two cookies: 401';
    is_deeply [map { /; Domain=([^;]+)/ ? $1 : '-' } @{ refresh_cookies($r) }],
        ['-', 'www.example.org', 'example.org'], 'two cookies: cleared for each domain';
    is outcome($site->api('/token', {}, Cookie => "$name=$good")), '200', 'one of them: 200';
};

subtest 'other sites' => sub {
    my $good = (tokens($site->login($person)))[1];
    for (['Origin', 'https://evil.example'], ['Sec-Fetch-Site', 'same-site']) {
        is outcome($site->api('/token', {}, Cookie => "$name=$good", @$_)), '403 cross_origin',
            "POST /token, $_->[0]: 403";
        my $r = $site->api('/logout', {}, Cookie => "$name=$good", @$_);
        is outcome($r), '403 cross_origin', "POST /logout, $_->[0]: 403";
        is_deeply refresh_cookies($r), [], "POST /logout, $_->[0]: nothing is cleared";
        is_deeply refresh_cookies($site->api('/logout', {}, @$_)), [],
            "POST /logout without a cookie, $_->[0]: nothing is cleared";
    }
    is outcome($site->api('/token', {}, Cookie => "$name=$good", Origin => 'https://app.example')),
        '200', 'an allowed origin: 200';
    $site->httpd->expect_log(qr/cross_origin/);
};

subtest 'logout' => sub {
    my ($token, $refresh) = tokens($site->login($person));
    my $r = $site->api('/logout', {}, Cookie => "$name=$refresh");
    is outcome($r), '200', 'with the refresh cookie alone: 200';
    is_deeply refresh_cookies($r), [$clear], 'it is cleared';
    is $c->get('/both/', Cookie => "__Host-s=$token")->{status}, 401, 'the session is ended';
    ($token, $refresh) = tokens($site->login($person));
    is outcome($site->api('/logout', {}, Cookie => "__Host-s=$token; $name=$refresh")), '200',
        'with both cookies: 200';
    is outcome($site->api('/token', {}, Cookie => "$name=$refresh")), '401 invalid_token',
        'the session is ended';
    ($token, $refresh) = tokens($site->login($person));
    my ($sid) =
        map { $_->{sid} }
        grep { $_->{current} }
        @{ $c->get('/app_api/sessions', Cookie => "__Host-s=$token")->{json}{sessions} };
    $r = $c->request('DELETE', "/app_api/sessions/$sid", [Cookie => "__Host-s=$token"]);
    is outcome($r), '200', 'DELETE of its own session: 200';
    is_deeply [tokens($r)], ['', ''], 'both cookies are cleared';
    is outcome($c->request(
        'DELETE', "/app_api/sessions/$sid",
        [Cookie => '__Host-s=' . (tokens($site->login($person)))[0], Origin => 'https://x']
        )),
        '403 cross_origin', 'DELETE from another site: 403';
};
$site->stop;

# The path that browsers see is that of AuthSMSPublicURL.
for (['https://example.org/proxied/api', '/proxied/api'], ['https://example.org', '/']) {
    my ($url, $path) = @$_;
    $site = Site->new(server => "AuthSMSCookie session omit-body\nAuthSMSPublicURL $url\n"
            . "AuthSMSRefreshTTL 1h\n")->start;
    $person = Site::person();
    $site->verify($person, $site->register($person)->{json}{id});
    $name = '__Secure-session-refresh';
    like refresh_cookies($site->login($person))->[0], qr/; Path=\Q$path\E; .*; Max-Age=3600$/,
        "AuthSMSPublicURL $url: Path=$path";
    $site->stop;
}
done_testing;
