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
    is $r->{status}, 200, "$name: 200";
    is $r->{json}{success}, JSON::PP::false, 'success is false';
    ok !ref $r->{json}{msg} && length $r->{json}{msg}, 'msg is a string';
    is $r->{json}{code}, $code, 'the true code';
    return $r;
}

failure($site->api('/user', {}), 'missing_username', 'nothing sent');
failure($site->api('/user', '{'), 'bad_request', 'broken JSON');
failure(
    $c->request('POST', '/app_api/user', ['Content-Type' => 'text/plain'], 'x'),
    'unsupported_media_type', 'another type'
);
failure(
    $c->request('POST', '/app_api/user', ['Content-Type' => 'application/json'], 'x' x 20000),
    'too_large', 'too much'
);
my $r = $site->register($person);
is $r->{status}, 200, 'a registration: 200, as the original answered';
my $id = $r->{json}{msg}{msg};
$r = failure($site->register($person), 'rate_limited', 'again');
like $r->{headers}{'retry-after'}[0], qr/^\d+$/, 'Retry-After stays';
failure(
    $site->api("/user/$id/verify", { %$person, code => '000000' }), 'invalid_code',
    'a wrong code'
);
failure($site->api('/user/nobody/verify', { code => '000000' }), 'unknown_user', 'nobody');
is $site->verify($person, $id)->{status}, 200, 'verified';
failure(
    $site->api('/authenticate', { username => 'x', password => 'y' }), 'bad_credentials',
    'a bad login'
);
is $c->get('/app_api/users')->{status}, 401, 'GET /users keeps its 401';
is $site->api("/user/$id/resend", {})->{status}, 409,
    'a route that is not the original\'s keeps its status';
is $c->get('/app_api/nowhere')->{status}, 404, 'an unknown path too';
open my $log, '<', $site->httpd->dir . '/logs/access_log' or die;
my $access = do { local $/; <$log> };
like $access, qr{^200 401 bad_credentials POST /app_api/authenticate$}m,
    'the log has the true status and code';
like $access, qr{^200 201 - POST /app_api/user$}m, 'of successes too';

$site->stop;
done_testing;
