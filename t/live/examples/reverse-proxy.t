# SPDX-License-Identifier: Apache-2.0
# conf/examples/reverse-proxy.conf: an application with WebSockets gets the user in request headers.
use strict;
use warnings;
use lib 't/lib';
use EchoBackend;
use Example;
use Test::More;

my $application = EchoBackend->start('http');
my $site = Example->new('reverse-proxy.conf', application => $application->port);
$site->httpd->expect_log(qr/refused: cross_origin/);
$site->start;
my $c = $site->client;
my $ada = $site->signup;
my @own = (Authorization => $ada->{token});
my @forged = ('X-User-Id' => 'forged', 'X-User-Roles' => 'forged', X_User_Id => 'forged');

my $r = $c->get('/app/page?a=b', @own, @forged);
is $r->{status}, 200, 'with a token: 200';
like $r->{body}, qr{^GET /page\?a=b HTTP/1}, 'the application gets the request';
like $r->{body}, qr/^X-User-Id: $ada->{id}\r$/m, 'and the id';
like $r->{body}, qr/^X-User-Username: $ada->{username}\r$/m, 'and the username';
unlike $r->{body}, qr/forged|^Authorization/mi, 'nothing forged, and no token';
is $c->get('/app/page', @forged)->{status}, 401, 'without a token: 401';

my @open = (
    Upgrade => 'websocket', Connection => 'Upgrade',
    'Sec-WebSocket-Key' => 'dGhlIHNhbXBsZSBub25jZQ==', 'Sec-WebSocket-Version' => 13
);
my @cookie = (Cookie => '__Host-authsms=' . $ada->{token} =~ s/^JWT //r);

sub open_socket {
    my (@headers) = @_;
    my $s = $c->connect;
    my $text = "GET /app/socket HTTP/1.1\r\nHost: example.org\r\n";
    @headers = (@open, @headers);
    while (my ($name, $value) = splice @headers, 0, 2) { $text .= "$name: $value\r\n" }
    syswrite $s, "$text\r\n";
    return ($s, $c->read_all($s, qr/\r\n\r\n/));
}

my ($s, $head) = open_socket(@cookie, @forged, Origin => 'https://example.org');
like $head, qr{\AHTTP/1\.1 101 }, 'a WebSocket with the cookie';
like $head, qr/^Echo-X-User-Id: $ada->{id}\r$/mi, 'the application gets the id';
unlike $head, qr/forged/, 'and nothing forged';
syswrite $s, pack('CC', 0x81, 0x85) . "\0\0\0\0hello";
is substr($c->read_all($s, qr/hello/), 2), 'hello', 'frames are passed both ways';
close $s;
(undef, $head) = open_socket(@cookie, Origin => 'https://evil.example');
like $head, qr{\AHTTP/1\.1 403 }, 'a WebSocket that another site opens: 403';
(undef, $head) = open_socket();
like $head, qr{\AHTTP/1\.1 401 }, 'without a token: 401';

$site->stop;
$application->stop;
done_testing;
