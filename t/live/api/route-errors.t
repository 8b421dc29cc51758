# SPDX-License-Identifier: Apache-2.0
# The errors, methods and conventions of each route, one row each.
use strict;
use warnings;
use utf8;
use JSON::PP ();
use lib 't/lib';
use Site;
use Test::More;

binmode Test::More->builder->$_, ":encoding(UTF-8)" for qw(output failure_output);

my $site = Site->new(
    server => "AuthSMSLimit * off\nAuthSMSAllowCountries +44 -+44770090099\n"
        . "AuthSMSCode attempts=3 resend=2s\nAuthSMSAppName Example",
    locations => "FallbackResource /index.html\nErrorDocument 404 /index.html\n"
        . "ErrorDocument 401 /index.html\n",
)->start;
my $c = $site->client;
my %good = (username => 'someone', password => 'correct horse', smsmobile => '07700900001');

subtest 'POST /user' => sub {
    for (
        [{}, 400, 'missing_username', 'Please pass username'],
        [{ username => '' }, 400, 'missing_username'],
        [{ username => undef }, 400, 'missing_username'],
        [{ username => 'a' }, 400, 'missing_mobile', 'Please pass mobile number.'],
        [{ username => 'a', smsmobile => '1' }, 400, 'missing_password', 'Please pass password.'],
        [{ %good, invitation => 'x' }, 403, 'invalid_invitation', 'This invitation is not valid.'],
        [{ %good, username => ' a', invitation => 'x' }, 403, 'invalid_invitation'],
        [{ %good, username => ' a' }, 422, 'invalid_username'],
        [{ %good, username => "a\x{200b}b" }, 422, 'invalid_username'],
        (
            map { [{ %good, username => $_ }, 422, 'invalid_username'] } '0123456789abcdef01234567',
            '0123456789ABCDEF01234567',
            '01a20aac-b643-7e2d-82b9-ddd2514db03f', '01A20AAC-B643-7E2D-82B9-DDD2514DB03F',
            "\x{ff10}123456789abcdef01234567",
            "0123456789abcdef\x{ad}01234567"
        ),
        [{ %good, username => 'a' x 65 }, 422, 'invalid_username'],
        [{ %good, username => "a\nb" }, 422, 'invalid_username'],
        [{ %good, username => ' ', smsmobile => 'x', password => 'x' }, 422, 'invalid_username'],
        [{ %good, smsmobile => 'x', password => 'x' }, 422, 'invalid_mobile'],
        [{ %good, smsmobile => '123' }, 422, 'invalid_mobile'],
        [{ %good, smsmobile => '+44 7700 900123 ext 4' }, 422, 'invalid_mobile'],
        [{ %good, countryCode => 'x' }, 422, 'invalid_mobile'],
        [{ %good, smsmobile => '+33612345678', password => 'x' }, 422, 'country_not_allowed'],
        [{ %good, smsmobile => '07700900991' }, 422, 'country_not_allowed'],
        [{ %good, smsmobile => '06 12 34 56 78', countryCode => 33 }, 422, 'country_not_allowed'],
        [{ %good, password => 'seven77' }, 422, 'weak_password'],
        [{ %good, password => 'x' x 73 }, 422, 'weak_password'],
        [{ %good, password => "\x{1f600}" x 7 }, 422, 'weak_password'],
        [{ %good, username => 'longenough', password => 'LongEnough' }, 422, 'weak_password'],
        [{ %good, password => '07700900001' }, 422, 'weak_password'],
    ) {
        my ($body, $status, $code, $msg) = @$_;
        my $r = $site->api('/user', $body);
        is $r->{status}, $status, "$code: status $status";
        is $r->{json}{code}, $code, "code $code";
        is $r->{json}{msg}, $msg, "$code: msg" if $msg;
    }
    my @same = ('Straße', 'STRASSE', "Stra\x{df}e");
    is $site->api('/user', { %good, username => $same[0] })->{status}, 201,
        'a new username is registered';
    is $site->api('/user', { %good, username => $_, password => 'another one' })->{json}{code},
        'username_taken', 'the same username in another case is taken' for @same[1, 2];
    is $site->api('/user', { %good, username => 'emoji', password => "\x{1f600}" x 8 })->{status},
        201, 'a password of eight emoji has eight characters';
};

subtest 'codes' => sub {
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    my $verify = "/user/$id/verify";
    is $site->api($verify, {})->{json}{code}, 'missing_code', 'verify without a code';
    is $site->api('/user/01a20000-0000-7000-8000-000000000000/verify', { code => '123456' })
        ->{status}, 404, 'verify with an unknown id: status 404';
    is $site->api('/user/nonsense/verify', { code => '123456' })->{json}{msg},
        'User not found for this ID', 'verify with an ill-formed id';
    is $site->api('/user/' . 'a' x 5000 . '/verify', { code => '123456' })->{json}{code},
        'unknown_user', 'verify with an id longer than a path of the file system';
    is $site->api($verify, { code => $_ })->{json}{code}, 'invalid_code', "ill-formed code: $_"
        for '12', '../sms', "\x{0661}2345x", '1' x 13, '12,34,56';
    my $resent = $site->api("/user/$id/resend", {});
    is $resent->{status}, 429, 'resend before the interval has passed: status 429';
    like $resent->{headers}{'retry-after'}[0], qr/^[12]$/, 'resend: Retry-After';
    is $resent->{json}{id}, $id, 'resend: the response has the id';
    my $again = $site->register($person);
    is $again->{status}, 429, 'the same registration before the interval has passed: status 429';
    is $site->register({ %$person, password => 'wrong password' })->{json}{code}, 'username_taken',
        'registration of a pending username with a wrong password';
    my $code = $site->code_of(Site::e164($person));
    my $wrong = sprintf '%06d', ($code + 1) % 1000000;
    is $site->api($verify, { code => $wrong })->{json}{code}, 'invalid_code', 'wrong code'
        for 1 .. 3;
    is $site->api($verify, { code => $code })->{json}{code}, 'too_many_attempts',
        'after three wrong codes the right code is rejected';
    $site->age_codes(2);
    is $site->api("/user/$id/resend", {})->{status}, 202, 'resend: status 202';
    my $newer = $site->httpd->wait_log(sub {
        my @all = $_[0] =~ /SMS to \Q${\Site::e164($person)}\E: .*?code is (\d+)/g;
        return @all > 1 ? $all[-1] : undef;
    });
    is $site->api($verify, { code => $code })->{status}, 422, 'the previous code is rejected'
        if $newer ne $code;
    $site->age_codes(2);
    $again = $site->register({ %$person, smsmobile => '07700 900444' });
    is $again->{status}, 201, 'registration again with another number: status 201';
    is $again->{json}{id}, $id, 'registration again: the same id';
    is $site->api($verify, { code => $newer })->{status}, 422,
        'the code sent to the previous number is rejected';
    is $site->api(
        $verify,
        { code => ' ' . $site->code_of('+447700900444') =~ s/^(...)/$1 /r . ' ' }
        )->{status}, 200,
        'spaces in a code are ignored';
    is $site->api("/user/$id/resend", {})->{json}{code}, 'already_verified',
        'resend for a verified account';
};

subtest 'methods and paths' => sub {
    for (
        ['GET', '/app_api', 200], ['GET', '/app_api/', 200], ['HEAD', '/app_api/', 200],
        ['POST', '/app_api/', 405, 'GET, HEAD, OPTIONS'],
        ['GET', '/app_api/user', 405, 'POST, OPTIONS'],
        ['PUT', '/app_api/user', 405, 'POST, OPTIONS'],
        ['TRACE', '/app_api/user', 405, 'POST, OPTIONS'],
        ['BREW', '/app_api/user', 405, 'POST, OPTIONS'],
        ['HEAD', '/app_api/authenticate', 405, 'POST, OPTIONS'],
        ['POST', '/app_api/users', 405, 'GET, HEAD, PATCH, DELETE, OPTIONS'],
        ['PUT', '/app_api/users', 405, 'GET, HEAD, PATCH, DELETE, OPTIONS'],
        ['OPTIONS', '/app_api/users', 204, 'GET, HEAD, PATCH, DELETE, OPTIONS'],
        (
            map {
                ['GET', "/app_api/$_", 405, 'POST, OPTIONS'],
                    ['OPTIONS', "/app_api/$_/", 204, 'POST, OPTIONS']
            } qw(users/verify users/password users/delete users/export),
            qw(password/forgot password/reset)
        ),
        ['PATCH', '/app_api/users', 401], ['DELETE', '/app_api/users', 401],
        ['POST', '/app_api/users/verify', 401], ['POST', '/app_api/users/password', 401],
        ['POST', '/app_api/users/delete', 401], ['POST', '/app_api/users/export', 401],
        ['POST', '/app_api/password/forgot', 400], ['POST', '/app_api/password/reset', 400],
        ['OPTIONS', '/app_api/authenticate/', 204, 'POST, OPTIONS'],
        ['GET', '/app_api/authenticate/sms', 405, 'POST, OPTIONS'],
        ['PUT', '/app_api/authenticate/verify', 405, 'POST, OPTIONS'],
        ['POST', '/app_api/users/factors', 405, 'GET, HEAD, OPTIONS'],
        ['GET', '/app_api/users/factors/sms', 405, 'POST, DELETE, OPTIONS'],
        ['DELETE', '/app_api/users/factors/sms', 401],
        ['GET', '/app_api/users/confirm', 405, 'POST, OPTIONS'],
        ['GET', '/app_api/users/confirm/sms', 405, 'POST, OPTIONS'],
        ['GET', '/app_api/nothing', 404], ['GET', '/app_api/user/x/y/z', 404],
        ['POST', '/app_api/user//verify', 404], ['GET', '/app_api/users/', 401],
        ['GET', '/app_api/token', 405, 'POST, OPTIONS'],
        ['PUT', '/app_api/revoke', 405, 'POST, OPTIONS'],
        ['OPTIONS', '/app_api/revoke', 204, 'POST, OPTIONS'],
        ['POST', '/app_api/sessions', 405, 'GET, HEAD, OPTIONS'],
        ['GET', '/app_api/sessions/', 401], ['GET', '/app_api/sessions/x', 405, 'DELETE, OPTIONS'],
        ['DELETE', '/app_api/sessions/x', 401],
        ['OPTIONS', '/app_api/nothing', 404], ['GET', '/app_api/user%2fx', 404],
        ['GET', '/app_apix', 200],
    ) {
        my ($method, $path, $status, $allow) = @$_;
        my $r = $c->request($method, $path, []);
        is $r->{status}, $status, "$method $path: status $status";
        is_deeply $r->{headers}{allow}, [$allow], "$method $path: Allow" if $allow;
        is $r->{body}, '', "$method $path: no body" if $method eq 'HEAD' || $status == 204;
        is_deeply $r->{json},
            {
            success => JSON::PP::false, msg => 'This method is not allowed here.',
            code => 'method_not_allowed'
            },
            "$method $path: body"
            if $status == 405 && $method ne 'HEAD';
    }
    like $c->get('/app_api/nothing')->{json}{code}, qr/not_found/,
        'unknown path: JSON, not the ErrorDocument';
    like $c->get('/app_api/')->{json}{msg}, qr/^Hello! /, 'GET /: msg';
    is $c->get('/app_api/', Range => 'bytes=0-3')->{status}, 200, 'Range is ignored: status 200';
    is $c->request('GET', '/app_api/users', [Authorization => 'JWT a.b.c'])->{json}{code},
        'invalid_token', 'GET /users with an invalid token';
    is_deeply $c->get('/app_api/users', Authorization => 'JWT a.b.c')
        ->{headers}{'www-authenticate'},
        ['JWT realm="authsms.test"', 'Bearer realm="authsms.test", error="invalid_token"'],
        'GET /users with an invalid token: challenges';
    is $site->api(
        '/authenticate', { username => 'nobody', password => 'x' },
        Authorization => 'JWT stale'
    )->{status}, 401, 'POST /authenticate ignores Authorization';
    is $site->api('/authenticate', {})->{json}{code}, 'missing_username',
        'POST /authenticate without a username';
    is $site->api('/authenticate', { username => 'x' })->{json}{code}, 'missing_password',
        'POST /authenticate without a password';
    is $c->request('POST', '/app_api/authenticate?username=a&password=b', [])->{json}{code},
        'missing_username', 'fields in the query are ignored';
};

subtest 'routes of an account' => sub {
    my $person = $site->signup;
    my @token = (Authorization => $person->{token});
    my @json = ('Content-Type' => 'application/json');
    for (
        ['PATCH', 'users', '{"smsmobile":', 400, 'bad_request'],
        ['PATCH', 'users', '{}', 400, 'missing_mobile'],
        ['PATCH', 'users', '{"smsmobile":true}', 400, 'bad_request'],
        ['PATCH', 'users', '{"smsmobile":"1","password":"x"}', 403, 'wrong_password'],
        ['PATCH', 'users', '{"smsmobile":"1"}', 422, 'invalid_mobile'],
        ['PATCH', 'users', '{"smsmobile":"+33612345678"}', 422, 'country_not_allowed'],
        ['PATCH', 'users', qq({"smsmobile":"$person->{smsmobile}"}), 409, 'already_verified'],
        ['POST', 'users/verify', '{}', 400, 'missing_code'],
        ['POST', 'users/verify', '{"code":"x"}', 422, 'invalid_code'],
        ['POST', 'users/verify', '{"code":123456}', 404, 'nothing_pending'],
        ['POST', 'users/password', '{"password":"x"}', 400, 'missing_password'],
        ['POST', 'users/password', '{"newPassword":"xxxxxxxx"}', 400, 'missing_password'],
        ['POST', 'users/password', '{"password":"x","newPassword":"y"}', 403, 'wrong_password'],
        [
            'POST', 'users/password', qq({"password":"$person->{password}","newPassword":"y"}), 422,
            'weak_password'
        ],
        ['DELETE', 'users', '{"password":"x"}', 403, 'wrong_password'],
        ['DELETE', 'users', '{"password":1}', 400, 'bad_request'],
        ['POST', 'users/delete', '{"password":"x"}', 403, 'wrong_password'],
        ['POST', 'users/export', '{"password":"x"}', 403, 'wrong_password'],
        ['POST', 'password/forgot', '{}', 400, 'missing_username'],
        ['POST', 'password/forgot', '{"username":1}', 400, 'bad_request'],
        ['POST', 'password/reset', '{}', 400, 'missing_username'],
        ['POST', 'password/reset', '{"username":"a"}', 400, 'missing_code'],
        ['POST', 'password/reset', '{"username":"a","code":"1"}', 400, 'missing_password'],
        [
            'POST', 'password/reset', '{"username":"a","code":"1","password":"x"}', 422,
            'weak_password'
        ],
        [
            'POST', 'password/reset', '{"username":"a","code":"1","password":"xxxxxxxx"}', 422,
            'invalid_code'
        ],
    ) {
        my ($method, $path, $body, $status, $code) = @$_;
        my $r = $c->request($method, "/app_api/$path", [@json, @token], $body);
        is "$r->{status} $r->{json}{code}", "$status $code", "$method /$path $body";
    }
    is $c->request($_, '/app_api/users', ['Content-Type' => 'text/plain', @token], 'x')->{status},
        415, "$_ of another media type: 415" for 'PATCH', 'DELETE';
    is $c->request($_, '/app_api/users', [@json, @token], 'x' x 16385)->{status}, 413,
        "$_ of a large body: 413" for 'PATCH', 'DELETE';
};

subtest 'GET /.well-known/oauth-authorization-server' => sub {
    my $path = '/app_api/.well-known/oauth-authorization-server';
    my $r = $c->get($path);
    is "$r->{status} $r->{json}{code}", '404 not_found', 'without AuthSMSIssuer: 404';
    is $c->request($_, $path, [], '{}')->{headers}{allow}[0], 'GET, HEAD, OPTIONS', "$_: 405"
        for qw(POST DELETE);
};

$site->stop;
done_testing;
