# SPDX-License-Identifier: Apache-2.0
# CORS of the API.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $named =
    Site->new(api => 'AuthSMSAllowOrigin https://app.example.org http://localhost:8100')->start;
my $any =
    Site->new(
          server => "AuthSMSAllowOrigin *\n<VirtualHost *>\nServerName any.test\n</VirtualHost>\n"
        . "<VirtualHost *>\nServerName one.test\nAuthSMSAllowOrigin https://one.test\n"
        . "</VirtualHost>")->start;
my $none = Site->new(server => 'AuthSMSAllowOrigin *', api => 'AuthSMSAllowOrigin none')->start;
my @preflight = (
    'Access-Control-Request-Method' => 'POST',
    'Access-Control-Request-Headers' => 'content-type, x-thing'
);

sub header { my ($r, $name) = @_; return join '|', @{ $r->{headers}{ lc $name } // [] } }

my $ok = 'https://app.example.org';
my $r = $named->client->request('OPTIONS', '/app_api/user', [Origin => $ok, @preflight]);
is $r->{status}, 204, 'preflight: 204';
is header($r, 'Access-Control-Allow-Origin'), $ok, 'preflight: Access-Control-Allow-Origin';
is header($r, 'Access-Control-Allow-Methods'), 'GET, POST, PUT, PATCH, DELETE, OPTIONS',
    'preflight: Access-Control-Allow-Methods';
is header($r, 'Access-Control-Allow-Headers'), 'content-type, x-thing',
    'preflight: the requested headers are allowed';
is header($r, 'Access-Control-Max-Age'), '600', 'preflight: valid for 600 s';
is header($r, 'Access-Control-Allow-Credentials'), 'true', 'named origin: credentials allowed';
like header($r, 'Vary'), qr/\bOrigin\b/, 'preflight: Vary has Origin';
$r = $named->client->request(
    'OPTIONS', '/app_api/user',
    [Origin => $ok, 'Access-Control-Request-Method' => 'POST']
);
is header($r, 'Access-Control-Allow-Headers'),
    'Origin, X-Requested-With, Content-Type, Accept, Authorization',
    'preflight without requested headers: the list of the original system';

for (
    ['GET', '/app_api/', 200], ['GET', '/app_api/users', 401], ['GET', '/app_api/no', 404],
    ['PUT', '/app_api/user', 405]
) {
    my ($method, $path, $status) = @$_;
    $r = $named->client->request($method, $path, [Origin => $ok]);
    is $r->{status}, $status, "$method $path: $status";
    is header($r, 'Access-Control-Allow-Origin'), $ok, "$method $path: Access-Control-Allow-Origin";
    is header($r, 'Access-Control-Expose-Headers'), 'WWW-Authenticate, Retry-After',
        "$method $path: Access-Control-Expose-Headers";
    is header($r, 'Access-Control-Max-Age'), '', "$method $path: no Access-Control-Max-Age";
}
for my $other (
    'https://app.example.org.evil.test', 'https://evil.test', 'null',
    'http://app.example.org', 'https://app.example.org:444', ''
) {
    $r = $named->client->request('OPTIONS', '/app_api/user', [Origin => $other, @preflight]);
    is header($r, 'Access-Control-Allow-Origin') . header($r, 'Access-Control-Allow-Methods'), '',
        "preflight from '$other': not allowed";
    like header($r, 'Vary'), qr/\bOrigin\b/, "preflight from '$other': Vary has Origin";
}
$r = $any->client->get('/app_api/', Origin => 'https://any.test');
is header($r, 'Access-Control-Allow-Origin'), '*', 'AuthSMSAllowOrigin *: any origin';
is header($r, 'Access-Control-Allow-Credentials'), '', 'AuthSMSAllowOrigin *: no credentials';
is header($r, 'Vary'), '', 'AuthSMSAllowOrigin *: no Vary';
$r = $none->client->get('/app_api/', Origin => 'https://any.test');
is header($r, 'Access-Control-Allow-Origin'), '', 'none in an inner section: not allowed';

is header(
    $any->client->get('/app_api/', Origin => "https://$_", Host => 'one.test'),
    'Access-Control-Allow-Origin'
    ),
    $_ eq 'one.test' ? 'https://one.test' : '', "$_ in a virtual host" for 'one.test', 'any.test';

$_->stop for $named, $any, $none;
done_testing;
