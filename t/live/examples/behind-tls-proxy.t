# SPDX-License-Identifier: Apache-2.0
# conf/examples/behind-tls-proxy.conf: limits count the clients of the proxy, and only the proxy may
# name them.
use strict;
use warnings;
use lib 't/lib';
use Client;
use Example;
use Test::More;

my $site = Example->new('behind-tls-proxy.conf');
$site->httpd->{conf} .= "AuthSMSLimit login/ip 2/1h\n";
$site->httpd->write('htdocs/private/index.html', "page\n");
$site->httpd->expect_log(qr/refused: cross_origin/);
$site->start;
my $c = $site->client;
my $ada = $site->signup;

# The status of a failed login that the proxy forwards.
my $n = 0;

sub fail_login {
    my ($client, $for) = @_;
    $n++;
    return $client->json_post(
        '/app_api/authenticate', { username => "nobody$n", password => 'wrong' },
        'X-Forwarded-For' => $for
    )->{status};
}
is fail_login($c, '192.0.2.1'), $_, "login from 192.0.2.1: $_" for 401, 401, 429;
is fail_login($c, '192.0.2.2'), 401, 'login from another address: 401';
is fail_login($c, '192.0.2.2, 192.0.2.1'), 429, 'the address that the proxy saw counts';
my $direct = Client->new($site->httpd->port, from => '127.0.0.2');
is fail_login($direct, "198.51.100.$_->[0]"), $_->[1],
    "a client that is not the proxy: its own address counts: $_->[1]"
    for [1, 401], [2, 401], [3, 429];

my @cookie = (Cookie => '__Host-authsms=' . $ada->{token} =~ s/^JWT //r, Host => 'example.org');
is $c->request('POST', '/private/', [@cookie, Origin => $_->[0]], '')->{status}, $_->[1],
    "POST with a cookie, Origin $_->[0]: $_->[1]"
    for ['https://example.org', 200], ['http://example.org', 403], ['https://evil.example', 403];
$site->stop;
done_testing;
