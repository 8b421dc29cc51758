# SPDX-License-Identifier: Apache-2.0
# Conventions of all responses: JSON even where the body cannot be read, no echo of the request, one
# access log line.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Socket qw(SHUT_WR);
use Test::More;

my $site = Site->new(
    log_level => 'info',
    server => "AuthSMSLimit * off\nAuthSMSTokenTTL 1s\nAuthSMSLeeway 60s\nLimitRequestBody 9000",
    locations => "ErrorDocument 400 /index.html\nErrorDocument 413 /index.html\n"
        . "Header always set X-Content-Type-Options nosniff\n",
)->start;
my $c = $site->client;
my $head = "POST /app_api/user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";

sub refused {
    my ($name, $r, $status, $code) = @_;
    is $r->{status}, $status, "$name: $status";
    is $r->{json}{code}, $code, "$name: JSON with code $code, not the ErrorDocument";
    return $r;
}

ok $site->httpd->wait_log(
    qr/:notice\].* mod_authsms \d+\.\d+\.\d+: database sqlite3, sender log, verifier local$/m),
    'the start logs version, database, sender and verifier';
is scalar(() = $site->httpd->error_log =~ /mod_authsms \d/g), 1, 'that line is logged once';

# The client fails a test whose response has the header twice.
is_deeply $c->get('/app_api/')->{headers}{'x-content-type-options'}, ['nosniff'],
    'one header, though mod_headers sets it too';

subtest 'newline at the end and Content-Length' => sub {
    for (
        ['GET', '/'], ['GET', '/users'], ['GET', '/nowhere'], ['POST', '/user'],
        ['GET', '/.well-known/jwks.json'], ['GET', '/.well-known/oauth-authorization-server'],
        ['DELETE', '/user']
    ) {
        my $r = $c->request(
            $_->[0], "/app_api$_->[1]", ['Content-Type' => 'application/json'],
            $_->[0] eq 'POST' ? '{}' : ''
        );
        like $r->{body}, qr/\}\n\z/, "@$_: $r->{status}, the body ends with a newline";
        is $r->{headers}{'content-length'}[0], length $r->{body},
            'Content-Length is the length of the body';
    }
    is $c->request('HEAD', '/app_api/')->{headers}{'content-length'}[0],
        length $c->get('/app_api/')->{body}, 'HEAD: the Content-Length of GET';
};

subtest 'unreadable bodies' => sub {
    my $r = refused(
        'invalid chunk size',
        $c->parse($c->raw("${head}Transfer-Encoding: chunked\r\n\r\nzz\r\n")), 400, 'bad_request'
    );
    like $r->{headers}{connection}[0], qr/\bclose\b/, 'the connection is closed';
    my $s = $c->connect;
    syswrite $s, "${head}Content-Length: 100\r\n\r\n{";
    shutdown $s, SHUT_WR;
    refused('truncated body', $c->receive($s, 'POST /app_api/user'), 400, 'bad_request');
    my $large = 'x' x 12000;
    refused(
        'Content-Length over LimitRequestBody',
        $c->request('POST', '/app_api/user', ['Content-Type' => 'application/json'], $large), 413,
        'too_large'
    );
    refused(
        'chunked body over LimitRequestBody',
        $c->parse($c->raw(
            sprintf "${head}Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n",
            length $large, $large
        )),
        413,
        'too_large'
    );
    $r = refused(
        'unsupported type, body over the limit',
        $c->request('POST', '/app_api/user', ['Content-Type' => 'text/plain'], 'x' x 20000),
        415, 'unsupported_media_type'
    );
};

subtest 'form with a code' => sub {
    my $person = Site::person();
    my $id = $site->register($person)->{json}{id};
    is $c->form_post(
        "/app_api/user/$id/verify",
        { code => ' ' . $site->code_of(Site::e164($person)) }
        )->{status}, 200,
        'a space before the code is accepted';
};

unlike $c->request('GET', '/app_api/', [Host => 'evil.example'])->{body}, qr/evil/,
    'GET /: the response does not echo Host';

my $person = $site->signup(username => 'Personal Name');
sleep 2;    # AuthSMSLeeway
is $c->get('/app_api/users', Authorization => $person->{token})->{status}, 200,
    'AuthSMSLeeway applies to tokens with a session';

subtest 'lines of the error log' => sub {
    $site->api('/authenticate', { username => $person->{username}, password => 'wrong password' });
    my $log = join "\n", grep { !/SMS to / } split /\n/, $site->httpd->error_log;
    like $log, qr{authsms:info.* /user: 201 ok, account \Q$person->{id}\E},
        'registration with the account id';
    like $log, qr{authsms:info.* /user/:id/verify: 200 ok, account \Q$person->{id}\E},
        'verification with the account id';
    like $log, qr{authsms:info.* /authenticate: 401 bad_credentials, account \Q$person->{id}\E},
        'wrong password with the account id';
    unlike $log, qr/\Q$_\E/, 'no username, password, number or token'
        for $person->{username}, $person->{password}, 'wrong password', $person->{smsmobile},
        Site::e164($person), $person->{token};
};

$site->stop;
done_testing;
