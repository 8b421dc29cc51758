# SPDX-License-Identifier: Apache-2.0
# AuthSMSStatus always200: clients of the original system read only `success` and fail on any status
# except 2xx.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Test::More;

my $site = Site->new(
    api => 'AuthSMSStatus always200',
    server => "AuthSMSLimit login/user 2/1h\nAuthSMSCode resend=1h"
)->start;
my $c = $site->client;
my $person = Site::person();

sub failure {
    my ($r, $code, $name) = @_;
    is $r->{status}, 200, "$name: status 200";
    is $r->{json}{success}, JSON::PP::false, "$name: success is false";
    ok !ref $r->{json}{msg} && length $r->{json}{msg}, "$name: msg is a string";
    is $r->{json}{code}, $code, "$name: code is $code";
    return $r;
}

failure($site->api('/user', {}), 'missing_username', 'empty object');
failure($site->api('/user', '{'), 'bad_request', 'broken JSON');
failure(
    $c->request('POST', '/app_api/user', ['Content-Type' => 'text/plain'], 'x'),
    'unsupported_media_type', 'text/plain'
);
failure(
    $c->request('POST', '/app_api/user', ['Content-Type' => 'application/json'], 'x' x 20000),
    'too_large', 'body too large'
);
my $r = $site->register($person);
is $r->{status}, 200, 'registration: 200, as in the original system';
my $id = $r->{json}{msg}{msg};
$r = failure($site->register($person), 'rate_limited', 'second registration');
like $r->{headers}{'retry-after'}[0], qr/^\d+$/, 'rate limited: has Retry-After';
failure(
    $site->api("/user/$id/verify", { %$person, code => '000000' }), 'invalid_code',
    'wrong code'
);
failure($site->api('/user/nobody/verify', { code => '000000' }), 'unknown_user', 'unknown user');
is $site->verify($person, $id)->{status}, 200, 'right code: 200';
failure(
    $site->api('/authenticate', { username => 'x', password => 'y' }), 'bad_credentials',
    'failed login'
);
is $c->get('/app_api/users')->{status}, 401, 'GET /users without a token: 401';
is $site->api("/user/$id/resend", {})->{status}, 409,
    'a route that the original system lacks: 409';
is $c->get('/app_api/nowhere')->{status}, 404, 'unknown path: 404';
open my $log, '<', $site->httpd->dir . '/logs/access_log' or die;
my $access = do { local $/; <$log> };
like $access, qr{^200 401 bad_credentials POST /app_api/authenticate$}m,
    'failure: the access log has the real status and code';
like $access, qr{^200 201 - POST /app_api/user$}m, 'success: the access log has the real status';

$site->stop;
done_testing;
