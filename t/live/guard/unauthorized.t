# SPDX-License-Identifier: Apache-2.0
# AuthSMSUnauthorized: browsers are redirected to the login page and nowhere else.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $site = Site->new(
    children => 1, server => 'AuthSMSCookie t',
    locations => "<Location />\nAuthSMSUnauthorized /login.html\n</Location>\n<Location /web>\n"
        . "AuthType JWT\nRequire valid-user\nAuthSMSTokenFrom header cookie:t\n"
        . "AuthSMSUnauthorized /login.html\n</Location>\n"
        . "<Location /one>\nAuthSMSProtect On\nAuthSMSUnauthorized /login.html?from=one\n"
        . "</Location>\n"
        . "<Location /web/api>\nAuthSMSUnauthorized 401\n</Location>\n"
        . "<Location /shut>\nAuthSMSProtect On\nAuthSMSUnauthorized /shut/login\n</Location>\n"
        . "<Location /door>\nAuthSMSProtect On\nAuthSMSUnauthorized /door/\n</Location>\n"
        . "<Location /behind>\nAuthSMSProtect On\nAuthSMSUnauthorized /front%20door?a=b\n"
        . "</Location>\n"
        . "RewriteEngine On\nRewriteRule ^/front.door\$ /behind/login [PT]\n"
);
$site->httpd->write("htdocs/$_", "page\n")
    for 'web/index.html', 'web/api/index.html', 'one/index.html', 'login.html', 'shut/login',
    'door/index.html', 'behind/login', 'web/ssi.shtml';
$site->start;
my $c = $site->client;
my $browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8';

sub sent {
    my ($path, @h) = @_;
    my $r = $c->get($path, @h);
    return $r->{status} . ' ' . ($r->{headers}{location}[0] // '-');
}

is sent('/web/', Accept => $browser), '302 /login.html?return=%2Fweb%2F',
    'browser: redirected to the login page';
is sent('/web/x%20y?a=b&c=%2F..%0d%0a', Accept => $browser),
    '302 /login.html?return=%2Fweb%2Fx%2520y%3Fa%3Db%26c%3D%252F..%250d%250a',
    'return= has the requested URL, percent-encoded';
is sent('/one/', Accept => $browser), '302 /login.html?from=one&return=%2Fone%2F',
    'return= is appended to the query of the login page';
my $r = $c->get('/web/', Accept => $browser, Cookie => 't=rubbish');
is $r->{status}, 302, 'invalid token: redirected';
is $r->{headers}{'cache-control'}[0], 'no-store', 'invalid token: Cache-Control is no-store';
like $r->{headers}{'set-cookie'}[0], qr/^t=;.*Max-Age=0/, 'invalid token: the cookie is deleted';
is $r->{headers}{'www-authenticate'}, undef, 'a redirect has no challenge';
is $c->request('HEAD', '/web/', [Accept => $browser])->{status}, 302,
    'HEAD: 302';

is sent('/web/'), '401 -', 'without Accept: 401';
my %accept = (
    '*/*' => 401, 'application/json, text/plain, */*' => 401, 'application/json' => 401,
    'text/html' => 302, 'TEXT/HTML' => 302, 'text/html;level=1' => 302, 'text/html;q=0' => 401,
    'text/html;q=0.0' => 401,
    'text/html;q=0.1, application/json' => 401, 'application/json;q=0.9, text/html' => 302,
    'application/json, text/html' => 401, 'text/html, application/json' => 302,
    'text/htmlx' => 401, 'application/xhtml+xml' => 302,
    'text/*' => 401, 'text/html;q=0.001' => 302,
    'application/json;q=0.5,text/html;q=0.5001' => 401, 'text/html ; q=0.8 , */*;q=0.1' => 302,
    ',,,' => 401, 'text/html;q=' => 401, 'text/html;q=,9/9;q=0' => 401, 'text/html;q=x9' => 401,
    'text/html;q=.9,*/*;q=.8' => 302, ';q=1' => 401, 'text/html;q=1.000, text/plain;q=0.999' => 302,
);
is sent('/web/', Accept => $_) =~ /^(\d+)/ && $1, $accept{$_},
    "Accept: $_: $accept{$_}" for sort keys %accept;
is $c->request($_, '/web/', [Accept => $browser])->{status}, 401, "$_: 401"
    for qw(POST PUT DELETE OPTIONS);
is sent('/web/api/', Accept => $browser), '401 -', 'inner Location with 401: 401';
is sent('/private/', Accept => $browser), '302 /login.html?return=%2Fprivate%2F',
    'setting inherited from an outer Location: redirected';
is sent('/shut/login', Accept => $browser), '401 -', 'the login page itself: 401';
is sent('/shut/login?x', Accept => $browser), '401 -', 'the login page with a query: 401';
is sent('/shut/other', Accept => $browser), '302 /shut/login?return=%2Fshut%2Fother',
    'another page in the folder of the login page: redirected';
is sent($_, Accept => $browser), '401 -',
    "login page is a folder: $_: 401" for qw(/door /door/ /door/?x);
is sent($_, Accept => $browser), '401 -', "login page is rewritten: $_: 401"
    for qw(/front%20door /front%20door?x /fron%74%20door);
is sent('/behind/other', Accept => $browser), '302 /front%20door?a=b&return=%2Fbehind%2Fother',
    'another page below the rewritten login page: redirected';
my $long = '/web/?' . '/' x 2720;
is sent($long, Accept => $browser), '302 /login.html',
    'requested URL too long for a header: redirected without return=';
for (2700 .. 2740) {
    my $location = $c->get('/web/?' . '/' x $_, Accept => $browser)->{headers}{location}[0];
    like $location, qr{\A/login\.html(?:\?return=|\z)}, "query of $_ bytes: redirected";
    is $c->get($location // '/no-location')->{status}, 200,
        "query of $_ bytes: httpd accepts the length of the redirect's URL";
}

# No request leads to a redirect to another site.
my $raw = sub {
    my ($line, $host) = @_;
    my $answer = $c->parse($c->raw(
              "$line\r\nHost: "
            . ($host // 'site.example')
            . "\r\nConnection: close\r\nAccept: $browser\r\n\r\n"
    ));
    return ($answer->{status} // 0, $answer->{headers}{location}[0] // '');
};
my @hostile = (
    '//evil.example/web/', '//evil.example/%2e%2e/web/', '/\\evil.example/../web/',
    '/%5Cevil.example/../web/', '/%2Fevil.example/../web/', 'http://evil.example/web/',
    'https://evil.example/web/', '/web//evil.example',
    '/web/\\\\evil.example', '/web/%0d%0aLocation:%20https://evil.example',
    '/web/?return=https://evil.example', '/web/;//evil.example', '///web/', '/web/%00',
    '/web/@evil.example', '/web/#//evil.example', "/web/\x{e9}", 'web/', '*'
);
for my $target (@hostile) {
    for my $host ('site.example', 'evil.example', 'evil.example:80', 'x/evil', '[::1]') {
        my ($status, $location) = $raw->("GET $target HTTP/1.1", $host);
        like $location, qr{\A(?:/login\.html(?:\?return=%2F(?!%2F|%5C)[\w.~%-]*)?)?\z},
            "$target at $host: redirected within the site"
            if $status == 302;
        like $status, qr/^40[0-4]$/, "$target at $host: 400 to 404" if $status != 302;
    }
}
$site->stop;
done_testing;
