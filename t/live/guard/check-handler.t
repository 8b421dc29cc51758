# SPDX-License-Identifier: Apache-2.0
# SetHandler authsms-check: 204 with the identity in response headers for a valid token, and for
# nothing else. The requests are those that nginx, Caddy, Traefik, HAProxy and Envoy send.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Postgres;
use Site;
use Test::More;
use Token;

binmode Test::More->builder->$_, ':encoding(UTF-8)' for qw(output failure_output);

my $jwt = "AuthType JWT\nAuthName check\nAuthzSendForbiddenOnFailure On\n";
my $check = 'SetHandler authsms-check';
my %sections = (
    check => "$jwt$check\nRequire valid-user\nAuthSMSTokenFrom header cookie:t",
    short => "AuthSMSProtect On\n$check",
    editor => "$jwt$check\nRequire authsms-role editor",
    nothing => "$jwt$check\nRequire valid-user\nAuthSMSPassIdentity Off",
    offline => "$jwt$check\nRequire valid-user\nAuthSMSUserCheck off",
    page => "$jwt$check\nRequire valid-user\nAuthSMSUnauthorized /login.html",
    shared => "$jwt$check\nRequire valid-user\nAuthSMSAllowOrigin https://app.example",
    # Granted without a token
    granted => "$jwt$check\nRequire all granted",
    address => "$jwt$check\n<RequireAny>\nRequire ip 127.0.0.1\nRequire valid-user\n</RequireAny>",
    satisfied => "$jwt$check\nRequire valid-user\nSatisfy Any\nOrder allow,deny\nAllow from all",
    basic => "AuthType Basic\nAuthName b\nAuthBasicProvider file\nAuthUserFile passwords\n"
        . "$check\nRequire valid-user",
    filed => 'Require all granted',
);
my $site = Site->new(
    children => 1, server => "AuthSMSPassIdentity X-User-\nTraceEnable On",
    locations => join '',
    "FallbackResource /index.html\nErrorDocument 401 /index.html\n",
    map { "<Location \"/$_\">\n$sections{$_}\n</Location>\n" } sort keys %sections
);
my $httpd = $site->httpd;
$httpd->{conf} .= <<"END";
LoadModule auth_basic_module $Httpd::libexec/mod_auth_basic.so
LoadModule authn_file_module $Httpd::libexec/mod_authn_file.so
<LocationMatch "^/matched">
    SetHandler authsms-check
</LocationMatch>
<Directory "${\$httpd->dir}/htdocs">
    AllowOverride FileInfo AuthConfig
</Directory>
<Files "file.check">
    SetHandler authsms-check
</Files>
<If "%{REQUEST_URI} =~ m#^/if/#">
    SetHandler authsms-check
</If>
<Directory "${\$httpd->dir}/htdocs/folder">
    AuthType JWT
    Require valid-user
    SetHandler authsms-check
</Directory>
END
# Modules before their directives.
$httpd->{conf} = join '',
    sort { ($b =~ /^LoadModule/) <=> ($a =~ /^LoadModule/) } $httpd->{conf} =~ /^(.*\n)/mg;
$httpd->write('passwords', "bob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=\n");    # password
$httpd->write('htdocs/filed/.htaccess', "SetHandler authsms-check\n");
$httpd->write('htdocs/broken/.htaccess', "SetHandler authsms-check\nNone\n");
$httpd->write('htdocs/broken/x', "x\n");
$httpd->write('htdocs/folder/x', "x\n");
$site->start;

my $alice = $site->signup(username => "Ren\x{e9}e 100%");
my @own = (Authorization => $alice->{token});
my $raw = $alice->{token} =~ s/^JWT //r;
my $c = $site->client;

sub identity {
    my ($r) = @_;
    return {
        map { /^x-user-(\w+)/ ? ($1 => join '|', @{ $r->{headers}{$_} }) : () }
            keys %{ $r->{headers} }
    };
}
my $known = {
    id => $alice->{id}, username => 'Ren%C3%A9e 100%25', sid => Token::claims($raw)->{sid},
    verified => 'true', mobile => Site::e164($alice)
};

subtest 'a valid token' => sub {
    for my $path ('/check', '/check/', '/check/any/path?query=1', '/short', '/folder/x') {
        my $r = $c->get($path, @own, 'X-User-Id' => 'forged', 'X-User-Roles' => 'forged');
        is $r->{status}, 204, "$path: 204";
        is_deeply identity($r), $known, 'the identity; no roles, no header of the client';
        is $r->{body}, '', 'no body';
        is_deeply $r->{headers}{'cache-control'}, ['no-store'], 'Cache-Control: no-store';
    }
    like $c->get('/check', @own)->{headers}{vary}[0], qr/Authorization.*Cookie/, 'Vary';
    is_deeply identity($c->get('/nothing', @own)), {}, 'AuthSMSPassIdentity Off: no identity';
    is_deeply identity($c->get('/offline', @own)),
        { id => $alice->{id}, username => $alice->{id}, sid => $known->{sid} },
        'AuthSMSUserCheck off: what the token has';
};

subtest 'refusals of the guard' => sub {
    for my $path ('/check', '/short', '/folder/x', '/offline') {
        for ([], [Authorization => 'JWT x'], ['X-User-Id' => $alice->{id}]) {
            my $r = $c->get($path, @$_);
            is $r->{status}, 401, "$path, @$_: 401";
            like $r->{headers}{'www-authenticate'}[0], qr/^JWT realm=/, 'a challenge';
            is_deeply identity($r), {}, 'no identity';
        }
    }
    is $c->get('/editor', @own)->{status}, 403, 'Require authsms-role: 403';
    is_deeply identity($c->get('/editor', @own)), {}, '403: no identity';
    $site->sql("INSERT INTO authsms_roles (user_id, role) VALUES ('$alice->{id}', '$_')")
        for qw(editor staff);
    $site->httpd->graceful;
    is identity($c->get('/editor', @own))->{roles}, 'editor,staff', 'roles, when there are any';
};

subtest 'methods' => sub {
    for my $method (qw(GET HEAD POST PUT PATCH DELETE OPTIONS PROPFIND BREW)) {
        is $c->request($method, '/check', [@own])->{status}, 204, "$method with a token: 204";
        is $c->request($method, '/check', [])->{status}, 401, "$method without: 401";
    }
    # httpd would answer TRACE with 200 before any access check.
    for my $path (qw(/check /check/x /folder/x /folder/none /filed/ /file.check /if/x /matched)) {
        is $c->request('TRACE', $path, $_)->{status}, 405, "TRACE $path @{$_}[0 .. 0]: 405"
            for [@own], ['X-None' => 1];
    }
    is $c->request('TRACE', '/broken/x', [])->{status}, 500,
        'TRACE where the configuration cannot be read: 500';
    is $c->request('TRACE', '/', [])->{status}, 200, 'TRACE elsewhere: as the server is configured';
    my @preflight = (Origin => 'https://app.example', 'Access-Control-Request-Method' => 'PUT');
    my $r = $c->request('OPTIONS', '/shared', [@preflight]);
    is $r->{status}, 204, 'preflight of an allowed origin: answered as by the guard';
    is $r->{headers}{'access-control-allow-origin'}[0], 'https://app.example', 'its CORS headers';
    is $c->request('OPTIONS', '/check', [@preflight])->{status}, 401, 'preflight of another: 401';
};

subtest 'bodies' => sub {
    my $quick = Client->new($httpd->port, timeout => 5);
    for (['/check', 204, @own], ['/check', 401], ['/granted', 500], ['/editor', 401]) {
        my ($path, $status, @h) = @$_;
        for ('Content-Length: 70000', 'Transfer-Encoding: chunked') {
            my $text = "GET $path HTTP/1.1\r\nHost: x\r\n$_\r\n" . join '',
                map { "$h[2 * $_]: $h[2 * $_ + 1]\r\n" } 0 .. @h / 2 - 1;
            my $r = $quick->parse($quick->raw("$text\r\n"));
            is $r->{status}, $status, "$path, $_ without a body: $status at once";
            like $r->{headers}{connection}[0], qr/\bclose\b/, 'the connection ends';
        }
    }
    is $c->request('POST', '/check', [@own], 'x' x 200_000)->{status}, 204, 'a body is ignored';
    is $c->request('POST', '/check', [@own, Expect => '100-continue'], 'x')->{status}, 204,
        'Expect: 100-continue';
    my $r = $c->parse($c->raw(
              "GET /check HTTP/1.1\r\nHost: x\r\nAuthorization: $alice->{token}\r\n\r\n"
            . "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    ));
    like $r->{body}, qr/HTTP\/1.1 200/, 'without a body the connection stays open';
};

subtest 'HTTP/2' => sub {
    plan skip_all => 'no curl with HTTP/2' unless `curl --version 2>/dev/null` =~ /HTTP2/;
    # Without a body: curl 7.88 may fail when a response comes before the end of the upload.
    my $curl = "curl -s -o /dev/null -w '%{http_version} %{http_code}' --noproxy '*' "
        . "--http2-prior-knowledge @{[$httpd->url]}/check";
    is `$curl -H 'Authorization: $alice->{token}'`, '2 204', 'with a token';
    is `$curl`, '2 401', 'without';
};

subtest 'headers of the original request' => sub {
    for (
        ['If-None-Match' => '*'], ['If-Modified-Since' => 'Fri, 01 Jan 2038 00:00:00 GMT'],
        ['If-Match' => '"x"'], [Range => 'bytes=0-1'], ['Accept-Encoding' => 'gzip'],
        ['X-Forwarded-Method' => 'DELETE', 'X-Forwarded-Uri' => '/a'], [Upgrade => 'websocket'],
    ) {
        is $c->get('/check', @own, @$_)->{status}, 204, "@$_: 204";
    }
};

# A browser sends cookies with requests that another site triggers. The subrequest has the method
# GET, whatever that of the original request is.
subtest 'tokens in cookies' => sub {
    my $own = 'http://127.0.0.1:' . $httpd->port;
    my @cookie = (Cookie => "t=$raw");
    for (
        [204], [204, Origin => $own], [403, Origin => 'https://evil.example'],
        [403, Origin => 'null'],
        [204, 'Sec-Fetch-Site' => 'cross-site'],
        [204, 'X-Forwarded-Method' => 'GET', 'Sec-Fetch-Site' => 'cross-site'],
        [204, 'X-Original-Method' => 'HEAD', 'Sec-Fetch-Site' => 'cross-site'],
        (
            map { (
                [204, $_ => 'POST'], [204, $_ => 'POST', Origin => $own],
                [403, $_ => 'POST', Origin => 'https://evil.example'],
                [403, $_ => 'POST', 'Sec-Fetch-Site' => 'cross-site'],
                [403, $_ => 'POST, GET', 'Sec-Fetch-Site' => 'cross-site'],
                [403, $_ => 'get', 'Sec-Fetch-Site' => 'cross-site'],
                [204, $_ => 'DELETE', 'Sec-Fetch-Site' => 'same-origin']
            ) } qw(X-Forwarded-Method X-Original-Method)
        ),
        [403, Upgrade => 'websocket', 'Sec-Fetch-Site' => 'cross-site'],
    ) {
        my ($status, @h) = @$_;
        is $c->get('/check', @cookie, @h)->{status}, $status, "@h: $status";
    }
    my $r = $c->get('/check', @cookie, Origin => 'https://evil.example');
    is_deeply identity($r), {}, '403: no identity';
    is $c->get('/check', @own, Origin => 'https://evil.example')->{status}, 204,
        'a token in Authorization: the origin does not matter';
};

# Caddy and Traefik pass the redirect on to the browser.
subtest 'login page' => sub {
    my @browser = (Accept => 'text/html');
    for (
        ['/login.html?return=%2Fa%3Fb%3Dc%2520d', 'X-Forwarded-Uri' => '/a?b=c%20d'],
        ['/login.html?return=%2F', 'X-Forwarded-Uri' => '/', 'X-Forwarded-Method' => 'GET'],
        ['/login.html'], (map { ['/login.html', 'X-Forwarded-Uri' => $_] } '//evil.example/', 'a'),
        ['-', 'X-Forwarded-Uri' => '/a', 'X-Forwarded-Method' => 'POST'],
    ) {
        my ($location, @h) = @$_;
        my $r = $c->get('/page', @browser, @h);
        is $r->{headers}{location}[0] // '-', $location, "@h: $location";
        is $r->{status}, $location eq '-' ? 401 : 302, 'status';
    }
    is $c->get('/page', @browser, @own)->{status}, 204, 'with a token: 204';
};

subtest 'granted without a token: 500, and one log line' => sub {
    my @basic = (Authorization => 'Basic Ym9iOnBhc3N3b3Jk');
    for (
        ['/granted'], ['/granted', @own], ['/address'], ['/address', @own], ['/basic', @basic],
        ['/satisfied'], ['/filed/'], ['/filed/', @own], ['/matched'], ['/matched', @own],
    ) {
        my ($path, @h) = @$_;
        my $before = () = $httpd->error_log =~ /authsms-check: httpd granted/g;
        my $r = $c->get($path, @h);
        is $r->{status}, 500, "$path @{[$h[0] // '']}: 500";
        is_deeply identity($r), {}, 'no identity';
        my $after = () = $httpd->error_log =~ /authsms-check: httpd granted/g;
        is $after, $before + 1, 'one log line';
    }
};

$httpd->expect_log(
    qr/authsms-check: httpd granted|refused: cross_origin|AH01630|AH01631/,
    qr/Invalid command 'None'/
);
$site->stop;

subtest 'the database is unreachable' => sub {
    plan skip_all => 'no PostgreSQL here' unless Postgres::available();
    my $pg = Postgres->new;
    my $queries = Site->new(
        driver => 'pgsql', pg => $pg, children => 1,
        locations => "<Location /check>\n$sections{check}\nAuthSMSUserCheck always\n</Location>\n"
    )->start;
    my @token = (Authorization => $queries->signup->{token});
    is $queries->client->get('/check', @token)->{status}, 204, 'before: 204';
    $pg->shut_down;
    my $r = $queries->client->get('/check', @token);
    is $r->{status}, 503, 'unreachable: 503';
    like $r->{headers}{'retry-after'}[0], qr/^\d+$/, 'with Retry-After';
    $queries->httpd->expect_log(qr/database|connection/);
    $queries->stop;
    $pg->stop;
};
done_testing;
