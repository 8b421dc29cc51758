# SPDX-License-Identifier: Apache-2.0
# AuthSMSPassIdentity: a back end gets identity headers from the guard alone, whatever spelling of
# these names a client sends.
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Httpd;
use Site;
use Test::More;

my $backend = Httpd->new;
my $print =
      "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\n"
    . "env | grep '^HTTP_X_USER\\|^HTTP_WHO' | sort\n";
$backend->write('cgi/env.cgi', $print, 0755);
$backend->{conf} = "ScriptAlias / \"@{[$backend->dir]}/cgi/\"\n";
$backend->start;

my $proxy = "ProxyPass @{[$backend->url]}/env.cgi";
my $site = Site->new(
    sender => '', children => 1, server => "AuthSMSValidation Off\nAuthSMSPassIdentity X-User-",
    locations => <<"END");
<Location "/cgi">
    AuthSMSPassIdentity X-User-
</Location>
<Location "/proxied">
    AuthType JWT
    Require valid-user
    $proxy
</Location>
<Location "/open">
    $proxy
</Location>
<Location "/byaddress">
    AuthType JWT
    <RequireAny>
        Require ip 127.0.0.1
        Require valid-user
    </RequireAny>
    $proxy
</Location>
<Location "/other">
    AuthSMSProtect On
    AuthSMSPassIdentity Who-
    $proxy
</Location>
<Location "/off">
    AuthSMSProtect On
    AuthSMSPassIdentity Off
    $proxy
</Location>
<Location "/offline">
    AuthSMSProtect On
    AuthSMSUserCheck off
    $proxy
</Location>
<Location "/page">
    AuthSMSPassIdentity Off
    Options +Includes
    SetOutputFilter INCLUDES
</Location>
<Location "/lean">
    AuthSMSProtect On
    AuthSMSUserCheck off
</Location>
ScriptAlias "/lean" "\${DIR}/cgi"
RewriteEngine On
RewriteRule "^/rewritten" "/cgi/env.cgi" [PT]
ProxyPass "/error" "@{[$backend->url]}/env.cgi"
ErrorDocument 400 /error
ErrorDocument 404 /error
ErrorDocument 417 /error
END
$site->httpd->write('cgi/env.cgi', $print, 0755);
$site->httpd->{conf} =~ s{\$\{DIR\}}{$site->httpd->dir}ge;
$site->httpd->write("htdocs/page/$_.html", "<!--#include virtual=\"/$_/env.cgi\" -->")
    for qw(cgi lean);
$site->start;
my $alice = $site->signup(username => "Ren\x{e9}e 100%");
my $c = $site->client;
my @token = (Authorization => $alice->{token});
my @forged = map { ($_ => 'forged') } 'X-User-Id', 'x-user-username', 'X_User_Sid',
    'X-USER_Verified', 'X-User-Mobile', 'X-User-Role', 'X.User.Id', 'X-User_Id', 'X-User-';
my @known = (
    "ID=$alice->{id}", 'MOBILE=' . quotemeta Site::e164($alice), 'SID=.+',
    'USERNAME=Ren%C3%A9e 100%25', 'VERIFIED=true'
);

sub shows {
    my ($path, @headers) = @_;
    return join "\n", sort split /\n/, $c->get($path, @headers)->{body};
}

sub wanted {
    my ($prefix, @words) = @_;
    my $text = join "\n", map { "HTTP_${prefix}_$_" } @words;
    return qr/\A$text\z/;
}

for my $path ('/cgi/env.cgi', '/proxied', '/rewritten') {
    like shows($path, @token), wanted('X_USER', @known), "$path: all identity headers";
    like shows($path, @token, @forged), wanted('X_USER', @known),
        "$path: forged headers are removed";
}
for my $part (qw(cgi lean)) {
    my $page = shows("/page/$part.html", @token, @forged);
    like $page, qr/^HTTP_X_USER_ID=$alice->{id}$/m,
        "$part included in a page without AuthSMSPassIdentity: identity headers";
    unlike $page, qr/forged/, "$part included in a page: forged headers are removed";
}
is shows($_, @forged), '', "$_ without a token: no identity headers" for '/open', '/byaddress';
is shows('/open', @token, @forged), '', 'no token required: a token adds no identity headers';
is $c->get('/proxied', @forged)->{status}, 401, 'forged headers without a token: 401';
like shows('/other', @token, @forged, 'Who-Id' => 'forged', 'who_x' => 'forged'),
    qr/\AHTTP_WHO_ID=$alice->{id}\n(?:HTTP_WHO_\w+=.*\n){4}HTTP_X_USER/,
    'prefix Who-: identity headers have this prefix';
unlike shows('/other', @token, 'Who-Id' => 'forged', 'who_x' => 'forged'), qr/forged/,
    'prefix Who-: forged headers are removed';
unlike shows('/off', @token), qr/HTTP_/, 'Off in an inner section: no identity headers';
like shows('/offline', @token, @forged),
    wanted('X_USER', "ID=$alice->{id}", 'SID=.+', "USERNAME=$alice->{id}"),
    'AuthSMSUserCheck off: only ID, SID and the id as USERNAME';
is $c->parse($c->raw(
          "GET /proxied HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Authorization: $alice->{token}\r\nX-User-Id: a\r\nX-User-Id: b\r\n\r\n"
    ))->{body} =~ /^HTTP_X_USER_ID=(.*)$/m
    && $1, $alice->{id}, 'header sent twice: replaced';

for my $names (
    'X-User-Id', 'close, X-User-Id',
    'x-user-verified,, X-User-Mobile;X-User-Sid , close', "close X-User-Username\tX_User_Id",
    "close\r\nConnection: X-User-Id"
) {
    my $text = $c->parse($c->raw(
              "GET /proxied HTTP/1.1\r\nHost: x\r\nConnection: $names\r\n"
            . "Authorization: $alice->{token}\r\n\r\n"
            . ($names =~ /close/ ? '' : "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    ))->{body};
    is scalar(() = $text =~ /^HTTP_X_USER_\w+=/mg), 5,
        'all identity headers with Connection: ' . $names =~ s/\s+/ /gr;
}

# Error documents of requests that httpd refuses before authentication.
for my $words (
    "GET /%zz HTTP/1.1\r\nHost: x", "GET /a%2fb HTTP/1.1\r\nHost: x",
    "GET / HTTP/1.1\r\nHost: x\r\nExpect: much", 'GET / HTTP/1.1',
    "GET /nothing HTTP/1.1\r\nHost: x"
) {
    for my $name (@token[1, 1], '') {
        my $answer = $c->parse($c->raw(
                  "$words\r\nConnection: close\r\nX-Other: x\r\nX-User-Id: forged\r\n"
                . "X_User_Role: forged\r\n"
                . ($name ? "Authorization: $name\r\n" : '') . "\r\n"
        ));
        is $answer->{body}, '',
            'no identity headers for the error document: ' . $words =~ s/\r\n/ /gr;
    }
}

$backend->expect_log(qr/./);
$site->httpd->expect_log(qr/AH10244|AH00026/);
$site->stop;
$backend->stop;
done_testing;
