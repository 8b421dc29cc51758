# SPDX-License-Identifier: Apache-2.0
# The checks that each server in front of httpd passes: it asks SetHandler authsms-check about each
# request to an application.
package ForwardAuth;
use strict;
use warnings;
use utf8;
use Client ();
use EchoBackend ();
use Example ();
use Httpd ();
use Server ();
use Site ();
use Test::More;
use Time::HiRes qw(sleep);
use Token ();

# The httpd of conf/examples/check.conf, started, and an application: (site, application).
sub start {
    my $application = EchoBackend->start('http');
    my $site = Example->new('check.conf');
    $site->{client} = Client->new($site->httpd->port, headers => { Host => 'example.org' });
    $site->httpd->expect_log(qr/AH01630|AH01631|refused: cross_origin/);
    return ($site->start, $application);
}

# The fields X-User-* and similar that the application got.
sub _identity {
    my ($r) = @_;
    return { map { /^(x.user.\w+): (.+?)\r?$/i ? (lc $1 => $2) : () } split /\n/, $r->{body} };
}

# Check the server on this port.
sub check {
    my ($site, $port) = @_;
    my $c = Client->new($port, headers => { Host => 'example.org' });
    my $api = bless { %$site, client => $c }, ref $site;
    my $ada = $api->signup(username => "Ren\x{e9}e");
    ok $ada->{token}, 'registration and login through the other server';
    my $raw = $ada->{token} =~ s/^JWT //r;
    my @own = (Authorization => $ada->{token});
    my $known = {
        'x-user-id' => $ada->{id}, 'x-user-username' => 'Ren%C3%A9e',
        'x-user-sid' => Token::claims($raw)->{sid}, 'x-user-verified' => 'true',
        'x-user-mobile' => Site::e164($ada)
    };
    my @forged =
        map { ($_ => 'forged') } qw(X-User-Id X-User-Roles x-user-verified X_User_Roles X-User-Sid);

    for my $method (qw(GET POST PUT DELETE)) {
        my $body = $method =~ /^P/ ? 'x' x 50_000 : undef;
        my $r = $c->request($method, '/a/b?c=d', [@own, @forged], $body);
        is $r->{status}, 200, "$method with a token: 200";
        like $r->{body}, qr{^$method /a/b\?c=d HTTP/1}, 'the application gets the request';
        is_deeply _identity($r), $known, 'with the identity, and nothing forged';
        unlike $r->{body}, qr/^Authorization:/mi, 'without the token';

        $r = $c->request($method, '/a/b', [@forged], $body);
        is $r->{status}, 401, "$method without a token: 401";
        unlike $r->{body}, qr/^X.User/mi, 'the application gets nothing';
        like $r->{headers}{'www-authenticate'}[0], qr/^(?:JWT|Bearer) realm="app"/, 'a challenge';
    }
    is $c->get('/a', Authorization => 'Bearer x.y.z')->{status}, 401, 'an invalid token: 401';
    like $c->get('/a', @own, Authorization => 'Bearer x')->{status}, qr/^40[01]$/,
        'two tokens: 401, or 400 of the other server';
    $site->sql("INSERT INTO authsms_roles (user_id, role) VALUES ('$ada->{id}', 'editor')");
    $site->httpd->graceful;
    is _identity($c->get('/a', @own, @forged))->{'x-user-roles'}, 'editor', 'roles';

    my @cookie = (Cookie => "a=b; __Host-authsms=$raw");
    my $r = $c->get('/a', @cookie);
    is $r->{status}, 200, 'a token in a cookie: 200';
    is _identity($r)->{'x-user-id'}, $ada->{id}, 'with the identity';
    is $c->request('POST', '/a', [@cookie, Origin => 'https://example.org'], 'x')->{status}, 200,
        'POST of the own site with a cookie: 200';
    is $c->request('POST', '/a', [@cookie, @$_], 'x')->{status}, 403,
        "POST of another site with a cookie (@$_): 403"
        for [Origin => 'https://evil.example'], [Origin => 'null'],
        ['Sec-Fetch-Site' => 'cross-site'];
    is $c->get('/a', @cookie, 'Sec-Fetch-Site' => 'cross-site')->{status}, 200,
        'a link on another site: 200';
    my @open = (
        Upgrade => 'websocket', 'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==',
        'Sec-WebSocket-Version' => 13
    );
    is $c->get('/a', @cookie, @open, Origin => 'https://evil.example')->{status}, 403,
        'a WebSocket of another site with a cookie: 403';

    isnt $c->get('/authsms-check', @own)->{status}, 204, 'clients cannot call the check themselves';
    is $c->get('/app_api/../a')->{status}, 401, 'a path that leaves the API: 401'
        if $c->get('/app_api/../a')->{status} != 404;

    $api->api('/logout', {}, @own);
    is $c->get('/a', @own)->{status}, 401, 'after the logout: 401';
    return;
}

# httpd does not answer: nothing passes.
sub check_unreachable {
    my ($site, $port) = @_;
    my $c = Client->new($port, headers => { Host => 'example.org' });
    my $pid = $site->httpd->pid;
    kill 'TERM', $pid;
    for (1 .. 400) { last unless kill 0, $pid; sleep 0.025 }
    my $r = $c->get('/a', 'X-User-Id' => 'forged');
    like $r->{status}, qr/^50\d$/, 'httpd is down: 5xx';
    unlike $r->{body}, qr/^X.User/mi, 'the application gets nothing';
    return;
}

1;
