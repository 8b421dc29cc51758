# SPDX-License-Identifier: Apache-2.0
# The identity reaches CGI, SSI, FastCGI, HTTP and WebSocket back ends, through rewrites,
# FallbackResource and error documents; nothing that a client forged does.
use strict;
use warnings;
use lib 't/lib';
use EchoBackend;
use Httpd;
use Site;
use Test::More;
use Token;

my $libexec = $Httpd::libexec;
plan skip_all => 'no mod_proxy_fcgi or mod_proxy_wstunnel'
    unless -e "$libexec/mod_proxy_fcgi.so" && -e "$libexec/mod_proxy_wstunnel.so";

my $http = Httpd->new;
my $print =
      "#!/bin/sh\n[ \$REQUEST_METHOD = GET ] || cat >/dev/null\n"
    . "printf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n";
$http->write('cgi/env.cgi', $print, 0755);
$http->{conf} = 'ScriptAlias / "' . $http->dir . "/cgi/\"\n";
$http->start;
my ($fastcgi, $websocket) = map { EchoBackend->start($_) } qw(fastcgi websocket);

my $guard = "AuthType JWT\nRequire valid-user\nAuthSMSPassIdentity X-User-";
my $site = Site->new(children => 1, server => 'MergeTrailers On', locations => <<"END");
LoadModule proxy_fcgi_module $libexec/mod_proxy_fcgi.so
LoadModule proxy_wstunnel_module $libexec/mod_proxy_wstunnel.so
<Location "/http">
    $guard
    ProxyPass @{[$http->url]}/env.cgi
</Location>
<Location "/fastcgi">
    $guard
    ProxyPass fcgi://127.0.0.1:@{[$fastcgi->port]}/app
</Location>
<Location "/websocket">
    $guard
    AuthSMSTokenFrom header cookie:t
    ProxyPass ws://127.0.0.1:@{[$websocket->port]}/
</Location>
<Location "/upgrade">
    $guard
    ProxyPass @{[$http->url =~ s/\d+$//r]}@{[$websocket->port]}/ upgrade=websocket
</Location>
<Location "/openws">
    AuthSMSPassIdentity X-User-
    ProxyPass ws://127.0.0.1:@{[$websocket->port]}/
</Location>
<Location "/cgi">
    AuthSMSPassIdentity X-User-
</Location>
<Directory "\${HTDOCS}/pages">
    $guard
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
    ErrorDocument 404 /pages/missing.shtml
</Directory>
<Directory "\${HTDOCS}/app">
    $guard
    FallbackResource /app/front.shtml
    Options +Includes
    AddType text/html .shtml
    AddOutputFilter INCLUDES .shtml
</Directory>
<Directory "\${HTDOCS}/perdir">
    $guard
    Options +FollowSymLinks
    RewriteEngine On
    RewriteRule "^nice/(.*)\$" "/cgi/env.cgi?\$1" [PT]
    RewriteRule "^proxied\$" "@{[$http->url]}/env.cgi" [P]
</Directory>
RewriteEngine On
RewriteRule "^/short\$" "/cgi/env.cgi" [PT]
RewriteRule "^/away\$" "@{[$http->url]}/env.cgi" [P]
<Location "/away">
    $guard
</Location>
END
$site->httpd->{conf} =~ s{\$\{HTDOCS\}}{$site->httpd->dir . '/htdocs'}ge;
$site->httpd->write('cgi/env.cgi', $print, 0755);
my $echo = join "\n",
    map { qq(<!--#echo encoding="none" var="$_" -->) }
    qw(REMOTE_USER AUTHSMS_ID AUTHSMS_SID AUTHSMS_CLAIM_sub HTTP_X_USER_ID);
$site->httpd->write($_, $echo)
    for 'htdocs/pages/page.shtml', 'htdocs/pages/missing.shtml', 'htdocs/app/front.shtml';
$site->httpd->write('htdocs/pages/including.shtml', '<!--#include virtual="/pages/page.shtml" -->');
$site->httpd->write('htdocs/pages/running.shtml', '<!--#include virtual="/cgi/env.cgi" -->');
$site->httpd->write('htdocs/perdir/x', 'x');
$site->start;

my $alice = $site->signup;
my ($token) = $alice->{token} =~ /^JWT (.*)/;
my ($id, $sid) = @{ Token::claims($token) }{qw(id sid)};
my $c = $site->client;
my @own = (Authorization => $alice->{token});
my @forged = map { ($_ => 'forged') }
    qw(X-User-Id x_user_id X-User-Role X_USER_Username X-User-Sid AUTHSMS-ID AUTHSMS_ID
    AUTHSMS_CLAIM_sub Remote-User REMOTE_USER X.User.Id);

sub field { my ($text, $name) = @_; return $text =~ /^\Q$name\E=(.*)$/m ? $1 : undef }

# What runs here has it in its environment, too; what runs elsewhere in the fields alone.
my %here = (
    '/cgi/env.cgi' => 1, '/short' => 1, '/perdir/nice/a' => 1, '/pages/running.shtml' => 1,
    '/fastcgi' => 1, '/http' => 0, '/away' => 0, '/perdir/proxied' => 0
);
for my $path (sort keys %here) {
    for my $lies (0, 1) {
        my $r = $c->get($path, @own, $lies ? @forged : ());
        is $r->{status}, 200, $path . ($lies ? ', with lies' : '');
        my $text = $r->{body};
        is field($text, 'HTTP_X_USER_ID'), $id, 'the identity arrives';
        is field($text, 'HTTP_X_USER_USERNAME'), $alice->{username}, 'the username arrives';
        is field($text, 'HTTP_X_USER_SID'), $sid, 'the session arrives';
        is field($text, 'HTTP_X_USER_ROLE'), undef, 'no other variable';
        is field($text, $_->[0]), $here{$path} ? $_->[1] : undef, $_->[0]
            for ['REMOTE_USER', $alice->{username}], ['AUTH_TYPE', 'JWT'], ['AUTHSMS_ID', $id],
            ['AUTHSMS_SID', $sid], ['AUTHSMS_CLAIM_sub', $id];
        unlike $text, qr/^(?:HTTP_X_USER\w*|AUTHSMS\w*|REMOTE_USER)=forged/m,
            'no forged value instead';
    }
    is $c->get($path, @forged)->{status}, 401, 'and nobody without a token'
        unless $path =~ /short|cgi/;
}
is $c->get($_)->{status}, 401, "$_ without a token" for '/short', '/cgi/env.cgi';

my $known = join "\n", $alice->{username}, $id, $sid, $id, $id;
for my $path (
    '/pages/page.shtml', '/pages/including.shtml', '/app/front.shtml',
    '/app/anything/else?x=y', '/app/'
) {
    my $r = $c->get($path, @own, @forged);
    is $r->{status}, 200, $path;
    is $r->{body}, $known, 'has the identity';
    is $c->get($path, @forged)->{status}, 401, 'without a token: no identity';
}
my $r = $c->get('/pages/nothing', @own, @forged);
is $r->{status}, 404, 'an error document';
like $r->{body}, qr/\A\Q$alice->{username}\E\n/, 'has the username';

# Behind a body, where MergeTrailers takes them for headers before FastCGI is told.
for my $path ('/fastcgi', '/http', '/cgi/env.cgi') {
    $r = $c->parse($c->raw(
              "POST $path HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
            . "Authorization: $alice->{token}\r\nTransfer-Encoding: chunked\r\n\r\n"
            . "3\r\nabc\r\n0\r\nX-User-Id: forged\r\nX_User_Role: forged\r\n"
            . "Connection: X-User-Sid\r\nX-Mine: kept\r\n\r\n"
    ));
    is field($r->{body}, 'HTTP_X_USER_ID'), $id, "$path: trailers change nothing";
    is field($r->{body}, 'HTTP_X_USER_SID'), $sid, 'nor remove it';
    unlike $r->{body}, qr/forged/, 'nor add to it';
    is field($r->{body}, 'HTTP_X_MINE'), 'kept', 'others are what the server makes of them'
        if $path eq '/fastcgi';
}

subtest 'WebSocket' => sub {
    my @hello = (
        Upgrade => 'websocket', Connection => 'Upgrade',
        'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version' => '13'
    );
    my $open = sub {
        my ($path, @h) = @_;
        my $s = $c->connect;
        my $text = "GET $path HTTP/1.1\r\nHost: 127.0.0.1:" . $site->httpd->port . "\r\n";
        @h = (@hello, @h);
        while (my ($name, $value) = splice @h, 0, 2) { $text .= "$name: $value\r\n" }
        syswrite $s, "$text\r\n";
        return ($s, $c->read_all($s, qr/\r\n\r\n/));
    };
    for my $path ('/websocket', '/upgrade') {
        my ($s, $head) = $open->($path, @own, @forged);
        like $head, qr{\AHTTP/1\.1 101 }, "$path: opened";
        like $head, qr/^Echo-X-User-Id: \Q$id\E\r$/mi, 'the back end has the identity';
        unlike $head, qr/forged/, 'and nothing else' if $path eq '/websocket';
        for my $text ('hello', 'x' x 100) {
            syswrite $s, pack('CC', 0x81, 0x80 | length $text) . "\1\2\3\4" . join '',
                map { chr(ord(substr $text, $_, 1) ^ (1 + $_ % 4)) } 0 .. length($text) - 1;
            is substr($c->read_all($s, qr/\Q$text\E/), 2), $text, 'frames are passed both ways';
        }
        close $s;
        (undef, $head) = $open->($path, @forged);
        like $head, qr{\AHTTP/1\.1 401 }, 'without a token: 401';
    }
    my (undef, $head) = $open->('/openws', @forged);
    unlike $head, qr/^Echo-X.User.\w+: /mi, 'without protection no identity arrives';
    my $origin = 'http://127.0.0.1:' . $site->httpd->port;
    (undef, $head) = $open->('/websocket', Cookie => "t=$token", Origin => $origin);
    like $head, qr{\AHTTP/1\.1 101 }, 'with a cookie from the same origin';
    (undef, $head) = $open->('/websocket', Cookie => "t=$token", Origin => 'https://evil.example');
    like $head, qr{\AHTTP/1\.1 403 }, 'not from another origin';
};

$http->expect_log(qr/./);
$site->httpd->expect_log(qr/refused: cross_origin|AH\d+: .*(?:websocket|fcgi|proxy)/i);
$site->stop;
$_->stop for $http, $fastcgi, $websocket;
done_testing;
