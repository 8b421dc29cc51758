# SPDX-License-Identifier: Apache-2.0
# Errors below the API that httpd itself returns: JSON with `success` and `code`, whatever
# ErrorDocument is configured.
use strict;
use warnings;
use lib 't/lib';
use Client;
use JSON::PP;
use Site;
use Test::More;

my $reqtimeout = -e "$Httpd::libexec/mod_reqtimeout.so";
my $site = Site->new(
    server => join(
        "\n",
        $reqtimeout
        ? (
            "LoadModule reqtimeout_module $Httpd::libexec/mod_reqtimeout.so",
            'RequestReadTimeout body=1'
            )
        : 'Timeout 2',
        'CustomLog logs/full_log "%r %U %q %{REDIRECT_QUERY_STRING}e"',
        'LimitRequestLine 2000', 'LimitRequestFieldSize 2000', 'TraceEnable Off',
        map { "ErrorDocument $_ /private/index.html" } 400,
        403, 404, 405, 408, 413, 414, 417, 500,
        501
    ),
    locations => join "\n",
    "<Location /app_api/users>\nRequire all denied\n</Location>",
    "<Location /app_api/sms/status/denied>\nRequire all denied\n</Location>",
    "<Location /app_api/elsewhere>\nAuthSMSApi Off\n</Location>",
)->start;
my $c = $site->client;

sub is_json {
    my ($r, $status, $code, $name) = @_;
    is $r->{status}, $status, "$name: $status" or diag $r->{raw};
    is $r->{json}{success}, JSON::PP::false, "$name: success is false";
    is $r->{json}{code}, $code, "$name: code $code";
    ok length($r->{json}{msg} // ''), "$name: msg is not empty";
    like $r->{body}, qr/\}\n\z/, "$name: the body ends with a newline";
    is $r->{headers}{'content-type'}[0], 'application/json; charset=utf-8', "$name: Content-Type";
    is $r->{headers}{'cache-control'}[0], 'no-store', "$name: Cache-Control";
    is $r->{headers}{'x-content-type-options'}[0], 'nosniff', "$name: X-Content-Type-Options";
    return $r;
}

sub raw { my ($text) = @_; return $c->parse($c->raw($text)) }

is_json($c->get('/app_api/user%2Fx'), 404, 'not_found', 'encoded slash');
is_json($c->get('/app_api/user%00'), 404, 'not_found', 'encoded NUL');
is_json($c->get('/app%5Fapi/user%2fx'), 404, 'not_found', 'encoded letter before an encoded slash');
is_json($c->json_post('/app_api/user%2Fx', {}), 404, 'not_found', 'POST with an encoded slash');
is_json($c->get('/app_api/%zz'), 400, 'bad_request', 'invalid percent-encoding');
my $r = $c->request('HEAD', '/app_api/user%2Fx');
is $r->{status}, 404, 'HEAD: 404';
is $r->{headers}{'content-type'}[0], 'application/json; charset=utf-8',
    'HEAD: Content-Type of the JSON error';
is $r->{body}, '', 'HEAD: no body';

my $post = "POST /app_api/authenticate HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
is_json(raw("${post}Content-Length: 50\r\n\r\n{"), 408, 'request_timeout',
    'body shorter than Content-Length');
is_json(raw("${post}Content-Length: x\r\n\r\n"), 400, 'bad_request', 'invalid Content-Length');
is_json(
    raw("${post}Transfer-Encoding: gzip\r\n\r\n"), 400, 'bad_request',
    'unknown transfer coding'
);
is_json(
    raw("${post}Transfer-Encoding: chunked\r\n\r\nzz\r\n"), 400, 'bad_request',
    'invalid chunk size'
);
is_json(raw("${post}Expect: a miracle\r\n\r\n"), 417, 'forbidden', 'unknown expectation');
is_json(raw("${post}Broken line\r\n\r\n"), 400, 'bad_request', 'header line without a colon');
is_json(raw("${post}X: " . 'x' x 3000 . "\r\n\r\n"), 400, 'bad_request',
    'header field over LimitRequestFieldSize');
is_json(raw("GET /app_api/users HTTP/1.1\r\n\r\n"), 400, 'bad_request', 'no Host field');
is_json(
    raw("GET /app_api/users HTTP/x.y\r\nHost: x\r\n\r\n"), 400, 'bad_request',
    'invalid HTTP version'
);
is_json(
    raw("GET /app_api/users extra HTTP/1.1\r\nHost: x\r\n\r\n"), 400, 'bad_request',
    'request line with an extra word'
);
is_json(
    raw('GET /app_api/' . 'x' x 3000 . " HTTP/1.1\r\nHost: x\r\n\r\n"), 414, 'uri_too_long',
    'path over LimitRequestLine'
);
is_json(
    raw('GET /app_api/?' . 'x' x 3000 . " HTTP/1.1\r\nHost: x\r\n\r\n"), 414, 'uri_too_long',
    'query over LimitRequestLine'
);
is_json($c->request($_, '/app_api/user'), 405, 'method_not_allowed', "method $_")
    for qw(TRACE FOO PUT);
is_json($c->get('/app_api/users'), 403, 'forbidden', 'Require all denied');
is_json(
    $c->get('/app_api/users', Origin => 'https://a.test'), 403, 'forbidden',
    'Require all denied, request with Origin'
);

# The query of a delivery receipt has a phone number.
my $query = 'msisdn=447700900124&messageId=m1';
is_json(
    $c->get("/app_api/sms/status/denied?$query"), 403, 'forbidden',
    'receipt, Require all denied'
);
is_json($c->get("/app_api/sms/status/?$query"), 403, 'bad_signature', 'receipt, slash at the end');
is_json($c->get("/app_api/sms/state?$query"), 404, 'not_found', 'receipt, unknown path');
is_json($c->get("/app_api/sms/status%2F?$query"), 404, 'not_found', 'receipt, encoded slash');
is_json($c->request('PUT', "/app_api/sms/status?$query"), 405, 'method_not_allowed',
    'receipt, PUT');
is_json(
    raw("GET /app_api/sms/status?$query HTTP/1.1\r\nHost: x\r\nBroken line\r\n\r\n"), 400,
    'bad_request', 'receipt, header line without a colon'
);
is_json(raw("GET /app_api/sms/status?$query HTTP/1.1\r\n\r\n"), 400, 'bad_request',
    'receipt, no Host field');
is_json(
    raw("GET /app_api/sms/status?$query" . 'x' x 3000 . " HTTP/1.1\r\nHost: x\r\n\r\n"), 414,
    'uri_too_long', 'receipt, query over LimitRequestLine'
);
is $c->get("/app_api/users?seen=1")->{status}, 403, 'another path with a query: status 403';

for my $path ('/other%2Fx', '/app_api_other/x%2Fy', '/app_api/elsewhere/x%2Fy') {
    local $c->{api} = '';
    $r = $c->get($path);
    is $r->{status}, 404, "$path: 404";
    unlike $r->{raw}, qr/"code"/, "$path: httpd's own error outside the API";
}
is $c->get('/app_api')->{json}{success}, JSON::PP::true, 'a successful response is unchanged';
open my $in, '<', $site->httpd->dir . '/logs/full_log' or die "full_log: $!";
my $log = join '', <$in>;
unlike $log, qr/447700900124|messageId/, 'no log has the query of a receipt';
like $log, qr/seen=1/, 'the access log has other queries';
$site->httpd->expect_log(
    qr/request failed|client denied by server configuration|AH00135|AH00126|AH10244/);
$site->stop;
done_testing;
