# SPDX-License-Identifier: Apache-2.0
# Request bodies: JSON, forms, chunked, HTTP/2, 100-continue, and rejected bodies.
use strict;
use warnings;
use lib 't/lib';
use JSON::PP;
use Site;
use Test::More;

my $site = Site->new(server => 'AuthSMSLimit * off')->start;
my $c = $site->client;
my $json = JSON::PP->new->utf8;

sub chunked {
    my ($type, @parts) = @_;
    my $text =
          "POST /app_api/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: $type\r\n"
        . "Transfer-Encoding: chunked\r\n\r\n";
    $text .= sprintf("%x\r\n%s\r\n", length $_, $_) for @parts;
    return $c->parse($c->raw("${text}0\r\n\r\n"));
}

sub post {
    my ($type, $body, @h) = @_;
    return $c->request(
        'POST', '/app_api/user', [$type ? ('Content-Type' => $type) : (), @h],
        $body
    );
}

subtest 'accepted bodies' => sub {
    my $body = sub { $json->encode(Site::person()) };
    is post('application/json', $body->())->{status}, 201, 'JSON';
    is post('application/json; charset=utf-8', $body->())->{status}, 201, 'JSON with a charset';
    is post('Application/JSON ; charset="UTF-8"', $body->())->{status}, 201,
        'type in mixed case, quoted charset';
    is post('application/json ; ; charset=utf-8;', $body->())->{status}, 201,
        'type with empty parameters';
    is $c->form_post('/app_api/user', Site::person())->{status}, 201, 'form';
    is chunked('application/json', $body->() =~ /(.{1,7})/gs)->{status}, 201, 'chunked JSON';
    is chunked(
        'application/x-www-form-urlencoded', 'username=chunky&password=correct+horse&smsmobile=',
        '%2B447700900777'
    )->{status}, 201, 'chunked form';
    my $person = Site::person();
    is post(
        'application/x-www-form-urlencoded',
        "username=$person->{username}&password=correct+horse&smsmobile=+447700900778"
        )->{status},
        201, 'form with an unencoded plus sign before the number';
    is $site->code_of('+447700900778') =~ /^\d{6}$/, 1, 'the text is sent to that number';
    my $data = $body->();
    my $curl = q(curl -s --http2-prior-knowledge -H 'Content-Type: application/json')
        . q( -H 'Content-Length:' --data-binary @- -w '%{http_code}');
    my $h2 = qx(printf '%s' '$data' | $curl @{[$site->httpd->url]}/app_api/user);
    like $h2, qr/201$/, 'HTTP/2';
    is post(
        'application/json',
        $json->encode({
            %{ Site::person() }, smsmobile => 447700900779, countryCode => 44,
            extra => [1, { a => undef }]
        })
    )->{status}, 201, 'smsmobile and countryCode as JSON numbers, unknown members ignored';
};

subtest '100-continue' => sub {
    my $data = $json->encode(Site::person());
    my $head =
          "POST /app_api/user HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        . "Expect: 100-continue\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n";
    my $s = $c->connect;
    syswrite $s, sprintf $head, 'application/json', length $data;
    like $c->read_all($s, qr/\r\n\r\n/), qr{^HTTP/1\.1 100 }, '100 before the body';
    syswrite $s, $data;
    like $c->read_all($s), qr{^HTTP/1\.1 201 }, '201 after the body';
    for (['text/plain', 10, 415], ['application/json', 20000, 413]) {
        my ($type, $length, $status) = @$_;
        my $answer = $c->parse($c->raw(sprintf $head, $type, $length));
        is $answer->{status}, $status, "$type, $length bytes: $status before the body";
        is_deeply $answer->{interim}, [], 'no 100';
    }
};

subtest 'rejected bodies' => sub {
    for (
        ['text/plain', 'x', 415], ['multipart/form-data; boundary=x', "--x--\r\n", 415],
        ['', '{}x', 415],
        ['application/json; charset=utf-16', '{}', 415], ['application/jsonx', '{}', 415],
        ['app lication/json', '{}', 415], ['application/json; charset=utf -8', '{}', 415],
        ['application/json; charset', '{}', 415],
        ['application/json', '{', 400], ['application/json', '[]', 400],
        ['application/json', '"x"', 400],
        ['application/json', '{}{}', 400], ['application/json', '{"username":1}', 400],
        ['application/json', '{"username":true}', 400],
        ['application/json', '{"username":["x"]}', 400],
        ['application/json', '{"password":{"a":1}}', 400],
        ['application/json', '{"username":"a","username":"b"}', 400],
        ['application/json', '{"username":"a","\u0075sername":"b"}', 400],
        ['application/json', '{"username":"a\u0000b"}', 400],
        ['application/json', qq({"username":"\xff"}), 400],
        ['application/json', qq({"username":"\xed\xa0\x80"}), 400],
        ['application/json', '{"username":"\ud800"}', 400],
        ['application/json', "{'username':'a'}", 400], ['application/json', '{"x":01}', 400],
        ['application/json', '{"x":NaN}', 400],
        ['application/json', '{"x":' . '[' x 9 . ']' x 9 . '}', 400],
        ['application/json', "\xef\xbb\xbf{}", 400],
        ['application/x-www-form-urlencoded', 'username=a&username=b', 400],
        ['application/x-www-form-urlencoded', 'username=%zz', 400],
        ['application/x-www-form-urlencoded', 'username=%00', 400],
        ['application/x-www-form-urlencoded', 'username=%ff', 400],
    ) {
        my ($type, $body, $status) = @$_;
        my $r = post($type, $body);
        is $r->{status}, $status, "$status for $type: " . substr($body, 0, 40) =~ s/[^ -~]/./gr;
        is $r->{json}{success}, JSON::PP::false, 'the response is JSON with success false';
    }
    is post('application/json', '{}', 'Content-Encoding' => 'gzip')->{status}, 415,
        'Content-Encoding: status 415';
    is post('', '')->{json}{code}, 'missing_username', 'an empty body without a type counts as {}';
    is post('text/plain', '')->{json}{code}, 'missing_username',
        'an empty body of any type counts as {}';
};

subtest 'sizes' => sub {
    my $pad = sub {
        my ($n) = @_;
        my $b = '{"username":"","x":""}';
        substr $b, -2, 0, 'x' x ($n - length $b);
        $b;
    };
    is post('application/json', $pad->(16384))->{status}, 400, 'JSON of 16 KiB is read';
    is post('application/json', $pad->(16385))->{status}, 413, 'JSON of one byte more: status 413';
    is chunked('application/json', $pad->(16384))->{status}, 400, 'chunked JSON of 16 KiB is read';
    is chunked('application/json', $pad->(16000), 'x' x 1000)->{status}, 413,
        'chunked JSON of more: status 413';
    my $endless = $c->raw(
              "POST /app_api/user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            . "Transfer-Encoding: chunked\r\n\r\n",
        map { sprintf "1000\r\n%s\r\n", 'x' x 4096 } 1 .. 64
    );
    is $c->parse($endless)->{status}, 413, 'chunked body of 256 KiB: status 413';
    is $c->parse($c->raw(
              "POST /app_api/user HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            . "Transfer-Encoding: chunked\r\n\r\nzz\r\n"
    ))->{status}, 400, 'invalid chunk size: status 400';
    my $two =
          "POST /app_api/user HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
        . "Content-Length: %d\r\n\r\n%s";
    my $hidden = "GET /index.html HTTP/1.1\r\nHost: x\r\n\r\n";
    my $last = "GET /app_api/ HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
    my @answers = $c->raw(sprintf($two, length $hidden, $hidden) . $last) =~ m{HTTP/1\.1 (\d+)}g;
    is_deeply \@answers, [415, 200], 'the body of a rejected request is not read as a request';
};

$site->stop;
done_testing;
